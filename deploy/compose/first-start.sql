-- What does the database need on its first day: an application's login, the schema, and Scout's two logins (docs/database.md).
-- Run by psql, which reads the passwords from files; no password is in this file or on a command line.
\set ON_ERROR_STOP on
\set app_password `cat "${SECRETS:-/run/secrets}/app_password"`
\set look_password `cat "${SECRETS:-/run/secrets}/look_password"`
\set mend_password `cat "${SECRETS:-/run/secrets}/mend_password"`

set log_statement = 'none';
set pg_stat_statements.track_utility = off;  -- else the passwords below would be kept word for word
create role scout_owner;
create role shop_app login password :'app_password';
grant scout_owner to shop_app;
create schema scout authorization scout_owner;
create extension if not exists pg_stat_statements;
create extension if not exists pgstattuple;

create role scout_look login connection limit 20 password :'look_password';
grant pg_monitor to scout_look;
grant usage on schema scout to scout_look;
alter default privileges for role scout_owner in schema scout grant select on tables to scout_look;
alter role scout_look set default_transaction_read_only = on;

create role scout_mend login connection limit 10 password :'mend_password';
grant pg_monitor, pg_signal_backend to scout_mend;
grant usage on schema scout to scout_mend;
grant scout_owner to scout_mend;
