-- Indexes that are not valid, in every way there is.
create table rows (id int primary key, word text, span int4range, n int);
insert into rows select n, 'w' || n, int4range(n, n + 1), n from generate_series(1, 500) as n;
create index "failed; ""build""" on rows (word);
create index rebuilt on rows (n);
create index rebuilt_ccnew on rows (n);
create index only_called_ccnew on rows (id, n);
create index half_dropped on rows (n, id);
alter table rows add constraint excluding exclude using gist (span with &&);
update pg_index set indisvalid = false
where indexrelid in ('"failed; ""build"""'::regclass, 'rebuilt_ccnew'::regclass, 'only_called_ccnew'::regclass, 'excluding'::regclass);
update pg_index set indisvalid = false, indisready = false, indislive = false where indexrelid = 'half_dropped'::regclass;
create table interrupted (id int primary key, word text);
create table split (at int, x int) partition by range (at);
create table split_1 partition of split for values from (1) to (2);
create table split_2 partition of split for values from (2) to (3);
create index of_partitions on only split (x) where x > 1;
create index of_split_1 on split_1 (x) where x > 1;
alter index of_partitions attach partition of_split_1;
create index "of two columns" on only split (at desc, x) where x is not null;
