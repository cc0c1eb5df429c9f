-- name: progress
-- How far is the statement of a session, by the views that PostgreSQL has for some kinds, and for whom does it wait?
-- Values: application_name. A REFRESH has no such view. pg_blocking_pids() is asked only for a session that waits: it stops the lock
-- manager for a moment.
select
  v.phase,
  v.done::float8 as done,
  v.total::float8 as total,
  array_remove(
    array_append(case when a.wait_event_type = 'Lock' then pg_catalog.pg_blocking_pids(a.pid) else array[]::int[] end, v.locker),
    null
  ) as waits_for
from pg_catalog.pg_stat_activity as a
left join lateral (
  select
    p.phase,
    case when p.lockers_total > 0 and p.phase like 'waiting%%' then p.lockers_done when p.tuples_total > 0 then p.tuples_done else p.blocks_done end as done,
    case when p.lockers_total > 0 and p.phase like 'waiting%%' then p.lockers_total when p.tuples_total > 0 then p.tuples_total else p.blocks_total end
      as total,
    nullif(p.current_locker_pid, 0)::int as locker
  from pg_catalog.pg_stat_progress_create_index as p
  where p.pid = a.pid
  union all
  select p.phase, p.heap_blks_scanned, p.heap_blks_total, null
  from pg_catalog.pg_stat_progress_vacuum as p
  where p.pid = a.pid
  union all
  select p.phase, p.sample_blks_scanned, p.sample_blks_total, null
  from pg_catalog.pg_stat_progress_analyze as p
  where p.pid = a.pid
  union all
  select p.phase, p.heap_blks_scanned, p.heap_blks_total, null
  from pg_catalog.pg_stat_progress_cluster as p
  where p.pid = a.pid
) as v on true
where a.application_name = %(application_name)s
  and a.backend_type = 'client backend'
  and a.state = 'active'
limit 1;
