-- name: census
-- Which statements run for half a second or more, and which have ended a moment ago? Asked every second; the ages are the server's.
-- The runbook knows no percentile. pg_stat_statements has means and deviations only, and never what was cancelled or still runs.
-- Who has finished is shown for five seconds, with the time it really took. Scout's own sessions are left out.
select
  a.pid,
  a.query_start as began,
  a.query_id,
  a.state <> 'active' as finished,
  case
    when a.state = 'active' then extract(epoch from clock_timestamp() - a.query_start)
    else extract(epoch from a.state_change - a.query_start)
  end::float8 as age_s
from pg_stat_activity as a
where a.backend_type = 'client backend'
  and a.datname = current_database()
  and a.application_name !~ '^scout( run .*)?$'
  and a.query_start is not null
  and case when a.state = 'active' then clock_timestamp() else a.state_change end - a.query_start >= interval '500 ms'
  and (a.state = 'active' or a.state_change > clock_timestamp() - interval '5 s');
