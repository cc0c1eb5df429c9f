-- name: lag
-- How far behind is the standby that is furthest behind, which slot keeps most of the log, and how many does nobody use?
-- Asked on a standby, it is that standby's own lag, 0 when all it has received is replayed. The runbook does not look at either.
-- A slot whose consumer is gone fills the disk of the primary; what is lost already cannot be kept.
with here as (
  select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end as lsn
)
select
  case
    when pg_is_in_recovery() and pg_last_wal_receive_lsn() is distinct from pg_last_wal_replay_lsn()
      then extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())
    when pg_is_in_recovery() then 0
    else (select max(extract(epoch from r.replay_lag)) from pg_stat_replication as r)
  end::float8 as seconds,
  pg_is_in_recovery() as is_replica,
  (select count(*) from pg_stat_replication)::int as standbys,
  coalesce(
    (select r.application_name from pg_stat_replication as r order by r.replay_lag desc nulls last limit 1), ''
  ) as standby,
  (select count(*) from pg_replication_slots)::int as slots,
  (select count(*) from pg_replication_slots as s where not s.active and not s.temporary)::int as unused,
  coalesce((select max(pg_wal_lsn_diff(here.lsn, s.restart_lsn)) from pg_replication_slots as s, here), 0)::float8 as kept_bytes,
  coalesce(
    (select s.slot_name::text from pg_replication_slots as s order by s.restart_lsn nulls last limit 1), ''
  ) as slot;
