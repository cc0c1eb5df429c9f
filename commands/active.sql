-- name: builds
-- How far are the builds of indexes? While a build waits for lockers, those that are through are its share; a phase without a measure has none.
select
  p.pid,
  coalesce(t.relname, 'hidden') as relation,
  coalesce(i.relname, '') as index,
  coalesce(p.phase, 'hidden') as phase,
  (
    100.0 * case
      when p.lockers_total > 0 and p.phase like 'waiting for%%' then p.lockers_done / p.lockers_total::float8
      when p.tuples_total > 0 then p.tuples_done / p.tuples_total::float8
      when p.blocks_total > 0 then p.blocks_done / p.blocks_total::float8
    end
  )::float8 as percent,
  extract(epoch from clock_timestamp() - a.query_start)::float8 as age_s
from pg_stat_progress_create_index as p
join pg_stat_activity as a on a.pid = p.pid
left join pg_class as t on t.oid = p.relid
left join pg_class as i on i.oid = nullif(p.index_relid, 0)
where p.datname = current_database()
order by age_s desc nulls last, p.pid;

-- name: running
-- What runs now, and what holds a transaction open without running anything?
-- Departs from the runbook's list, which hides every session whose text mentions pg_stat_activity, shows replication as a query,
-- and shows neither what a session waits for nor those idle in a transaction. Who waits for whom is another question: lock_queue.sql.
select
  a.pid,
  coalesce(a.usename, '(none)') as role,
  coalesce(a.application_name, '') as application,
  a.state,
  case when a.state = 'active' then concat_ws(': ', a.wait_event_type, a.wait_event) else '' end as waits_for,
  extract(epoch from clock_timestamp() - case when a.state = 'active' then a.query_start else a.state_change end)::float8 as age_s,
  extract(epoch from clock_timestamp() - a.xact_start)::float8 as transaction_s,
  age(a.backend_xmin) as xmin_age,
  coalesce(w.workers, 0)::int as workers,
  a.query_id,
  coalesce(a.query, '') as query
from pg_stat_activity as a
left join (
  select
    p.leader_pid,
    count(*) as workers
  from pg_stat_activity as p
  where p.leader_pid is not null
  group by p.leader_pid
) as w on w.leader_pid = a.pid
where a.backend_type = 'client backend'
  and a.datname = current_database()
  and a.pid <> pg_backend_pid()
  and a.state in ('active', 'idle in transaction', 'idle in transaction (aborted)', 'fastpath function call')
order by age_s desc nulls last, a.pid;

-- name: others
-- How many sessions are not shown: those that do nothing, those of other databases, and the server's own processes?
select
  count(*) filter (where a.backend_type = 'client backend' and a.datname = current_database() and a.state = 'idle')::int as idle,
  count(*) filter (where a.backend_type = 'client backend' and a.datname <> current_database())::int as elsewhere,
  count(*) filter (where a.backend_type <> 'client backend')::int as own
from pg_stat_activity as a;
