-- name: statistics
-- Which tables have statistics that are missing or older than a tenth of their rows? Values: schema.
-- The runbook says "ANALYZE scout.table_name" of a table that does not exist; autovacuum never analyses a partitioned parent.
-- That there are none is told by the catalog: the time of the last ANALYZE is lost with the counters, in a crash or a failover.
select
  count(*) as examined,
  count(*) filter (where stale.is_stale) as stale,
  coalesce((array_agg(c.relname::text order by s.n_mod_since_analyze desc nulls last) filter (where stale.is_stale))[1], '') as worst
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
left join pg_stat_all_tables as s on s.relid = c.oid
cross join lateral (
  select
    s.n_mod_since_analyze > greatest(1000, c.reltuples / 10)
    or c.reltuples < 0 and (
      s.n_live_tup > 0
      or exists (
        select from pg_inherits as h
        join pg_class as k on k.oid = h.inhrelid
        where h.inhparent = c.oid
          and c.relkind = 'p'
          and k.reltuples > 0
      )
    ) as is_stale
) as stale
where n.nspname = %(schema)s
  and c.relkind in ('r', 'm', 'p');

-- name: memory
-- How much memory may a sort take, and could more workers help? Values: schema.
-- A bare SET of the runbook changes only its own session; the worst case of work_mem is sessions x nodes x processes.
select
  (select setting::bigint * 1024 from pg_settings where name = 'work_mem') as work_mem,
  (select setting::float8 from pg_settings where name = 'hash_mem_multiplier') as hash_multiplier,
  current_setting('max_connections')::int as connections,
  current_setting('max_parallel_workers_per_gather')::int as gather,
  current_setting('max_parallel_workers')::int as workers,
  (
    select count(*)
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = %(schema)s
      and c.relkind in ('r', 'm')
      and c.relpages > 3 * (select setting::bigint from pg_settings where name = 'min_parallel_table_scan_size')
  ) as large_tables;
