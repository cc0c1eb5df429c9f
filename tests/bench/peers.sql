-- What a collector of the kind of pgmetrics asks on its way through a database: one statement after another, whole views at a time.

-- name: server
select current_setting('server_version'), pg_postmaster_start_time(), pg_is_in_recovery(), pg_database_size(current_database());

-- name: settings
select name, setting, unit, source from pg_settings;

-- name: databases
select * from pg_stat_database;

-- name: sessions
select * from pg_stat_activity;

-- name: locks
select * from pg_locks;

-- name: tables
select *, pg_table_size(relid) from pg_stat_user_tables;

-- name: indexes
select *, pg_relation_size(indexrelid) from pg_stat_user_indexes;

-- name: index_definitions
select indexrelid, pg_get_indexdef(indexrelid) from pg_index;

-- name: sequences
select * from pg_sequences;

-- name: statements
select * from pg_stat_statements order by total_exec_time desc limit 100;

-- name: replication
select * from pg_stat_replication;

-- name: slots
select * from pg_replication_slots;

-- name: writer
select * from pg_stat_bgwriter;

-- name: roles
select * from pg_roles;
