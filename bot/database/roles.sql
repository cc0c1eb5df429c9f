-- These statements are printed by `scout doctor --roles` for a database administrator to run once; Scout runs none of them.
-- The two logins of the runbook notes, section 1: one answers questions, one carries approved changes.

-- name: read
create role {read} login connection limit 6;
grant pg_monitor to {read};
grant connect on database {database} to {read};
grant usage on schema {schema} to {read};
grant select on all tables in schema {schema} to {read};
grant select on all sequences in schema {schema} to {read};
alter default privileges for role {owner} in schema {schema} grant select on tables to {read};
alter default privileges for role {owner} in schema {schema} grant select on sequences to {read};
alter role {read} in database {database} set default_transaction_read_only = on;
alter role {read} in database {database} set statement_timeout = '15s';
alter role {read} in database {database} set lock_timeout = '1s';
alter role {read} in database {database} set idle_in_transaction_session_timeout = '30s';

-- name: operate
create role {operate} login connection limit 6;
grant pg_monitor, pg_signal_backend to {operate};
grant connect on database {database} to {operate};
grant usage on schema {schema} to {operate};
alter role {operate} in database {database} set lock_timeout = '2s';
alter role {operate} in database {database} set idle_in_transaction_session_timeout = '30s';
-- `scout tune` changes settings of other roles. Only where that is wanted: createrole, and from PostgreSQL 16 on the admin option on each
-- role that may be tuned (before 16 createrole alone reaches every role that is no superuser). Without them tune is refused, all else works.
-- alter role {operate} createrole;
-- grant ROLE_TO_TUNE to {operate} with admin option;
-- Ownership is needed to create and drop indexes and partitions, and before PostgreSQL 17 also to vacuum, refresh and reindex. Where the tables
-- belong to a superuser its role is not granted here, for that makes a superuser: give them to a role of their own, and grant that.

-- name: own
grant {owner} to {operate};

-- name: maintain
-- PostgreSQL 17 and later: enough for vacuum, analyze, refresh and reindex, when {operate} shall not own the tables
grant maintain on all tables in schema {schema} to {operate};
alter default privileges for role {owner} in schema {schema} grant maintain on tables to {operate};
