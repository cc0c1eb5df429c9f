-- name: struck
-- Which sessions hold the database up: at the head of a lock queue in which somebody has waited for 5 seconds, running for too long,
-- or idle in a transaction for too long? Which of them must be spared, and why? How is each one ended, and how is that verified?
-- Departs from the runbook's step 1, which killed replication, autovacuum, index builds and the sessions that only waited, and spared
-- the idle transaction that held the lock. The statement names pid, start of the session and start of the statement: a process id
-- that was given to somebody else in the meantime is not struck. An idle session is terminated, since a cancel does nothing to it.
with recursive edge as (
  select
    w.pid,
    blocker,
    w.waited_s
  from (
    select
      l.pid,
      max(extract(epoch from clock_timestamp() - l.waitstart)) as waited_s
    from pg_locks as l
    where not l.granted
    group by l.pid
  ) as w
  cross join lateral unnest(pg_blocking_pids(w.pid)) as blocker
), queue as (
  select
    e.blocker as head,
    e.pid,
    e.waited_s
  from edge as e
  where not exists (select from edge as up where up.pid = e.blocker)
  union
  select
    q.head,
    e.pid,
    e.waited_s
  from queue as q
  join edge as e on e.blocker = q.pid
), head as (
  select
    q.head as pid,
    count(distinct q.pid)::int as holds_up
  from queue as q
  group by q.head
  having max(q.waited_s) >= 5
), found as (
  select
    a.*,
    coalesce(h.holds_up, 0) as holds_up,
    r.rolsuper,
    a.state ~ '^idle in transaction' as idle,
    'a.pid = ' || a.pid
      || ' and a.backend_start = ' || quote_literal(to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00')
      as same_session,
    ' and a.query_start = ' || quote_literal(to_char(a.query_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00')
      as same_statement
  from pg_stat_activity as a
  left join head as h on h.pid = a.pid
  left join pg_roles as r on r.oid = a.usesysid
  where a.pid <> pg_backend_pid()
    and a.leader_pid is null
    and a.query_start is not null
    and coalesce(a.datname, current_database()) = current_database()
    and (
      h.pid is not null
      or (a.state = 'active' and a.query_start < clock_timestamp() - make_interval(secs => %(long_query_seconds)s))
      or (
        a.state ~ '^idle in transaction'
        and a.state_change < clock_timestamp() - make_interval(secs => %(idle_in_transaction_seconds)s)
      )
    )
)
select
  f.pid,
  coalesce(f.usename, f.backend_type) as role,
  coalesce(f.application_name, '') as application,
  f.state,
  extract(epoch from clock_timestamp() - case when f.idle then f.state_change else f.query_start end)::float8 as age_s,
  f.idle,
  f.holds_up,
  f.query_id,
  coalesce(f.query, '') as query,
  coalesce(
    case
      when f.backend_type = 'walsender' then 'replication'
      when f.backend_type = 'autovacuum worker' then 'autovacuum: it gives way by itself'
      when f.backend_type <> 'client backend' then f.backend_type
      when f.rolsuper then 'superuser session: needs a DBA'
      when f.usename = current_user or f.application_name ~ '^scout( |$)' then 'Scout itself'
      when f.usename = any(%(protected_roles)s::text[]) then 'protected role'
      when f.application_name = any(%(protected_applications)s::text[]) then 'protected application'
      when exists (select from pg_stat_progress_create_index as p where p.pid = f.pid)
        then 'index build: a cancel leaves an invalid index'
      when exists (select from pg_stat_progress_cluster as p where p.pid = f.pid) then 'VACUUM FULL or CLUSTER'
      when exists (select from pg_stat_progress_vacuum as p where p.pid = f.pid) then 'VACUUM'
      when exists (select from pg_stat_progress_basebackup as p where p.pid = f.pid) then 'base backup'
      when exists (select from pg_stat_progress_copy as p where p.pid = f.pid) then 'COPY (dump or load)'
      when f.holds_up = 0 and f.wait_event_type = 'Lock'
        then 'only waits for pid ' || array_to_string(pg_blocking_pids(f.pid), ', ')
    end, ''
  ) as spared,
  case
    when f.idle then 'select pg_terminate_backend(a.pid, 5000) from pg_stat_activity as a where ' || f.same_session || f.same_statement
    else 'select pg_cancel_backend(a.pid) from pg_stat_activity as a where ' || f.same_session || f.same_statement
      || ' and a.state = ''active'''
  end as statement,
  case
    when f.idle then 'select not exists (select from pg_stat_activity as a where ' || f.same_session || ') as ok, '
      || 'coalesce((select ''still there, '' || a.state from pg_stat_activity as a where ' || f.same_session || '), ''the session is gone'') as found'
    else 'select not exists (select from pg_stat_activity as a where ' || f.same_session || f.same_statement || ' and a.state = ''active'') as ok, '
      || 'case when exists (select from pg_stat_activity as a where ' || f.same_session || f.same_statement
      || ' and a.state = ''active'') then ''it still runs'' else ''the statement has ended'' end as found'
  end as gone
from found as f
order by f.holds_up desc, age_s desc, f.pid;

-- name: unseen
-- What cannot be seen or struck: sessions hidden from this role, and prepared transactions at the head of a lock queue (pid 0).
select
  (select count(*) from pg_stat_activity as a where a.query = '<insufficient privilege>')::int as hidden,
  (
    select count(*)
    from (select distinct l.pid from pg_locks as l where not l.granted) as w
    where 0 = any(pg_blocking_pids(w.pid))
  )::int as behind_prepared,
  current_user as role;
