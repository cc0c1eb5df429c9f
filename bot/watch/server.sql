-- name: server
-- Which server is this, on which timeline of its history, and since when does it run? When one of these differs between two readings,
-- their counters are not to be subtracted. The timeline is that of the last checkpoint; a promotion shows first in is_replica.
select
  (select c.system_identifier from pg_control_system() as c)::text as system_id,
  (select c.timeline_id from pg_control_checkpoint() as c) as timeline,
  pg_is_in_recovery() as is_replica,
  pg_postmaster_start_time() as started_at;
