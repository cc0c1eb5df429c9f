-- name: grouped
-- Who is connected, to what, and what are the sessions doing?
-- Departs from the runbook's count by state, whose empty state was the server's own processes.
select
  coalesce(a.usename, '(none)') as role,
  coalesce(a.datname, '(none)') as database,
  coalesce(a.application_name, '') as application,
  coalesce(a.state, 'hidden') as state,
  count(*)::int as sessions,
  coalesce(max(extract(epoch from clock_timestamp() - a.state_change)), 0)::float8 as longest_s,
  max(extract(epoch from clock_timestamp() - a.xact_start)) filter (where a.pid <> pg_backend_pid())::float8 as transaction_s,
  count(*) filter (where a.wait_event_type = 'Lock')::int as waiting
from pg_stat_activity as a
where a.backend_type = 'client backend'
  or a.query = '<insufficient privilege>'
group by 1, 2, 3, 4
order by sessions desc, role, database, application, state;

-- name: oldest
-- Which session has had its transaction open for longest? What it has seen no vacuum removes, in its database or, of a writer's, anywhere.
select
  a.pid,
  coalesce(a.usename, '(none)') as role,
  coalesce(a.datname, '(none)') as database,
  coalesce(a.state, 'hidden') as state,
  extract(epoch from clock_timestamp() - a.xact_start)::float8 as age_s
from pg_stat_activity as a
where a.backend_type = 'client backend'
  and a.xact_start is not null
  and a.pid <> pg_backend_pid()
order by a.xact_start, a.pid
limit 1;

-- name: limits
-- Which roles and databases have a limit of their own, and how much of it is taken? The next login is refused there while the server has slots.
-- Superusers are not held to either.
select
  limited.kind,
  limited.name,
  limited.most,
  count(a.pid)::int as taken
from (
  select 'role' as kind, r.oid, r.rolname::text as name, r.rolconnlimit as most
  from pg_roles as r
  where r.rolconnlimit > 0
    and r.rolcanlogin
    and not r.rolsuper
  union all
  select 'database', d.oid, d.datname::text, d.datconnlimit
  from pg_database as d
  where d.datconnlimit > 0
) as limited
left join pg_stat_activity as a
  on limited.oid = case limited.kind when 'role' then a.usesysid else a.datid end
  and (a.backend_type = 'client backend' or a.query = '<insufficient privilege>')
group by limited.kind, limited.name, limited.most
order by count(a.pid)::float8 / limited.most desc, limited.kind, limited.name;

-- name: others
-- How many processes are no client sessions: the server's own, its workers, and those that send the log to others?
select count(*)::int as others
from pg_stat_activity as a
where a.backend_type <> 'client backend';
