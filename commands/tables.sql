-- name: sizes
-- How large is each table, and how is that split into heap, indexes and TOAST?
-- Departs from the runbook's "bloat", which is the share of the schema's size, fails on mixed-case names and lists everything.
-- A table that somebody holds or awaits an exclusive lock on, or whose index or TOAST is, is not opened: its size is the catalog's. So is that of
-- all but the 250 largest by the catalog or by the rows they have now: to open 2,000 tables with their indexes takes a new session half a second.
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
), indexed as materialized (
  select
    i.indrelid,
    sum(x.relpages)::bigint as pages
  from pg_index as i
  join pg_class as x on x.oid = i.indexrelid
  group by i.indrelid
), found as (
  select
    c.oid,
    c.relname,
    c.relkind,
    c.relpages,
    c.reltoastrelid,
    coalesce(i.pages, 0) as index_pages,
    coalesce(t.relpages, 0) + coalesce(ti.pages, 0) as toast_pages,
    c.reltuples < 0 as is_unknown,
    coalesce(pg_stat_get_live_tuples(c.oid), 0) as live,
    exists (select from shut where shut.oid in (c.oid, c.reltoastrelid)) as locked
  from pg_class as c
  left join indexed as i on i.indrelid = c.oid
  left join pg_class as t on t.oid = c.reltoastrelid
  left join indexed as ti on ti.indrelid = c.reltoastrelid
  where c.relnamespace = (select oid from pg_namespace where nspname = %(schema)s)
    and c.relkind in ('r', 'm')
), placed as (
  select
    f.*,
    not f.locked and row_number() over (
      order by f.locked, f.is_unknown and f.live > 0 desc, greatest(f.relpages + f.index_pages + f.toast_pages, f.live / 50) desc, f.oid
    ) <= 250 as opened
  from found as f
)
select
  f.oid::bigint as oid,
  f.relname as name,
  case f.relkind when 'm' then 'materialized view' else 'table' end as kind,
  f.locked,
  f.opened,
  case when f.opened then pg_relation_size(f.oid) else f.relpages * b.size end::bigint as heap,
  case when f.opened then pg_indexes_size(f.oid) else f.index_pages * b.size end::bigint as indexes,
  case
    when f.reltoastrelid = 0 then 0
    when f.opened then pg_total_relation_size(f.reltoastrelid)
    else f.toast_pages * b.size
  end::bigint as toast
from placed as f
cross join (select current_setting('block_size')::bigint as size) as b
order by f.relname;

-- name: others
-- What else of the schema has no size of its own here: partitioned tables (their partitions are listed), foreign tables; and which partitions
-- are not listed, because they are kept in another schema?
select
  count(*) filter (where c.relkind = 'p' and c.relnamespace = n.oid)::int as partitioned,
  count(*) filter (where c.relkind = 'f' and c.relnamespace = n.oid)::int as foreign_tables,
  count(*) filter (where c.relkind = 'r' and c.relnamespace <> n.oid and root.relnamespace = n.oid)::int as elsewhere
from pg_class as c
cross join (select s.oid from pg_namespace as s where s.nspname = %(schema)s) as n
left join pg_class as root on c.relispartition and c.relnamespace <> n.oid and root.oid = pg_partition_root(c.oid)
where c.relkind in ('p', 'f', 'r');
