-- What is said on the operator's connection around the statement of a step, which the database wrote.

-- name: limits
-- For how long the next statement may run, and wait for a lock; 0ms is no limit. Values: statement_timeout, lock_timeout.
select
  set_config('statement_timeout', %(statement_timeout)s, false),
  set_config('lock_timeout', %(lock_timeout)s, false);

-- name: fence
-- Ends the sessions of a name that are not at work. Values: application_name.
-- The process behind such a session may only be asleep: when it wakes and sends its statement, the line must be cut. A session at
-- work is left alone: its statement was approved, and what becomes of it can be seen.
select pg_terminate_backend(a.pid, 2000)
from pg_catalog.pg_stat_activity a
where a.application_name = %(application_name)s
  and a.pid <> pg_backend_pid()
  and a.state <> 'active'
