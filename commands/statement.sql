-- name: entry
-- Everything that is counted of one statement since the counters began, by role.
-- Its times are those of execution: planning (where it is tracked) and the commit are not in them.
select
  s.queryid as query_id,
  s.query,
  s.userid::regrole::text as role,
  s.calls,
  s.total_exec_time as total_ms,
  s.min_exec_time as min_ms,
  s.max_exec_time as max_ms,
  s.stddev_exec_time as stddev_ms,
  s.total_plan_time as plan_ms,
  s.shared_blks_dirtied as pages_dirtied,
  s.wal_bytes::bigint as wal_bytes,
  (s.temp_blks_read + s.temp_blks_written)::bigint as temp_pages,
  current_setting('block_size')::int as page_bytes,
  s.userid = (select oid from pg_roles where rolname = current_user) as is_own
from {pgss}.pg_stat_statements as s
where s.dbid = (select oid from pg_database where datname = current_database())
  and s.toplevel
  and s.queryid = %(query_id)s::bigint
order by s.total_exec_time desc;
