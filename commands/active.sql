-- name: running
-- What runs now, and what holds a transaction open without running anything? Who waits for whom?
-- Departs from the runbook's list, which hides every session whose text mentions pg_stat_activity, shows replication as a query,
-- and shows neither blockers nor sessions idle in a transaction. Blockers are asked for only where a session waits.
select
  a.pid,
  coalesce(a.usename, '(none)') as role,
  coalesce(a.application_name, '') as application,
  a.state,
  coalesce(a.wait_event_type, '') as waits_for,
  extract(epoch from clock_timestamp() - case when a.state = 'active' then a.query_start else a.state_change end)::float8 as age_s,
  case when a.wait_event_type = 'Lock' then pg_blocking_pids(a.pid) else array[]::int[] end as blocked_by,
  a.query_id,
  coalesce(a.query, '') as query
from pg_stat_activity as a
where a.backend_type = 'client backend'
  and a.datname = current_database()
  and a.pid <> pg_backend_pid()
  and a.state in ('active', 'idle in transaction', 'idle in transaction (aborted)', 'fastpath function call')
order by age_s desc nulls last, a.pid;
