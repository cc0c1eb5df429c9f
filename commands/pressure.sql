-- name: pressure
-- How many sessions have waited for a lock for more than 5 seconds, and how old is the oldest statement?
-- The runbook has no line for either, and kills what is older than 5 minutes. Builds, vacuums, copies and backups may take long and are
-- not counted: Scout would not stop them; nor is what waits for a lock, which the blocked sessions count. The wait is measured from pg_locks.waitstart, not from the start of the statement.
-- Progress is asked of the function below the pg_stat_progress views (the same on 14 to 18): in a status that asks all in one go, five
-- expanded views cost the server's allocator 3 MB and a third of the whole answer's time.
select
  (
    select count(distinct l.pid)
    from pg_locks as l
    join pg_stat_activity as w on w.pid = l.pid
    where not l.granted
      and w.datname = current_database()
      and coalesce(l.waitstart, clock_timestamp()) < clock_timestamp() - interval '5 s'
  )::int as blocked,
  coalesce(max(extract(epoch from clock_timestamp() - a.query_start)) filter (where not long.expected), 0)::float8 as longest_s,
  coalesce((array_agg(a.pid order by a.query_start) filter (where not long.expected))[1], 0) as longest_pid,
  (select count(*) from pg_stat_activity as h where h.query = '<insufficient privilege>')::int as hidden,
  current_user as role
from pg_stat_activity as a
cross join lateral (
  select
    a.wait_event_type is not distinct from 'Lock'
    or exists (select from pg_stat_get_progress_info('CREATE INDEX') as p where p.pid = a.pid)
    or exists (select from pg_stat_get_progress_info('VACUUM') as p where p.pid = a.pid)
    or exists (select from pg_stat_get_progress_info('CLUSTER') as p where p.pid = a.pid)
    or exists (select from pg_stat_get_progress_info('COPY') as p where p.pid = a.pid)
    or exists (select from pg_stat_get_progress_info('BASEBACKUP') as p where p.pid = a.pid) as expected
) as long
where a.backend_type = 'client backend'
  and a.state = 'active'
  and a.datname = current_database()
  and a.pid <> pg_backend_pid();
