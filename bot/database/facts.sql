-- name: facts
-- What is installed and allowed here? Values: schema.
-- The library that is not preloaded leaves the extension in the catalog, and its view then refuses with 55000. A line in
-- postgresql.conf makes current_setting() answer without the library; pg_settings shows only what a loaded library defined. After pg_upgrade
-- the extension stays at its old version: before 1.9, that of PostgreSQL 14, it tells neither evictions nor which statements are called by others.
select
  current_setting('server_version_num')::int as server_version,
  pg_is_in_recovery() as is_replica,
  current_user::text as role,
  pg_has_role(current_user, 'pg_read_all_stats', 'usage') as reads_all_stats,
  (
    select n.nspname::text
    from pg_catalog.pg_extension e
    join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'pg_stat_statements'
  ) as pgss_schema,
  exists (select from pg_catalog.pg_settings where name = 'pg_stat_statements.max') as pgss_loaded,
  exists (
    select
    from pg_catalog.pg_extension e
    where e.extname = 'pg_stat_statements'
      and not exists (
        select
        from pg_catalog.pg_class c
        where c.relnamespace = e.extnamespace
          and c.relname = 'pg_stat_statements_info'
      )
  ) as pgss_outdated,
  (
    select n.nspname::text
    from pg_catalog.pg_extension e
    join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'pg_stat_monitor'
  ) as pgsm_schema,
  exists (select from pg_catalog.pg_namespace where nspname = %(schema)s) as schema_exists

-- name: running
-- Is a session of this name still at work? Values: application_name.
-- Without pg_read_all_stats the state of others is null: then it counts as at work.
select exists (
  select
  from pg_catalog.pg_stat_activity
  where application_name = %(application_name)s
    and pid <> pg_backend_pid()
    and state is distinct from 'idle'
) as running
