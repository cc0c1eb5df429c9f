-- name: built
-- Tables whose bloat is known to pgstattuple, each with a trap; autovacuum keeps off them. Every part is a session of its own:
-- a session's counters reach the statistics when it ends, and only then does ANALYZE count from there.
select setseed(0.42);
create function padding(bytes int) returns text language sql volatile as
  $$ select string_agg(md5(random()::text || n), '') from generate_series(1, greatest(1, bytes / 32)) as n $$;

create table fresh (id int not null, store int, region text, amount numeric(12, 2), at timestamptz) with (autovacuum_enabled = off);
insert into fresh select n, n % 500, 'region ' || n % 13, (random() * 1000)::numeric(12, 2), now() from generate_series(1, 60000) as n;

create table deleted_30 (like fresh) with (autovacuum_enabled = off);
insert into deleted_30 select * from fresh;
delete from deleted_30 where id % 10 < 3;

create table deleted_70 (like fresh) with (autovacuum_enabled = off);
insert into deleted_70 select * from fresh;
delete from deleted_70 where id % 10 < 7;

create table dead_rows_not_vacuumed (like fresh) with (autovacuum_enabled = off);
insert into dead_rows_not_vacuumed select * from fresh;

create table fillfactor_50 (like fresh) with (autovacuum_enabled = off, fillfactor = 50);
insert into fillfactor_50 select * from fresh;

create table fillfactor_70_deleted (like fresh) with (autovacuum_enabled = off, fillfactor = 70);
insert into fillfactor_70_deleted select * from fresh;
delete from fillfactor_70_deleted where id % 5 < 2;

create table toast_fresh (id int primary key, body text) with (autovacuum_enabled = off, toast.autovacuum_enabled = off);
alter table toast_fresh alter column body set storage external;
insert into toast_fresh select n, padding(3000 + (random() * 5000)::int) from generate_series(1, 1200) as n;

create table toast_bloated (id int primary key, body text) with (autovacuum_enabled = off, toast.autovacuum_enabled = off);
alter table toast_bloated alter column body set storage external;
insert into toast_bloated select n, padding(9000) from generate_series(1, 1200) as n;
delete from toast_bloated where id % 2 = 0;

create table toast_updated_heap_small (id int primary key, note text, body text) with (autovacuum_enabled = off, toast.autovacuum_enabled = off);
alter table toast_updated_heap_small alter column body set storage external;
insert into toast_updated_heap_small select n, 'a', padding(6000) from generate_series(1, 800) as n;
update toast_updated_heap_small set body = padding(6000) where id % 4 = 0;

create table aligned_badly (a bool not null, b bigint not null, c bool not null, d bigint not null, e smallint not null, f timestamptz not null, g "char" not null)
  with (autovacuum_enabled = off);
insert into aligned_badly select true, n, false, n, 1, now(), 'x' from generate_series(1, 60000) as n;

create table aligned_after_texts (a text not null, b bigint not null, c text not null, d bigint, e varchar(10), f double precision not null)
  with (autovacuum_enabled = off);
insert into aligned_after_texts select 'ab' || n % 1000, n, left(md5(n::text), (n % 9) + 1), n, 'x' || n % 77, n / 3.0 from generate_series(1, 60000) as n;
delete from aligned_after_texts where b % 4 = 1;

create table nulls_in_twelve_columns (a int, b int, c int, d bigint, e text, f text, g timestamptz, h date, i numeric, j bool, k smallint, l uuid)
  with (autovacuum_enabled = off);
insert into nulls_in_twelve_columns
select n, nullif(n % 3, 0), null, case when n % 2 = 0 then n end, case when n % 5 > 0 then 'text ' || n end, null, case when n % 7 = 0 then now() end, current_date,
  case when n % 4 = 0 then n / 7.0 end, n % 2 = 0, null, case when n % 10 = 0 then gen_random_uuid() end
from generate_series(1, 60000) as n;
delete from nulls_in_twelve_columns where a % 3 = 1;

create table all_columns_null (a text, b bigint, c text) with (autovacuum_enabled = off);
insert into all_columns_null select null, null, null from generate_series(1, 60000);

create table name_columns (id int, who name, what name) with (autovacuum_enabled = off);
insert into name_columns select n, 'somebody', 'something' from generate_series(1, 30000) as n;
delete from name_columns where id % 2 = 0;

create table never_analyzed (like fresh) with (autovacuum_enabled = off);
insert into never_analyzed select * from fresh where id <= 30000;
delete from never_analyzed where id % 2 = 0;

create table neither_vacuumed_nor_analyzed (like fresh) with (autovacuum_enabled = off);
insert into neither_vacuumed_nor_analyzed select * from fresh where id <= 30000;
delete from neither_vacuumed_nor_analyzed where id % 2 = 0;

create table empty (like fresh) with (autovacuum_enabled = off);

create table emptied_by_delete (like fresh) with (autovacuum_enabled = off);
insert into emptied_by_delete select * from fresh;

create table truncated (like fresh) with (autovacuum_enabled = off);
insert into truncated select * from fresh;

create table events (id bigint, at date not null, kind text) partition by range (at);
create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01') with (autovacuum_enabled = off);
create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01') with (autovacuum_enabled = off);
insert into events select n, '2024-01-01'::date + n % 700, 'kind ' || n % 4 from generate_series(1, 90000) as n;
delete from events where id % 5 < 2 and at < '2025-01-01';

create table "Order ""Lines"" 50%" ("Id" int, "Product Name" text) with (autovacuum_enabled = off);
insert into "Order ""Lines"" 50%" select n, 'product number ' || n from generate_series(1, 60000) as n;
delete from "Order ""Lines"" 50%" where "Id" % 4 = 0;

create table column_dropped (a int, b text, c int) with (autovacuum_enabled = off);
insert into column_dropped select n, 'what will be dropped ' || n, n from generate_series(1, 60000) as n;

create table column_added_with_default (a int, b int) with (autovacuum_enabled = off);
insert into column_added_with_default select n, n from generate_series(1, 60000) as n;

create table rows_of_a_quarter_page (id int not null, body text not null) with (autovacuum_enabled = off);
alter table rows_of_a_quarter_page alter column body set storage plain;
insert into rows_of_a_quarter_page select n, padding(1500) || left(padding(512), (random() * 400)::int) from generate_series(1, 3000) as n;

create table inserted_since_analyze (like fresh) with (autovacuum_enabled = off);
insert into inserted_since_analyze select * from fresh where id <= 30000;

create table deleted_since_analyze (like fresh) with (autovacuum_enabled = off);
insert into deleted_since_analyze select * from fresh;

create materialized view a_view as select * from fresh;

create table updated_thrice (id int primary key, counter int, label text) with (autovacuum_enabled = off);
insert into updated_thrice select n, 0, 'label ' || n from generate_series(1, 30000) as n;
update updated_thrice set counter = counter + 1;
update updated_thrice set counter = counter + 1;
update updated_thrice set counter = counter + 1;

create table one_page (like fresh) with (autovacuum_enabled = off);
insert into one_page select * from fresh where id <= 20;

create unlogged table unlogged_half (like fresh) with (autovacuum_enabled = off);
insert into unlogged_half select * from fresh;
delete from unlogged_half where id % 2 = 0;

create table column_without_statistics (id int, body text) with (autovacuum_enabled = off);
alter table column_without_statistics alter column body set statistics 0;
insert into column_without_statistics select n, 'body number ' || n from generate_series(1, 60000) as n;
delete from column_without_statistics where id % 3 = 0;

create table documents (id bigint not null, payload jsonb not null, at timestamptz not null) with (autovacuum_enabled = off);
insert into documents
select n, jsonb_build_object('transaction_id', n, 'store', n % 400, 'items', (select jsonb_agg(i) from generate_series(1, 1 + n % 12) as i), 'amount', round((random() * 900)::numeric, 2)), now()
from generate_series(1, 30000) as n;
delete from documents where id % 2 = 0;

create table hidden_from_scout (like fresh) with (autovacuum_enabled = off);
insert into hidden_from_scout select * from fresh where id <= 30000;
delete from hidden_from_scout where id % 2 = 0;
revoke select on hidden_from_scout from scout_read;

create table two_widths (id int, body text) with (autovacuum_enabled = off);
alter table two_widths alter column body set storage plain;
insert into two_widths select n, case when n % 10 = 0 then padding(1200) else 'short' end from generate_series(1, 30000) as n;
delete from two_widths where id % 3 = 0;

create table narrow (a smallint not null) with (autovacuum_enabled = off);
insert into narrow select n % 100 from generate_series(1, 100000) as n;

create table loaded_with_space_at_the_end (like fresh) with (autovacuum_enabled = off);
insert into loaded_with_space_at_the_end select * from fresh;
delete from loaded_with_space_at_the_end where id between 2000 and 30000;

-- name: vacuumed
vacuum (analyze) fresh, deleted_30, deleted_70, fillfactor_50, fillfactor_70_deleted, toast_fresh, toast_bloated, toast_updated_heap_small, aligned_badly,
  aligned_after_texts, nulls_in_twelve_columns, all_columns_null, name_columns, empty, emptied_by_delete, truncated, events_2024, events_2025,
  "Order ""Lines"" 50%", column_dropped, column_added_with_default, rows_of_a_quarter_page, inserted_since_analyze, deleted_since_analyze, a_view,
  updated_thrice, one_page, unlogged_half, column_without_statistics, documents, hidden_from_scout, two_widths, narrow, loaded_with_space_at_the_end;

vacuum never_analyzed;

-- name: changed
delete from dead_rows_not_vacuumed where id % 2 = 0;
delete from emptied_by_delete where id % 100 > 0;
truncate truncated;
insert into truncated select * from fresh where id <= 9000;
alter table column_dropped drop column b;
alter table column_added_with_default add column c text default 'a default that no old row holds on its page';
insert into inserted_since_analyze select * from fresh where id > 30000;
delete from deleted_since_analyze where id % 2 = 0;

create table loaded_and_analyzed_in_one_session (like fresh) with (autovacuum_enabled = off);
insert into loaded_and_analyzed_in_one_session select * from fresh;
delete from loaded_and_analyzed_in_one_session where id % 3 = 0;
vacuum (analyze) loaded_and_analyzed_in_one_session;

-- name: analyzed
analyze dead_rows_not_vacuumed, emptied_by_delete, column_dropped, column_added_with_default;
