-- name: older
-- Which transactions must a concurrent build or drop of an index wait for?
-- It waits for those that write to the table, and at its end for every snapshot of this database that is older than itself, even of a reader of
-- another table; a vacuum it does not wait for. Younger ones than a second end by themselves. Pid 0 is a prepared transaction.
select
  a.pid,
  coalesce(a.usename, a.backend_type) as role,
  coalesce(a.state, a.backend_type) as state,
  extract(epoch from clock_timestamp() - a.xact_start)::float8 as age_s
from pg_stat_activity as a
where a.datname = current_database()
  and a.pid <> pg_backend_pid()
  and a.leader_pid is null
  and a.xact_start < clock_timestamp() - interval '1 s'
  and not exists (select from pg_stat_progress_vacuum as p where p.pid = a.pid)
  and (
    a.backend_xmin is not null
    or exists (
      select from pg_locks as l
      join pg_class as c on c.oid = l.relation
      where l.pid = a.pid
        and l.granted
        and c.relname = any(%(relations)s::text[])
        and c.relnamespace = (select n.oid from pg_namespace as n where n.nspname = %(schema)s)
        and l.mode in ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    )
  )
union all
select
  0,
  p.owner,
  'prepared as ' || p.gid,
  extract(epoch from clock_timestamp() - p.prepared)::float8
from pg_prepared_xacts as p
where p.database = current_database()
order by age_s desc;
