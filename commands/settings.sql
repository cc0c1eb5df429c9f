-- name: settings
-- Which settings are not what the server was built with, which wait for a restart, and what do those stand at that matter most?
-- `own` are settings that only this session has, from Scout or its role: what others get cannot be seen from here.
-- A text may hold a secret (primary_conninfo, archive_command): of texts only those are shown that never do.
select
  s.name,
  case
    when s.vartype <> 'string' then current_setting(s.name)
    when s.name in (
      'shared_preload_libraries', 'search_path', 'synchronous_standby_names', 'log_line_prefix', 'wal_consistency_checking',
      'default_tablespace', 'temp_tablespaces', 'session_preload_libraries', 'TimeZone', 'default_text_search_config'
    ) then s.setting
    else '(text hidden)'
  end as value,
  case when s.vartype = 'string' then '' else coalesce(s.boot_val, '') end as boot_value,
  s.setting = s.boot_val as at_default,
  coalesce(s.unit, '') as unit,
  s.source,
  s.pending_restart,
  s.source in ('session', 'client', 'user', 'database user') as own
from pg_settings as s
where s.pending_restart
  or (
    s.setting is distinct from s.boot_val
    and s.source not in ('default', 'override')
    and s.category not in ('File Locations', 'Preset Options', 'Client Connection Defaults / Locale and Formatting')
    and s.name not in ('port', 'listen_addresses', 'unix_socket_directories', 'application_name', 'log_timezone', 'cluster_name')
  )
  or s.name = any(%(wanted)s::text[])
order by s.name;

-- name: sizes
-- What could all sorts and hashes take at once, in bytes? Every session with two nodes, in its own process and in its parallel workers.
select
  current_setting('max_connections')::bigint as sessions,
  current_setting('max_parallel_workers_per_gather')::bigint as workers,
  pg_size_bytes(current_setting('work_mem')) as work_mem,
  coalesce(current_setting('hash_mem_multiplier', true), '1')::float8 as multiplier,
  current_setting('max_parallel_workers')::bigint as all_workers,
  pg_size_bytes(current_setting('shared_buffers')) as buffers,
  format('alter database %%I set temp_file_limit = %%L', current_database(), '20GB') as limit_statement,
  format('alter database %%I reset temp_file_limit', current_database()) as limit_undo;

-- name: overrides
-- Which roles and databases have settings of their own? One row for each setting; what a session gets is role in database before role
-- before database before server. A value is shown only when it is no text, since those of applications may be keys.
select
  coalesce(d.datname, '') as database,
  coalesce(r.rolname, '') as role,
  split_part(e.entry, '=', 1) as name,
  case
    when s.vartype is distinct from 'string' and s.name is not null then substr(e.entry, strpos(e.entry, '=') + 1)
    when s.name in ('search_path', 'TimeZone', 'session_preload_libraries', 'default_tablespace', 'temp_tablespaces')
      then substr(e.entry, strpos(e.entry, '=') + 1)
    else '(text hidden)'
  end as value,
  coalesce(r.rolname = current_user, false) as own
from pg_db_role_setting as o
cross join lateral unnest(o.setconfig) as e (entry)
left join pg_database as d on d.oid = o.setdatabase
left join pg_roles as r on r.oid = o.setrole
left join pg_settings as s on lower(s.name) = lower(split_part(e.entry, '=', 1))
where o.setdatabase in (0, (select c.oid from pg_database as c where c.datname = current_database()))
order by role, database, name;

-- name: unvacuumed
-- For which tables of this database has somebody switched autovacuum off?
select
  n.nspname || '.' || c.relname as name
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'm')
  and exists (
    select
    from unnest(c.reloptions) as o
    where lower(o) in ('autovacuum_enabled=false', 'autovacuum_enabled=off', 'autovacuum_enabled=no', 'autovacuum_enabled=0', 'autovacuum_enabled=f')
  )
order by 1;
