-- name: capabilities
-- What may this login see and do, and what is installed? Values: schema. Runbook notes, section 1: without pg_read_all_stats the
-- answers are wrong, not refused, so it is asked first. Roles that exist only in later versions count as not granted.
with granted as (
  select r.rolname, pg_has_role(current_user, r.oid, 'usage') as has
  from pg_catalog.pg_roles r
  where r.rolname in ('pg_monitor', 'pg_read_all_stats', 'pg_signal_backend', 'pg_maintain')
), owned as (
  select
    count(*) as relations,
    count(*) filter (where pg_has_role(current_user, c.relowner, 'usage')) as owned,
    count(*) filter (where has_table_privilege(c.oid, 'select')) as readable,
    mode() within group (order by c.relowner) as owner
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = %(schema)s
    and c.relkind in ('r', 'p', 'm')
)
select
  current_setting('server_version_num')::int as server_version,
  current_setting('server_version') as version_text,
  current_database()::text as database,
  current_user::text as role,
  pg_backend_pid() as backend_pid,
  pg_is_in_recovery() as is_replica,
  (select c.system_identifier from pg_catalog.pg_control_system() c)::text as system,
  (select d.oid from pg_catalog.pg_database d where d.datname = current_database())::bigint as database_oid,
  (select rolsuper from pg_catalog.pg_roles where rolname = current_user) as is_superuser,
  coalesce((select has from granted where rolname = 'pg_monitor'), false) as monitors,
  coalesce((select has from granted where rolname = 'pg_read_all_stats'), false) as reads_all_stats,
  coalesce((select has from granted where rolname = 'pg_signal_backend'), false) as signals,
  coalesce((select has from granted where rolname = 'pg_maintain'), false) as maintains,
  (
    select pg_get_userbyid(n.nspowner)::text
    from pg_catalog.pg_namespace n
    where n.nspname = %(schema)s
  ) as schema_owner,
  -- who owns most of the tables: the schema public is pg_database_owner's from 15 on, whom nobody may be granted
  (select pg_get_userbyid(owner)::text from owned where owner is not null) as table_owner,
  coalesce((select r.rolsuper from owned join pg_catalog.pg_roles r on r.oid = owned.owner), false) as owner_is_superuser,
  (select relations from owned) as relations,
  (select owned from owned) as owned,
  (select readable from owned) as readable,
  (
    select count(*)
    from pg_catalog.pg_stat_activity
    where query = '<insufficient privilege>'
  ) as hidden_sessions,
  (
    select coalesce(jsonb_object_agg(e.extname, n.nspname), '{}')
    from pg_catalog.pg_extension e
    join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    where e.extname in ('pg_stat_statements', 'pgstattuple', 'hypopg', 'pg_cron', 'pg_repack', 'pg_stat_monitor')
  ) as extensions,
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
  exists (select from pg_catalog.pg_settings where name = 'pg_stat_monitor.pgsm_histogram_max') as pgsm_loaded,
  current_setting('compute_query_id') as compute_query_id,
  current_setting('track_io_timing')::boolean as track_io_timing,
  current_setting('track_activity_query_size') as query_size,
  extract(epoch from clock_timestamp())::float8 as clock
