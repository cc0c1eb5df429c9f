-- name: scans
-- How often was each larger table read from end to end since the counters began, and how many rows did that read? Two of these are subtracted.
-- Departs from the runbook's list of columns, which knows nothing of how a table is read. Partitions are counted as their parent.
-- CREATE INDEX and dumps read that way too. The size is what the catalog says: pg_relation_size would wait for an exclusive lock.
-- From half of what is called big on, so that a table which grows has an earlier reading; figures of indexes only for those few tables.
with part as materialized (
  select
    case when c.relispartition then pg_partition_root(c.oid)::oid else c.oid end as root,
    c.oid,
    c.relpages,
    greatest(c.reltuples, 0) as rows
  from pg_class as c
  where c.relkind in ('r', 'm')
    and c.relpages > 0
    and (c.relispartition or c.relnamespace = (select n.oid from pg_namespace as n where n.nspname = %(schema)s))
), large as materialized (
  select
    p.root,
    sum(p.relpages)::bigint * current_setting('block_size')::bigint as size,
    sum(p.rows)::bigint as rows,
    array_agg(p.oid) as parts
  from part as p
  group by p.root
  having sum(p.relpages)::bigint * current_setting('block_size')::bigint >= 5 * 1024 * 1024
)
select
  l.root::bigint as oid,
  t.relname as relation,
  l.size,
  l.rows,
  coalesce(read.scans, 0)::bigint as scans,
  coalesce(read.rows_read, 0)::bigint as rows_read,
  coalesce(used.scans, 0)::bigint as index_scans,
  cardinality(l.parts) as parts
from large as l
join pg_class as t on t.oid = l.root
cross join lateral (
  select
    sum(pg_stat_get_numscans(p.oid)) as scans,
    sum(pg_stat_get_tuples_returned(p.oid)) as rows_read
  from unnest(l.parts) as p (oid)
) as read
cross join lateral (
  select sum(pg_stat_get_numscans(i.indexrelid)) as scans
  from pg_index as i
  where i.indrelid = any(l.parts)
) as used
where t.relnamespace = (select n.oid from pg_namespace as n where n.nspname = %(schema)s)
order by l.root;
