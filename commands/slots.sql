-- name: counted
-- How many sessions are there, how many of them work or sit idle in a transaction, and how many fit?
-- Departs from the runbook's active_connections, which counts the caller, replication and parallel workers, and, without
-- pg_read_all_stats, says 1. The slots kept for superusers are not usable.
select
  count(*) filter (where a.state = 'active' and a.datname = current_database() and a.pid <> pg_backend_pid())::int as active,
  count(*)::int as used,
  count(*) filter (where a.query = '<insufficient privilege>')::int as hidden,
  count(*) filter (
    where a.state ~ '^idle in transaction'
      and a.datname = current_database()
      and clock_timestamp() - a.state_change > make_interval(secs => %(idle_in_transaction_seconds)s)
  )::int as idle,
  coalesce(
    max(extract(epoch from clock_timestamp() - a.state_change)) filter (
      where a.state ~ '^idle in transaction' and a.datname = current_database()
    ), 0
  )::float8 as oldest_idle_s,
  current_setting('max_connections')::int
    - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0) as slots,
  current_user as role
from pg_stat_activity as a
where a.backend_type = 'client backend'
  or a.query = '<insufficient privilege>';
