-- name: counters
-- How much has this database done since its counters began? Two of these are subtracted and divided by the seconds between.
-- Replaces the runbook's count of rows of the last five minutes, which counts rows, not transactions, and reads the whole table;
-- and its cache hit ratio since the last reset, which was NULL, and so "OK", right after one.
select
  d.xact_commit + d.xact_rollback as transactions,
  d.blks_hit as hit,
  d.blks_read as read,
  d.stats_reset as reset_at,
  pg_postmaster_start_time() as started_at
from pg_stat_database as d
where d.datname = current_database();
