-- name: here
-- Which side is this, how far is its log, and what bounds the log kept for others? On a standby: how far behind is it, in bytes and seconds?
-- The seconds are 0 when everything received is replayed: the age of the last transaction says nothing on a quiet primary.
select
  pg_is_in_recovery() as is_replica,
  greatest(0, pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()))::float8 as replay_bytes,
  case
    when not pg_is_in_recovery() then 0
    when pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() then 0
    else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())
  end::float8 as replay_s,
  extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 as last_transaction_s,
  case when pg_is_in_recovery() then pg_is_wal_replay_paused() else false end as is_paused,
  current_setting('wal_level') as wal_level,
  current_setting('max_slot_wal_keep_size') as keep_limit,
  coalesce(current_setting('idle_replication_slot_timeout', true), '0') as idle_limit,
  -- only a primary waits, and only with a synchronous_commit that waits for others: how many of them is the number before the bracket, else one
  case
    when pg_is_in_recovery() or current_setting('synchronous_standby_names') = '' or current_setting('synchronous_commit') in ('off', 'local') then 0
    else coalesce(substring(lower(current_setting('synchronous_standby_names')) from '^\s*(?:first\s|any\s)?\s*([0-9]+)\s*\('), '1')::int
  end as commits_wait_for,
  current_setting('hot_standby_feedback') = 'on' as gives_feedback;

-- name: receiver
-- On a standby: does it receive anything, from whom, and how old is the last word? The connection string, which may hold a password, is not read.
select
  r.status,
  coalesce(r.sender_host, '') as host,
  coalesce(r.slot_name, '') as slot,
  extract(epoch from clock_timestamp() - r.last_msg_receipt_time)::float8 as silent_s,
  coalesce(pg_wal_lsn_diff(r.latest_end_lsn, pg_last_wal_receive_lsn()), 0)::float8 as receive_bytes
from pg_stat_wal_receiver as r
where r.pid is not null;

-- name: conflicts
-- On a standby: how many queries did the replay of the log cancel, and why? PostgreSQL 16 added one kind.
select
  coalesce(sum(c.confl_tablespace + c.confl_lock + c.confl_snapshot + c.confl_bufferpin + c.confl_deadlock), 0)::bigint
    + coalesce(sum((to_jsonb(c) ->> 'confl_active_logicalslot')::bigint), 0)::bigint as cancelled,
  coalesce(sum(c.confl_snapshot), 0)::bigint as by_cleanup,
  coalesce(sum(c.confl_lock), 0)::bigint as by_locks
from pg_stat_database_conflicts as c
where c.datname = current_database();

-- name: standbys
-- Who receives the log from here, and how far behind is each, in bytes and seconds? The seconds are null while nothing is written.
select
  r.pid,
  coalesce(r.usename::text, '') as role,
  coalesce(r.application_name, '') as application,
  coalesce(host(r.client_addr), 'local') as host,
  coalesce(r.state, 'hidden') as state,
  coalesce(r.sync_state, '') as sync_state,
  pg_wal_lsn_diff(p.here, r.sent_lsn)::float8 as unsent_bytes,
  pg_wal_lsn_diff(p.here, r.flush_lsn)::float8 as flush_bytes,
  pg_wal_lsn_diff(p.here, r.replay_lsn)::float8 as replay_bytes,
  extract(epoch from r.replay_lag)::float8 as replay_s,
  age(r.backend_xmin) as xmin_age,
  coalesce(s.slot_name::text, '') as slot
from pg_stat_replication as r
left join pg_replication_slots as s on s.active_pid = r.pid
cross join (
  select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end as here
) as p
order by replay_bytes desc nulls last, r.pid;

-- name: slots
-- Which slots keep log or old rows back, how much, and for how long still? What newer versions know of a slot is taken from its row as JSON.
-- A lost slot shows where it stood, but keeps nothing. What a standby copies from its primary (17 and later) is never in use there.
select
  s.slot_name::text as name,
  s.slot_type as kind,
  coalesce(s.database::text, '') as database,
  coalesce(s.plugin::text, '') as plugin,
  s.temporary,
  s.active,
  coalesce(s.wal_status, '') as wal_status,
  s.safe_wal_size::float8 as safe_bytes,
  pg_is_in_recovery() and coalesce((to_jsonb(s) ->> 'synced')::boolean, false) as copied,
  case when s.wal_status is distinct from 'lost' then pg_wal_lsn_diff(p.here, s.restart_lsn) end::float8 as retained_bytes,
  case when s.wal_status is distinct from 'lost' then pg_wal_lsn_diff(p.here, s.confirmed_flush_lsn) end::float8 as unconfirmed_bytes,
  age(s.xmin) as xmin_age,
  age(s.catalog_xmin) as catalog_xmin_age,
  coalesce(to_jsonb(s) ->> 'invalidation_reason', case when (to_jsonb(s) ->> 'conflicting')::boolean then 'conflict' end, '') as invalid_because,
  extract(epoch from clock_timestamp() - (to_jsonb(s) ->> 'inactive_since')::timestamptz)::float8 as inactive_s,
  format('select pg_drop_replication_slot(%%L)', s.slot_name) as drop_statement
from pg_replication_slots as s
cross join (
  select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end as here
) as p
order by s.active, retained_bytes desc nulls last, s.slot_name;

-- name: subscriptions
-- What does this database subscribe to, and how old is the last word?
select
  s.subname::text as name,
  s.pid is not null as working,
  extract(epoch from clock_timestamp() - s.last_msg_receipt_time)::float8 as silent_s,
  pg_wal_lsn_diff(s.latest_end_lsn, s.received_lsn)::float8 as behind_bytes
from pg_stat_subscription as s
where s.relid is null
  and s.subid in (select u.oid from pg_subscription as u where u.subdbid = (select d.oid from pg_database as d where d.datname = current_database()))
order by s.subname;
