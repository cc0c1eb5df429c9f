-- What the extension pg_stat_monitor 2.2 makes in a database, as its documentation lists it for PostgreSQL 18, without its library: the view with
-- every column and type, over a table that tests fill; its row in the catalog; its settings, which only a loaded library adds to pg_settings.
create schema monitor;
create table monitor.counted (
  bucket bigint not null,
  bucket_start_time timestamptz not null,
  userid oid not null,
  datname text not null,
  toplevel boolean not null,
  resp_calls text[] not null
);
create view monitor.pg_stat_monitor as
select
  c.bucket,
  c.bucket_start_time,
  c.userid,
  pg_get_userbyid(c.userid)::text as username,
  (select d.oid from pg_database as d where d.datname = c.datname) as dbid,
  c.datname,
  '127.0.0.1'::inet as client_ip,
  null::bigint as pgsm_query_id,
  null::bigint as queryid,
  c.toplevel,
  null::bigint as top_queryid,
  null::text as query,
  null::text as comments,
  null::bigint as planid,
  null::text as query_plan,
  null::text as top_query,
  null::text as application_name,
  null::text[] as relations,
  null::integer as cmd_type,
  null::text as cmd_type_text,
  null::integer as elevel,
  null::text as sqlcode,
  null::text as message,
  null::bigint as calls,
  null::float8 as total_exec_time,
  null::float8 as min_exec_time,
  null::float8 as max_exec_time,
  null::float8 as mean_exec_time,
  null::float8 as stddev_exec_time,
  null::bigint as rows,
  null::bigint as shared_blks_hit,
  null::bigint as shared_blks_read,
  null::bigint as shared_blks_dirtied,
  null::bigint as shared_blks_written,
  null::bigint as local_blks_hit,
  null::bigint as local_blks_read,
  null::bigint as local_blks_dirtied,
  null::bigint as local_blks_written,
  null::bigint as temp_blks_read,
  null::bigint as temp_blks_written,
  null::float8 as shared_blk_read_time,
  null::float8 as shared_blk_write_time,
  null::float8 as local_blk_read_time,
  null::float8 as local_blk_write_time,
  null::float8 as temp_blk_read_time,
  null::float8 as temp_blk_write_time,
  c.resp_calls,
  null::float8 as cpu_user_time,
  null::float8 as cpu_sys_time,
  null::bigint as wal_records,
  null::bigint as wal_fpi,
  null::numeric as wal_bytes,
  null::bigint as wal_buffers_full,
  null::boolean as bucket_done,
  null::bigint as plans,
  null::float8 as total_plan_time,
  null::float8 as min_plan_time,
  null::float8 as max_plan_time,
  null::float8 as mean_plan_time,
  null::float8 as stddev_plan_time,
  null::bigint as jit_functions,
  null::float8 as jit_generation_time,
  null::bigint as jit_inlining_count,
  null::float8 as jit_inlining_time,
  null::bigint as jit_optimization_count,
  null::float8 as jit_optimization_time,
  null::bigint as jit_emission_count,
  null::float8 as jit_emission_time,
  null::bigint as jit_deform_count,
  null::float8 as jit_deform_time,
  null::integer as parallel_workers_to_launch,
  null::integer as parallel_workers_launched,
  null::timestamptz as stats_since,
  null::timestamptz as minmax_stats_since
from monitor.counted as c;
create view monitor.pg_settings as
select name, setting from pg_catalog.pg_settings
union all
values ('pg_stat_monitor.pgsm_histogram_min', '1'), ('pg_stat_monitor.pgsm_histogram_max', '100000');
grant usage on schema monitor to public;
grant select on all tables in schema monitor to public;
insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
values (
  pg_nextoid('pg_extension', 'oid', 'pg_extension_oid_index'), 'pg_stat_monitor', 'scout_owner'::regrole, 'monitor'::regnamespace, true, '2.2'
);
alter role scout_read in database scout set search_path = monitor, pg_catalog;
