-- name: sizes
-- How large is each table, and how is that split into heap, indexes and TOAST?
-- Departs from the runbook's "bloat", which is the share of the schema's size, fails on mixed-case names and lists everything.
-- A table that somebody holds or awaits an exclusive lock on, or whose index or TOAST is, is not opened: its size is the catalog's.
with locked as (
  select distinct l.relation as oid
  from pg_locks as l
  where l.mode = 'AccessExclusiveLock'
    and l.locktype = 'relation'
    and l.database = (select oid from pg_database where datname = current_database())
), shut as (
  select locked.oid from locked
  union
  select i.indrelid from locked join pg_index as i on i.indexrelid = locked.oid
), found as (
  select
    c.oid,
    c.relname,
    c.relkind,
    c.relpages,
    c.reltoastrelid,
    exists (select from shut where shut.oid in (c.oid, c.reltoastrelid)) as locked
  from pg_class as c
  where c.relnamespace = (select oid from pg_namespace where nspname = %(schema)s)
    and c.relkind in ('r', 'm')
)
select
  f.oid::bigint as oid,
  f.relname as name,
  case f.relkind when 'm' then 'materialized view' else 'table' end as kind,
  f.locked,
  case when f.locked then f.relpages * b.size else pg_relation_size(f.oid) end::bigint as heap,
  case when f.locked then (select coalesce(sum(x.relpages), 0) * b.size from pg_index as i join pg_class as x on x.oid = i.indexrelid where i.indrelid = f.oid) else pg_indexes_size(f.oid) end::bigint as indexes,
  case
    when f.reltoastrelid = 0 then 0
    when f.locked then (select t.relpages * b.size from pg_class as t where t.oid = f.reltoastrelid)
    else pg_total_relation_size(f.reltoastrelid)
  end::bigint as toast
from found as f
cross join (select current_setting('block_size')::bigint as size) as b
order by f.relname;

-- name: others
-- What else of the schema has no size of its own here: partitioned tables (their partitions are listed), foreign tables.
select
  count(*) filter (where c.relkind = 'p')::int as partitioned,
  count(*) filter (where c.relkind = 'f')::int as foreign_tables
from pg_class as c
where c.relnamespace = (select oid from pg_namespace where nspname = %(schema)s);
