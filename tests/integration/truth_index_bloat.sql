-- name: built
-- Btrees whose bloat is known to REINDEX, each with a trap; autovacuum keeps off them.
select setseed(0.42);
create table facts (
  id int not null, few int not null, more int not null, many int, maybe int, amount numeric(12, 2), ratio float8, word text, code text collate "C", long_text text,
  at timestamptz, "Mixed ""Case"" %" int, key uuid, flag bool, doc jsonb
) with (autovacuum_enabled = off);
insert into facts
select
  n, n % 7, n % 3000, (random() * 1000000)::int, case when n % 10 = 0 then n end, (n % 1000) / 4.0, n / 3.0, 'word ' || n % 200, md5(n::text),
  repeat(md5(n::text), 3), '2024-01-01'::timestamptz + n * interval '1 minute', n % 50, gen_random_uuid(), n % 2 = 0, to_jsonb(n % 100)
from generate_series(1, 60000) as n;
create unique index fresh_unique on facts (id);
create index fresh_equal_keys on facts (few);
create index fresh_equal_keys_of_text on facts (word);
create index fresh_equal_numeric_never_merged on facts (amount);
create index fresh_float_never_merged on facts (ratio);
create index fresh_not_merged_by_option on facts (more) with (deduplicate_items = off);
create index fresh_with_include on facts (few) include (more);
create index fresh_with_nulls on facts (maybe);
create index fresh_wide_keys on facts (long_text);
create index fresh_c_collation on facts (code);
create index fresh_fillfactor_50 on facts (id) with (fillfactor = 50);
create index fresh_fillfactor_100 on facts (at) with (fillfactor = 100);
create index fresh_two_columns on facts (few, more);
create index fresh_two_columns_that_depend on facts (more, few);
create index fresh_expression on facts (lower(code));
create index fresh_expression_equal on facts ((more % 10));
create index fresh_partial on facts (many) where flag;
create index "fresh Mixed ""Case"" %" on facts ("Mixed ""Case"" %");
create index fresh_descending on facts (at desc nulls last);
create index fresh_bool on facts (flag);
create index fresh_small_int_pair on facts (few, flag);
create index fresh_jsonb on facts (doc);
create index other_kind_hash on facts using hash (id);
create index other_kind_gin on facts using gin (doc);

create table grown (id int not null, key uuid not null, few int not null, word text) with (autovacuum_enabled = off);
create index grown_at_random on grown (key);
create index grown_in_order on grown (id);
create index grown_equal_keys on grown (few);
create index grown_words on grown (word);
insert into grown select n, gen_random_uuid(), (random() * 100)::int, md5((n % 5000)::text) from generate_series(1, 60000) as n;

create table thinned (id int not null, few int not null, word text not null, maybe int) with (autovacuum_enabled = off);
insert into thinned select n, n % 20, md5(n::text), case when n % 3 = 0 then n end from generate_series(1, 60000) as n;
create unique index thinned_half on thinned (id);
create index thinned_equal_keys on thinned (few);
create index thinned_words on thinned (word);
create index thinned_with_nulls on thinned (maybe);
create index thinned_two_columns on thinned (few, id);
delete from thinned where id % 2 = 0;

create table cut (id int not null, few int not null) with (autovacuum_enabled = off);
insert into cut select n, n % 9 from generate_series(1, 60000) as n;
create unique index cut_at_the_front on cut (id);
create index cut_equal_keys on cut (few);
delete from cut where id < 45000;

create table churned (id int not null, state int not null, note text) with (autovacuum_enabled = off);
create unique index churned_unique on churned (id);
create index churned_state on churned (state);
insert into churned select n, n % 5, 'note' from generate_series(1, 20000) as n;
update churned set state = state + 1;
update churned set state = state + 1;
update churned set state = state + 1;

create table emptied (id int not null) with (autovacuum_enabled = off);
insert into emptied select n from generate_series(1, 40000) as n;
create index emptied_all on emptied (id);
delete from emptied;

create table nothing (id int primary key);

create table tiny (id int primary key, word text);
create index tiny_word on tiny (word);
insert into tiny select n, 'word' from generate_series(1, 30) as n;

create table parts (id int not null, at date not null) partition by range (at);
create table parts_2024 partition of parts for values from ('2024-01-01') to ('2025-01-01') with (autovacuum_enabled = off);
create index parts_id on parts (id);
insert into parts select n, '2024-01-01'::date + n % 300 from generate_series(1, 40000) as n;
delete from parts where id % 4 > 0;

create materialized view a_view as select id, few from facts;
create index a_view_few on a_view (few);

create table never_analyzed (id int not null, word text not null) with (autovacuum_enabled = off);
insert into never_analyzed select n, md5(n::text) from generate_series(1, 40000) as n;
create index never_analyzed_word on never_analyzed (word);
delete from never_analyzed where id % 2 = 0;

create table hidden_from_scout (id int not null, word text not null) with (autovacuum_enabled = off);
insert into hidden_from_scout select n, md5(n::text) from generate_series(1, 40000) as n;
create index hidden_word on hidden_from_scout (word);
delete from hidden_from_scout where id % 2 = 0;
revoke select on hidden_from_scout from scout_read;

create table twice (id int not null) with (autovacuum_enabled = off);
insert into twice select n % 1000 from generate_series(1, 20000) as n;

-- name: vacuumed
vacuum (analyze) facts, grown, thinned, cut, churned, emptied, nothing, tiny, parts_2024, a_view, hidden_from_scout, twice;
vacuum never_analyzed;
