-- name: identity
-- Which server is this, and which of its databases? A physical replica shares both numbers with its primary; a copy that was restored and
-- promoted shares them too, but takes writes.
select
  (select c.system_identifier from pg_control_system() as c)::text as system,
  (select d.oid from pg_database as d where d.datname = current_database())::bigint as database,
  pg_is_in_recovery() as is_replica;
