-- name: sessions
-- Who is behind these process ids, must it be spared and why, how is it cancelled or ended, and how is that verified?
-- Departs from the runbook's step 1, which kills whatever is older than five minutes: here people pick, and the statement names pid, start
-- of the session and start of the statement, so that a process id that was given to somebody else in the meantime is not struck.
-- An idle session is terminated, since a cancel does nothing to it; a session at work is cancelled, and ended only if that did not help.
-- Values: pids, and in the same order behind: how many sessions wait for each.
with found as (
  select
    a.*,
    p.behind,
    coalesce(r.rolsuper, false) as rolsuper,
    a.query = '<insufficient privilege>' as hidden,
    coalesce(a.state ~ '^idle', false) as idle,
    'a.pid = ' || a.pid
      || ' and a.backend_start = ' || quote_literal(to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00')
      as same_session,
    coalesce(
      ' and a.query_start = ' || quote_literal(to_char(a.query_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'),
      ' and a.query_start is null'
    ) as same_statement
  from unnest(%(pids)s::int[], %(behind)s::int[]) as p (pid, behind)
  join pg_stat_activity as a on a.pid = p.pid
  left join pg_roles as r on r.oid = a.usesysid
)
select
  f.pid,
  coalesce(f.usename, f.backend_type, '') as role,
  coalesce(f.application_name, '') as application,
  f.state,
  coalesce(extract(epoch from clock_timestamp() - case when f.idle then f.state_change else f.query_start end), 0)::float8 as age_s,
  f.idle,
  f.behind as holds_up,
  f.query_id,
  coalesce(f.query, '') as query,
  coalesce(
    case
      when f.hidden then 'hidden from me: grant pg_read_all_stats to ' || quote_ident(current_user)
      when exists (select from pg_stat_progress_basebackup as p where p.pid = f.pid) then 'base backup'
      when f.backend_type = 'walsender' then 'replication'
      when f.backend_type = 'autovacuum worker' then 'autovacuum: it gives way by itself'
      when f.backend_type = 'parallel worker' then 'parallel worker of pid ' || coalesce(f.leader_pid::text, '?') || ': that one is the session'
      when f.backend_type <> 'client backend' then f.backend_type || ': belongs to the server'
      when f.rolsuper then 'superuser session: needs a DBA'
      when f.usename = current_user or f.application_name ~ '^scout( |$)' then 'Scout itself'
      when f.usename = any(%(protected_roles)s::text[]) then 'protected role'
      when f.application_name = any(%(protected_applications)s::text[]) then 'protected application'
      when f.datname <> current_database() then 'works in the database ' || f.datname || ': ask there'
      when exists (select from pg_stat_progress_create_index as p where p.pid = f.pid)
        then 'index build: a cancel leaves an invalid index'
      when exists (select from pg_stat_progress_cluster as p where p.pid = f.pid) then 'VACUUM FULL or CLUSTER'
      when exists (select from pg_stat_progress_copy as p where p.pid = f.pid) then 'COPY (dump or load)'
      when f.state = 'disabled' then 'what it does is not tracked (track_activities)'
    end, ''
  ) as spared,
  coalesce(
    case
      when f.idle then 'select pg_terminate_backend(a.pid, 5000) from pg_stat_activity as a where ' || f.same_session || f.same_statement
      else 'select pg_cancel_backend(a.pid) from pg_stat_activity as a where ' || f.same_session || f.same_statement
        || ' and a.state = ''active'''
    end, ''
  ) as statement,
  coalesce('select pg_terminate_backend(a.pid, 5000) from pg_stat_activity as a where ' || f.same_session || f.same_statement
    || ' and a.state = ''active''', '') as ending,
  coalesce(
    case
      when f.idle then 'select not exists (select from pg_stat_activity as a where ' || f.same_session || ') as ok, '
        || 'coalesce((select ''still there, '' || a.state from pg_stat_activity as a where ' || f.same_session || '), ''the session is gone'') as found'
      else 'select not exists (select from pg_stat_activity as a where ' || f.same_session || f.same_statement || ' and a.state = ''active'') as ok, '
        || 'case when exists (select from pg_stat_activity as a where ' || f.same_session || f.same_statement
        || ' and a.state = ''active'') then ''it still runs'' else ''the statement has ended'' end as found'
    end, ''
  ) as gone,
  -- a cancel that leaves the locks where they are (advisory ones of the session) has not helped those who wait
  coalesce('select w.waiting = 0 and not w.there as ok, case when w.there then ''still there; '' else '''' end || '
    || 'case when w.waiting = 0 then ''nobody waits for it any more, of ' || f.behind || ' that did'' else w.waiting || '' still wait for it'' end as found '
    || 'from (select (select count(distinct l.pid) from pg_locks as l where not l.granted and ' || f.pid || ' = any(pg_blocking_pids(l.pid))) as waiting, '
    || 'exists (select from pg_stat_activity as a where ' || f.same_session || case when f.idle then '' else f.same_statement || ' and a.state = ''active''' end
    || ') as there) as w', '') as freed
from found as f
order by f.behind desc, age_s desc, f.pid;
