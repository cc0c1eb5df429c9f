-- Indexes that another one serves for are named go_, the others keep_; each name says what is tried.
create extension pg_trgm;
create extension btree_gist;
create table pairs (a int not null, b int not null, c int, d text, e text, f int4range, g int not null, h int not null, primary key (a, b));
create index go_prefix_of_the_primary_key on pairs (a);
create index go_prefix on pairs (b);
create index keep_longer on pairs (b, c);
create index keep_older_twin on pairs (c);
create index go_younger_twin on pairs (c);
create unique index keep_unique_of_one on pairs (g);
create index go_served_by_unique on pairs (g);
create unique index keep_narrower_unique on pairs (h);
create unique index keep_wider_unique on pairs (h, g);
create index go_expression on pairs (lower(d));
create index keep_expression_and_column on pairs (lower(d), c);
create index keep_other_expression on pairs (upper(d), c);
create index go_carried_by_key on pairs (d) include (c);
create index keep_carries_by_key on pairs (d, c);
create index go_carries_less on pairs (e) include (a);
create index keep_carries_more on pairs (e) include (b, a);
create index go_partial on pairs (c, g) where h > 5;
create index keep_partial_longer on pairs (c, g, h) where h > 5;
create index keep_other_predicate on pairs (c, g) where h > 6;
create index keep_predicate_against_none on pairs (c) where h > 7;

create table constrained (
  id int primary key,
  x int,
  y int,
  constraint keep_constraint unique (x),
  constraint keep_key_target unique (y)
);
alter table constrained add constraint go_constraint_twice unique (x);
create unique index go_unique_beside_constraint on constrained (x);
create unique index "go_""Unique"" beside; %s the key's target" on constrained (y);
create table pointing (y int references constrained (y));

create table traps (k1 int, k2 int, k3 int, k4 int, k5 int, k6 int, k7 int, k8 int, k9 int, k10 int, w text, r int4range, n int, o int);
create index keep_first on traps (k1);
create index keep_first_is_only_tenth on traps (k10, k2, k3, k4, k5, k6, k7, k8, k9, k1);
create index keep_order on traps (k2, k3);
create index keep_reversed on traps (k3, k2);
create index keep_default_collation on traps (w);
create index keep_other_collation on traps (w collate "C", k1);
create index keep_other_class on traps (w text_pattern_ops, k2);
create index keep_descending on traps (k4 desc);
create index keep_ascending on traps (k4, k5);
create index keep_nulls_first on traps (k5 nulls first);
create index keep_nulls_last on traps (k5, k6);
create index keep_hash on traps using hash (k6);
create index keep_btree_beside_hash on traps (k6);
create index keep_brin_beside_btree on traps using brin (k6);
create index keep_short_signatures on traps using gist (w gist_trgm_ops (siglen = 12));
create index keep_long_signatures on traps using gist (w gist_trgm_ops (siglen = 64));
create index keep_fine_brin on traps using brin (k7) with (pages_per_range = 4);
create index keep_coarse_brin on traps using brin (k7) with (pages_per_range = 128);
create index keep_included on traps (k8) include (k9);
create index keep_does_not_include on traps (k8, k7);
create index keep_valid_beside_invalid on traps (n);
create index keep_invalid on traps (n, o);
update pg_index set indisvalid = false where indexrelid = 'keep_invalid'::regclass;
create index keep_clustered on traps (o);
alter table traps cluster on keep_clustered;
create index keep_longer_than_clustered on traps (o, k1);
alter table traps add constraint keep_exclusion exclude using gist (r with &&);
create index go_beside_exclusion on traps using gist (r);

create table more (a int, b int, c text, j jsonb);
create index keep_plus_one on more ((a + 1));
create index keep_plus_two on more ((a + 2), b);
create index keep_all_of_json on more using gin (j);
create index keep_paths_of_json on more using gin (j jsonb_path_ops);
create index keep_older_hash on more using hash (c);
create index go_hash_twin on more using hash (c);
create index keep_part on more (b) where a > 1;
create index keep_part_of_the_part on more (b, a) where a > 1 and c is not null;
create materialized view seen as select a, b from more;
create index keep_of_a_view on seen (a, b);
create index go_of_a_view on seen (a);
create index keep_column_then_expression on more (c, lower(c));
create index keep_expression_then_column on more (lower(c), c);

create table identified (id int not null, w text);
create unique index keep_replica_identity on identified (id);
create unique index go_beside_replica_identity on identified (id);
alter table identified replica identity using index keep_replica_identity;

create table chain (a int, b int, c int);
create index go_chain_short on chain (a);
create index go_chain_middle on chain (a, b);
create index keep_chain_long on chain (a, b, c);

create table deferred (a int, b int);
alter table deferred add constraint go_deferrable_beside_immediate unique (a) deferrable;
create unique index keep_immediate_beside_deferrable on deferred (a);

create table bound (a int not null, b int, c text, d int);
alter table bound add constraint keep_bound unique (a);
alter table bound add constraint "go_bound_with ""options"" and a
comment" unique (a) with (fillfactor = 70) deferrable initially deferred;
comment on constraint "go_bound_with ""options"" and a
comment" on bound is 'it''s told';
create unique index go_unique_that_carries_less on bound (b);
create unique index keep_unique_that_carries on bound (b) include (d);
create unique index keep_unique_that_carries_what_another_has_as_key on bound (d) include (a);
create unique index keep_wider_unique_beside_it on bound (d, a);
create unique index go_partial_unique_twin on bound (c) where a > 3;
create unique index keep_partial_unique_with_the_same_words on bound (c) include (b) where a > 3;
create index go_expression_with_its_own_statistics on bound ((a + b));
alter index go_expression_with_its_own_statistics alter column 1 set statistics 500;
create index keep_expression_and_more on bound ((a + b), c);
create table served_by_deferrable (a int unique deferrable);
create index go_beside_deferrable on served_by_deferrable (a);
create table of_an_extension (a int);
create index keep_of_an_extension on of_an_extension (a);
create index keep_twin_of_an_extension on of_an_extension (a);
alter extension plpgsql add table of_an_extension;

create table split (at date not null, place int) partition by range (at);
create table split_2025 partition of split for values from ('2025-01-01') to ('2026-01-01');
insert into split select '2025-01-01', n from generate_series(1, 20000) as n;
create index keep_partitioned on split (place, at);
create index go_partitioned on split (place);
create index "go_partition's own" on split_2025 (place);
create table inherited () inherits (chain);
create index keep_child_of_another_table on inherited (a);
do $$
begin
  if current_setting('server_version_num')::int >= 150000 then
    execute 'create table nulls (a int)';
    execute 'create unique index keep_nulls_alike on nulls (a) nulls not distinct';
    execute 'create unique index go_nulls_apart on nulls (a)';
  else
    execute 'create table nulls (a int)';
    execute 'create index keep_nulls_alike on nulls (a)';
    execute 'create index go_nulls_apart on nulls (a)';
  end if;
end
$$;
