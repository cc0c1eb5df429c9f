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
  count(*) filter (where a.wait_event_type = 'Lock')::int as waiting
from pg_stat_activity as a
where a.backend_type = 'client backend'
  or a.query = '<insufficient privilege>'
group by 1, 2, 3, 4
order by sessions desc, role, database, application, state;
