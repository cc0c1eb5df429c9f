-- Indexes that can go are named go_, those that must stay keep_; each name says what is tried. Nobody reads any of them but keep_read.
create table parent (id int primary key, code int not null, other int not null, note text);
create unique index keep_foreign_key_target on parent (code);
create table child (
  id int primary key,
  parent_code int,
  second_code int references parent (code),
  third_code int references parent (code),
  fourth_code int references parent (code),
  free int,
  word text not null,
  span int4range,
  constraint keep_unique_constraint unique (word),
  constraint keep_exclusion exclude using gist (span with &&)
);
alter table child add foreign key (parent_code) references parent (code);
insert into child (id, free, word) select n, n % 97, 'word ' || n from generate_series(1, 5000) as n;
create index keep_supports_foreign_key on child (parent_code);
create index keep_supports_foreign_key_first_of_two on child (second_code, free);
create index keep_supports_foreign_key_without_nulls on child (third_code) where third_code is not null;
create index go_partial_does_not_serve_the_key on child (fourth_code) where free = 5;
create index go_brin_does_not_serve_the_key on child using brin (fourth_code);
create index go_plain on child (free);
create index "go_""Mixed"" Case; %s {x}" on child (free, word desc nulls last) include (id) with (fillfactor = 70) where free > 3;
comment on index "go_""Mixed"" Case; %s {x}" is 'it''s
two lines';
create unique index keep_unique on child (free, id);
create index keep_expression_statistics on child (lower(word));
create index keep_clustered on child (word, free);
alter table child cluster on keep_clustered;
create index keep_invalid on child (span);
update pg_index set indisvalid = false where indexrelid = 'keep_invalid'::regclass;
create index keep_read on child (id, free);

create table more (
  id int,
  k1 int references parent (code),
  k2 int,
  k3 int,
  k4 int references parent (code),
  k5 int references parent (code),
  word text
);
insert into more (id, word) select n, 'word ' || n from generate_series(1, 5000) as n;
alter table parent add constraint keep_target_of_two unique (code, other);
alter table more add foreign key (k2, k3) references parent (code, other);
create index keep_hash_supports_foreign_key on more using hash (k1);
create index keep_reversed_supports_foreign_key on more (k3, k2);
create unique index keep_unique_expression on more (lower(word));
create index go_key_column_comes_second on more (id, k1);
create index go_partial_with_more_than_not_null on more (k4) where k4 is not null and id > 5;
create index keep_partial_of_not_null_or_more on more (k5) where k5 is not null or id > 5;

create table identified (id int not null, word text);
insert into identified select n, 'w' from generate_series(1, 5000) as n;
create unique index keep_replica_identity on identified (id);
alter table identified replica identity using index keep_replica_identity;

create table tiny (id int, word text);
insert into tiny values (1, 'a');
create index keep_tiny on tiny (word);

create table measured (at date not null, place int not null, amount int) partition by range (at);
create table measured_2025 partition of measured for values from ('2025-01-01') to ('2026-01-01');
create table measured_2026 partition of measured for values from ('2026-01-01') to ('2027-01-01') partition by list (place);
create table measured_2026_1 partition of measured_2026 for values in (1);
create table measured_2026_2 partition of measured_2026 for values in (2);
create schema archive;
grant usage on schema archive to scout_read;
create table archive.measured_2024 partition of measured for values from ('2024-01-01') to ('2025-01-01');
insert into measured select date '2024-01-01' + n % 1000, 1 + n % 2, n from generate_series(1, 8000) as n;
create index go_partitioned on measured (place, amount);
create index keep_partitioned_read_in_one_partition on measured (amount);
create index go_of_one_partition_alone on measured_2025 (amount, place);

create materialized view by_place as select place, amount, count(*) as n from measured group by place, amount;
create unique index keep_concurrent_refresh on by_place (place, amount);
create index go_of_a_view on by_place (n);

create table outside (id int, word text);
insert into outside select n, 'w' from generate_series(1, 5000) as n;
create index keep_of_an_extension on outside (word);
alter extension plpgsql add table outside;
create unlogged table unlogged as select n as a, n % 50 as b, int4range(n, n + 1) as span from generate_series(1, 5000) as n;
create index go_of_an_unlogged_table on unlogged (b);
create index "go_hash of two
lines" on unlogged using hash (b);
alter table unlogged add constraint keep_deferrable unique (a) deferrable initially deferred;
create table heir () inherits (more);
insert into heir (id, word) select n, 'word ' || n from generate_series(1, 5000) as n;
create index go_of_an_heir on heir (word);
create table heir_of_a_key (k1 int references parent (code)) inherits (more);
insert into heir_of_a_key (id, word) select n, 'word ' || n from generate_series(1, 5000) as n;
create index keep_supports_the_key_of_an_heir on heir_of_a_key (k1);
create schema elsewhere;
create table elsewhere.thing as select n from generate_series(1, 5000) as n;
create index keep_of_another_schema on elsewhere.thing (n);
set enable_seqscan = off;
set enable_bitmapscan = off;
select count(*) from child where id = 7 and free = 7;
select count(*) from archive.measured_2024 where amount = 8;
