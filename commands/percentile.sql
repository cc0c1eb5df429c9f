-- name: statements
-- What has every statement cost since the counters began? Two of these are subtracted.
-- Without the texts (`false`): the file that holds them is not read. Only this database, only what clients sent themselves, not Scout's own.
-- Departs from the runbook's slow_queries CTE, which counts the whole cluster since the last reset, so that yesterday's incident never ends.
-- A row without queryid is one that this role may not see.
select
  s.userid,
  s.queryid,
  s.calls,
  s.total_exec_time as total_ms,
  s.mean_exec_time as mean_ms,
  s.stddev_exec_time as stddev_ms,
  i.stats_reset as reset_at,
  i.dealloc as evicted,
  current_user as role
from {pgss}.pg_stat_statements(false) as s
cross join {pgss}.pg_stat_statements_info as i
where s.dbid = (select oid from pg_database where datname = current_database())
  and s.toplevel
  and s.userid <> (select oid from pg_roles where rolname = current_user);
