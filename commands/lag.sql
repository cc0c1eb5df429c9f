-- name: lag
-- How far behind is the standby that is furthest behind, which slot keeps most of the log, and how many does nobody use?
-- Asked on a standby, it is that standby's own lag, 0 when all it has received is replayed. The runbook does not look at either.
-- A slot whose consumer is gone fills the disk of the primary. A lost one shows where it stood and keeps nothing, and what a standby copies
-- from its primary (17 and later) is in use there.
with here as (
  select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end as lsn
), slots as (
  select
    s.slot_name::text as name,
    not (s.active or s.temporary or pg_is_in_recovery() and coalesce((to_jsonb(s) ->> 'synced')::boolean, false)) as unused,
    case when s.wal_status is distinct from 'lost' then pg_wal_lsn_diff(here.lsn, s.restart_lsn) end as kept
  from pg_replication_slots as s
  cross join here
)
select
  case
    when pg_is_in_recovery() and pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() then 0
    when pg_is_in_recovery() then extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())
    else (select max(extract(epoch from r.replay_lag)) from pg_stat_replication as r)
  end::float8 as seconds,
  pg_is_in_recovery() as is_replica,
  (select count(*) from pg_stat_replication)::int as standbys,
  coalesce(
    (select r.application_name from pg_stat_replication as r order by r.replay_lag desc nulls last limit 1), ''
  ) as standby,
  (select count(*) from slots)::int as slots,
  (select count(*) from slots where slots.unused)::int as unused,
  coalesce((select max(slots.kept) from slots), 0)::float8 as kept_bytes,
  coalesce((select slots.name from slots order by slots.kept desc nulls last, slots.name limit 1), '') as slot;
