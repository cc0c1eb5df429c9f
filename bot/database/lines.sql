-- How a connection is set up and limited. No statement asks for anything of the database itself.

-- name: session
-- After connecting and in one round trip, because pgbouncer refuses `options` in the startup packet.
set statement_timeout = '15s';
set lock_timeout = '50ms';
set default_transaction_read_only = on;
set idle_in_transaction_session_timeout = '30s';
set timezone = 'UTC';
set jit = off;

-- name: limit
-- How long the server may work on each statement from now on. Values: limit, as '300ms'.
select set_config('statement_timeout', %(limit)s, false);

-- name: no_limit
-- As long as always, which is what `session` says.
set statement_timeout = '15s';
