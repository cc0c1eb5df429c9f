-- name: activity
-- How much was done in this database since its counters began? Two of these are subtracted.
-- Replaces the runbook's count of bronze rows of five minutes, which counts rows, not transactions, and reads the whole table. The table's
-- own counter, or those of its partitions, also count rows that were rolled back; the server's log position is that of all its databases.
-- Where nobody ever reset them, and after a crash, the counters are as old as those of the background writer and the archiver.
with recursive part (relid) as (
  -- to_regclass would want the right to use the schema
  select c.oid
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname = (parse_ident(%(ingest_relation)s))[1]::name
    and c.relname = (parse_ident(%(ingest_relation)s))[2]::name
  union
  select i.inhrelid
  from pg_inherits as i
  join part as p on p.relid = i.inhparent
)
select
  d.xact_commit as committed,
  d.xact_rollback as rolled_back,
  d.tup_inserted as inserted,
  d.tup_updated as updated,
  d.tup_deleted as deleted,
  d.tup_returned as scanned,
  d.tup_fetched as fetched,
  d.deadlocks,
  d.conflicts,
  d.temp_files,
  d.temp_bytes,
  d.sessions,
  d.sessions_abandoned + d.sessions_fatal + d.sessions_killed as sessions_lost,
  coalesce(d.stats_reset, least(b.stats_reset, v.stats_reset), pg_postmaster_start_time()) as reset_at,
  pg_postmaster_start_time() as started_at,
  coalesce(
    pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, '0/0'), 0
  )::bigint as wal_bytes,
  (
    select sum(pg_stat_get_tuples_inserted(p.relid))
    from part as p
  )::bigint as ingested
from pg_stat_database as d
cross join pg_stat_bgwriter as b
cross join pg_stat_archiver as v
where d.datname = current_database();
