-- name: holders
-- Who keeps dead rows from being removed and rows from being frozen? Sessions with an old snapshot or a long transaction, standbys that
-- feed theirs back, replication slots (xmin for all rows, catalog_xmin for the catalogs only; a lost one shows them and holds nothing),
-- prepared transactions.
-- A vacuum holds nothing, an analyze does. Sessions of other databases hold only those; they are told for the sake of wraparound, which is of the server.
-- Departs from the notes' preview, which looks at this database alone and asks the age of null for slots with one of the two.
with held as (
  select
    case when a.backend_type = 'walsender' then 'standby feedback' else 'session' end as kind,
    case
      when a.backend_type = 'walsender' then coalesce(nullif(a.application_name, ''), 'a standby') || coalesce(' at ' || host(a.client_addr), '')
      else 'pid ' || a.pid
    end as name,
    a.pid,
    a.datname,
    coalesce(a.usename, a.backend_type) as role,
    coalesce(a.state, '') as state,
    greatest(age(a.backend_xmin), age(a.backend_xid)) as xids,
    extract(epoch from clock_timestamp() - a.xact_start)::float8 as age_s,
    'all rows' as holds,
    a.query_id,
    case when a.backend_type = 'walsender' then '' else coalesce(a.query, '') end as query,
    case when a.backend_type = 'walsender' then 'hot_standby_feedback = off -- in postgresql.conf of the standby, then reload it; undo: the same with on' else '' end as remedy
  from pg_stat_activity as a
  where (a.backend_xmin is not null or a.backend_xid is not null)
    and a.pid <> pg_backend_pid()
    and a.leader_pid is null
    and not exists (select from pg_stat_progress_vacuum as p where p.pid = a.pid)
    and (a.backend_type <> 'autovacuum worker' or exists (select from pg_stat_progress_analyze as p where p.pid = a.pid))
  union all
  select
    'replication slot',
    r.slot_name || case when r.active then coalesce(' (standby ' || nullif(w.application_name, '') || ')', '') else ' (inactive)' end,
    coalesce(r.active_pid, 0),
    case when x.column = 'catalog_xmin' then r.database end,
    r.slot_type,
    case when r.active then 'active' else 'inactive' end,
    age(x.xmin),
    null,
    case x.column when 'xmin' then 'all rows' else 'catalog rows' end,
    null,
    '',
    format('select pg_drop_replication_slot(%%L); -- its consumer must then be set up anew', r.slot_name)
  from pg_replication_slots as r
  left join pg_stat_replication as w on w.pid = r.active_pid
  cross join lateral (values ('xmin', r.xmin), ('catalog_xmin', r.catalog_xmin)) as x ("column", xmin)
  where x.xmin is not null
    and r.wal_status is distinct from 'lost'
  union all
  select
    'prepared transaction',
    p.gid,
    0,
    p.database,
    p.owner,
    'prepared',
    age(p.transaction),
    extract(epoch from clock_timestamp() - p.prepared)::float8,
    'all rows',
    null,
    '',
    format('rollback prepared %%L; -- in database %%s, as %%s; or commit prepared, as its coordinator decided', p.gid, p.database, p.owner)
  from pg_prepared_xacts as p
)
select
  h.kind,
  h.name,
  h.pid,
  coalesce(h.datname, '') as database,
  -- what has no database of its own (a standby, a physical slot) holds all of them
  coalesce(h.datname = current_database(), true) as here,
  h.role,
  h.state,
  h.xids::bigint as xids,
  h.age_s,
  h.holds,
  h.query_id,
  h.query,
  h.remedy
from held as h
order by h.xids desc, h.age_s desc nulls last, h.name;
