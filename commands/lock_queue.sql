-- name: queue
-- Who waits for whom, for how long, and for what? One row for each session that waits or is waited for.
-- Departs from the usual trees: pg_blocking_pids is asked only for sessions that wait; the wait is measured from pg_locks.waitstart, not
-- from the start of the statement; a parallel worker counts as its leader; sessions that wait for a safe snapshot are there; and a prepared
-- transaction (pid 0) is found by the lock it holds, named by its gid and numbered below zero.
-- No name is looked up by a cast to regclass, which would wait for the very lock that is asked about.
with locks as materialized (
  select l.*
  from pg_locks as l
), conflict (wanted, held) as (
  values
    ('AccessShareLock', array['AccessExclusiveLock']),
    ('RowShareLock', '{ExclusiveLock,AccessExclusiveLock}'),
    ('RowExclusiveLock', '{ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
    ('ShareUpdateExclusiveLock', '{ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
    ('ShareLock', '{RowExclusiveLock,ShareUpdateExclusiveLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
    ('ShareRowExclusiveLock', '{RowExclusiveLock,ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
    ('ExclusiveLock', '{RowShareLock,RowExclusiveLock,ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
    ('AccessExclusiveLock', '{AccessShareLock,RowShareLock,RowExclusiveLock,ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}')
), prepared as materialized (
  select
    (-row_number() over (order by x.prepared, x.transaction::text::bigint))::int as pid,
    x.gid,
    x.owner::text as owner,
    x.database::text as database,
    x.prepared,
    l.virtualtransaction
  from pg_prepared_xacts as x
  left join locks as l on l.pid is null and l.granted and l.locktype = 'transactionid' and l.transactionid = x.transaction
), waiting as materialized (
  select
    l.*,
    pg_blocking_pids(l.pid) as blockers
  from locks as l
  where not l.granted
    and l.pid is not null
), edge as (
  select
    w.pid,
    b.pid as blocker
  from waiting as w
  cross join lateral unnest(w.blockers) as b (pid)
  where b.pid > 0
  union
  select
    w.pid,
    coalesce(p.pid, 0)
  from waiting as w
  left join (
    conflict as c
    join locks as l on l.pid is null and l.granted and l.mode = any(c.held)
    join prepared as p on p.virtualtransaction = l.virtualtransaction
  )
    on c.wanted = w.mode
    and (l.locktype, l.database, l.relation, l.page, l.tuple, l.virtualxid, l.transactionid, l.classid, l.objid, l.objsubid)
      is not distinct from
      (w.locktype, w.database, w.relation, w.page, w.tuple, w.virtualxid, w.transactionid, w.classid, w.objid, w.objsubid)
  where 0 = any(w.blockers)
  union
  select
    a.pid,
    b.pid
  from pg_stat_activity as a
  cross join lateral unnest(pg_safe_snapshot_blocking_pids(a.pid)) as b (pid)
  where a.wait_event = 'SafeSnapshot'
), folded as materialized (
  select distinct
    coalesce(a.leader_pid, e.pid) as pid,
    e.blocker
  from edge as e
  left join pg_stat_activity as a on a.pid = e.pid
  where coalesce(a.leader_pid, e.pid) <> e.blocker
), blocked as materialized (
  select
    f.pid,
    array_agg(f.blocker order by f.blocker) as blocked_by
  from folded as f
  group by f.pid
), node as (
  select
    b.pid,
    b.blocked_by
  from blocked as b
  union all
  select distinct
    f.blocker,
    array[]::int[]
  from folded as f
  left join blocked as b on b.pid = f.blocker
  where b.pid is null
), wanted as (
  select distinct on (coalesce(a.leader_pid, w.pid))
    coalesce(a.leader_pid, w.pid) as pid,
    w.locktype,
    w.mode,
    w.database,
    -- who waits for a row's transaction has put its name down for the row
    coalesce(w.relation, t.relation) as relation,
    w.classid,
    w.objid,
    w.objsubid,
    w.waitstart
  from waiting as w
  left join pg_stat_activity as a on a.pid = w.pid
  left join (
    select
      l.pid,
      max(l.relation) as relation
    from locks as l
    where l.locktype = 'tuple'
      and l.granted
    group by l.pid
  ) as t on t.pid = w.pid
  order by coalesce(a.leader_pid, w.pid), w.waitstart
)
select
  n.pid,
  coalesce(p.owner, a.usename::text, a.backend_type, '(gone)') as role,
  coalesce(a.application_name, '') as application,
  coalesce(p.database, a.datname::text, '') as database,
  coalesce(p.database, a.datname::text, current_database()) = current_database() as here,
  case when p.gid is not null then 'prepared' else coalesce(a.state, '') end as state,
  coalesce(extract(epoch from clock_timestamp() - coalesce(p.prepared, case when a.state = 'active' then a.query_start else a.state_change end)), 0)::float8
    as age_s,
  coalesce(extract(epoch from clock_timestamp() - coalesce(p.prepared, a.xact_start)), 0)::float8 as transaction_s,
  case
    when n.blocked_by <> '{}'
      then greatest(0, coalesce(extract(epoch from clock_timestamp() - coalesce(w.waitstart, a.query_start)), 0))::float8
  end as waited_s,
  coalesce(w.locktype, case when a.wait_event = 'SafeSnapshot' then 'snapshot' end, '') as lock_kind,
  coalesce(w.mode, '') as lock_mode,
  case
    when w.locktype = 'advisory' and w.objsubid = 1 then ((w.classid::bigint << 32) | w.objid::bigint)::text
    when w.locktype = 'advisory' then w.classid || ', ' || w.objid
    else coalesce(s.nspname || '.' || c.relname, '')
  end as lock_on,
  n.blocked_by,
  a.query_id,
  coalesce(a.query, '') as query,
  coalesce(p.gid, '') as gid,
  case when p.gid is null then '' else format('rollback prepared %%L', p.gid) end as ending
from node as n
left join pg_stat_activity as a on a.pid = n.pid
left join prepared as p on p.pid = n.pid
left join wanted as w on w.pid = n.pid
left join pg_class as c
  on c.oid = w.relation
  and coalesce(w.database, 0) in (0, (select d.oid from pg_database as d where d.datname = current_database()))
left join pg_namespace as s on s.oid = c.relnamespace
order by n.pid;
