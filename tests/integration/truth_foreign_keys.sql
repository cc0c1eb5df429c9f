-- Foreign keys that no index serves begin with missing_, the others with served_; each name says what is tried.
create extension btree_gist;
create extension pg_trgm;
create table target (
  id int primary key,
  big bigint unique,
  word text unique,
  plain text collate "C" unique,
  a int,
  b int,
  unique (a, b)
);
create table source (
  id int primary key,
  c1 int constraint missing_entirely references target,
  c2 int constraint served_by_plain references target,
  c3 int constraint missing_partial references target,
  c4 int constraint served_without_nulls references target,
  c5 int constraint missing_brin references target,
  c6 int constraint missing_invalid references target,
  c7 int constraint served_by_hash references target,
  c8 int constraint missing_second_column references target,
  c9 int constraint served_by_gist references target,
  c10 bigint constraint served_across_types references target,
  c11 bigint constraint missing_gist_across_types references target,
  c12 int constraint missing_in_expression references target,
  c13 int constraint served_by_the_primary_key_of_two references target,
  w1 text constraint served_by_pattern_class references target (word),
  w2 text constraint missing_other_collation references target (word),
  w3 text collate "C" constraint served_by_same_collation references target (plain),
  a1 int, b1 int, constraint served_reversed foreign key (a1, b1) references target (a, b),
  a2 int, b2 int, constraint missing_with_include foreign key (a2, b2) references target (a, b),
  a3 int, b3 int, constraint missing_with_third_between foreign key (a3, b3) references target (a, b),
  a4 int, b4 int, constraint served_and_more foreign key (a4, b4) references target (a, b),
  a5 int, b5 int, constraint served_composite_without_nulls foreign key (a5, b5) references target (a, b),
  a6 int, b6 int, constraint missing_second_half foreign key (a6, b6) references target (a, b),
  "C;14 %s" int constraint "missing_""Quoted"" %s" references target
);
create index on source (c2);
create index on source (c3) where id > 5;
create index on source (c4) where c4 is not null;
create index on source using brin (c5);
create index invalid_c6 on source (c6);
update pg_index set indisvalid = false where indexrelid = 'invalid_c6'::regclass;
create index on source using hash (c7);
create index on source (id, c8);
create index on source using gist (c9);
create index on source (c10);
create index on source using gist (c11);
create index on source ((c12 + 0));
create index on source (c13, id);
create index on source (w1 text_pattern_ops);
create index on source (w2 collate "C");
create index on source (w3);
create index on source (b1, a1);
create index on source (a2) include (b2);
create index on source (a3, c1, b3);
create index on source (b4, a4, c1);
create index on source (a5, b5) where a5 is not null and b5 is not null;
create index on source (a6);
insert into target select n, n, 'w' || n, 'p' || n, n, n from generate_series(1, 2000) as n;
insert into source (id) select n from generate_series(1, 5000) as n;

create domain number as int;
create table more (
  gone text,
  c1 int constraint served_descending references target,
  c2 int constraint served_after_a_dropped_column references target,
  c3 number constraint served_domain references target,
  c4 varchar(10) constraint served_varchar references target (word),
  c5 int constraint missing_partial_of_nulls_only references target,
  c6 int constraint missing_beside_an_or references target,
  x int, y int, z int
);
alter table more drop column gone;
alter table target add c int, add unique (a, b, c);
alter table more add constraint missing_two_of_three foreign key (x, y, z) references target (a, b, c);
alter table more add constraint missing_only_inverted foreign key (y, z) references target (a, b);
create index on more (c1 desc nulls last);
create unique index on more (c2, x);
create index on more (c3);
create index on more (c4);
create index on more (c5) where c5 is null;
create index on more (c6) where c6 is not null and x > 3;
create index on more (x, y);

create table split (at date not null, t1 int constraint served_partitioned references target, t2 int constraint missing_partitioned references target)
  partition by range (at);
create table split_2025 partition of split for values from ('2025-01-01') to ('2026-01-01');
create index on split (t1);
create index on split_2025 (t2, t1);
create index half on only split (t2);
create table split_2026 partition of split for values from ('2026-01-01') to ('2027-01-01');
drop index half;

create table target_of_parts (at date not null, id int not null, primary key (at, id)) partition by range (at);
create table target_of_parts_2025 partition of target_of_parts for values from ('2025-01-01') to ('2026-01-01');
create table target_of_parts_2026 partition of target_of_parts for values from ('2026-01-01') to ('2027-01-01');
create unlogged table last_ones (
  at1 date, id1 int, constraint missing_to_a_partitioned_table foreign key (at1, id1) references target_of_parts,
  at2 date, id2 int, constraint served_to_a_partitioned_table foreign key (at2, id2) references target_of_parts,
  n1 int, n2 int constraint served_with_include references target, n3 int constraint served_nulls_alike references target
);
alter table last_ones add constraint missing_not_valid foreign key (n1) references target not valid;
alter table split add column t3 int;
alter table split_2025 add constraint missing_of_one_partition_alone foreign key (t3) references target;
create index on last_ones (id2, at2);
create index on last_ones (n2) include (n1);
do $$
begin
  if current_setting('server_version_num')::int >= 150000 then
    execute 'create unique index on last_ones (n3) nulls not distinct';
  else
    execute 'create unique index on last_ones (n3)';
  end if;
end
$$;

create table itself (id int primary key, up int constraint missing_to_itself references itself);
create schema elsewhere;
create table elsewhere.source (id int constraint missing_in_another_schema references target);
create table keyed_by_it (id int primary key constraint served_by_the_primary_key references target);
do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    execute 'create table trusting (id int, t int, constraint served_not_enforced foreign key (t) references target not enforced)';
  end if;
end
$$;
