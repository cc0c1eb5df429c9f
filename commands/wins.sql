-- name: statistics
-- Which tables have statistics that are missing or older than a tenth of their rows? Values: schema.
-- The runbook says "ANALYZE scout.table_name" of a table that does not exist; autovacuum never analyses a partitioned parent.
select
  count(*) as examined,
  count(*) filter (where stale.is_stale) as stale,
  coalesce((array_agg(c.relname::text order by s.n_mod_since_analyze desc nulls last) filter (where stale.is_stale))[1], '') as worst
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
left join pg_stat_all_tables as s on s.relid = c.oid
cross join lateral (
  select
    c.reltuples <> 0
    and (
      greatest(s.last_analyze, s.last_autoanalyze) is null
      or s.n_mod_since_analyze > greatest(1000, c.reltuples / 10)
    ) as is_stale
) as stale
where n.nspname = %(schema)s
  and c.relkind in ('r', 'm', 'p');

-- name: memory
-- Do sorts and hashes spill to disk, and could more workers help? Values: schema.
-- A bare SET of the runbook changes only its own session; the worst case of work_mem is sessions x nodes x processes.
select
  d.temp_files,
  d.temp_bytes,
  greatest(1, extract(epoch from clock_timestamp() - coalesce(d.stats_reset, pg_postmaster_start_time())))::float8 as since_s,
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
  ) as large_tables
from pg_stat_database as d
where d.datname = current_database()
