-- name: debts
-- How far is each table past the point where autovacuum should have come, by that table's own settings?
-- The runbook vacuums by the day of the week. Here every table is held against its own thresholds: dead rows, rows inserted (since 13),
-- rows changed since ANALYZE; with the cap of 18 and its share of pages that are frozen already. TOAST tables have their own
-- counters, and go by the settings of their table unless they have any of their own.
-- Values: schema (its names are given without it), everywhere (false: only the tables of that schema).
with settings as (
  select
    current_setting('autovacuum')::bool and current_setting('track_counts')::bool as autovacuum,
    current_setting('autovacuum_vacuum_threshold')::float8 as vacuum_least,
    current_setting('autovacuum_vacuum_scale_factor')::float8 as vacuum_factor,
    coalesce(current_setting('autovacuum_vacuum_max_threshold', true), '-1')::float8 as vacuum_most,
    current_setting('autovacuum_vacuum_insert_threshold')::float8 as insert_least,
    current_setting('autovacuum_vacuum_insert_scale_factor')::float8 as insert_factor,
    current_setting('autovacuum_analyze_threshold')::float8 as analyze_least,
    current_setting('autovacuum_analyze_scale_factor')::float8 as analyze_factor,
    current_setting('server_version_num')::int as version
), locked as (
  select distinct l.relation
  from pg_locks as l
  where l.mode = 'AccessExclusiveLock'
    and l.locktype = 'relation'
    and l.database = (select oid from pg_database where datname = current_database())
), found as (
  select
    c.oid,
    case
      when c.relkind = 't' then 'TOAST of ' || case when tn.nspname = %(schema)s then '' else tn.nspname || '.' end || t.relname
      when n.nspname = %(schema)s then c.relname
      else n.nspname || '.' || c.relname
    end as name,
    coalesce(n.nspname = %(schema)s or tn.nspname = %(schema)s, false) as own,
    c.relkind,
    greatest(c.reltuples, 0)::float8 as tuples,
    c.relpages,
    c.relfrozenxid,
    c.relminmxid,
    s.*,
    o.*,
    case when n.nspname = 'pg_toast' then null else format('vacuum (analyze, skip_locked) %%I.%%I;', n.nspname, c.relname) end as statement,
    case
      when st.version >= 180000 and s.n_ins_since_vacuum > coalesce(o.insert_least, st.insert_least) and c.relpages > 0
        then 1 - least(1, (to_jsonb(c) ->> 'relallfrozen')::float8 / c.relpages)
      else 1
    end as thawed
  from pg_class as c
  cross join settings as st
  join pg_namespace as n on n.oid = c.relnamespace
  join pg_stat_all_tables as s on s.relid = c.oid
  left join pg_class as t on c.relkind = 't' and t.reltoastrelid = c.oid
  left join pg_namespace as tn on tn.oid = t.relnamespace
  cross join lateral (
    select
      bool_and(p.option_value::bool) filter (where p.option_name = 'autovacuum_enabled') as enabled,
      max(p.option_value::float8) filter (where p.option_name = 'autovacuum_vacuum_threshold' and p.option_value::float8 >= 0) as vacuum_least,
      max(p.option_value::float8) filter (where p.option_name = 'autovacuum_vacuum_scale_factor' and p.option_value::float8 >= 0) as vacuum_factor,
      max(p.option_value::float8) filter (where p.option_name = 'autovacuum_vacuum_max_threshold' and p.option_value::float8 >= -1) as vacuum_most,
      max(p.option_value::float8) filter (where p.option_name = 'autovacuum_vacuum_insert_threshold' and p.option_value::float8 >= -1) as insert_least,
      max(p.option_value::float8) filter (where p.option_name = 'autovacuum_vacuum_insert_scale_factor' and p.option_value::float8 >= 0) as insert_factor,
      max(p.option_value::float8) filter (where p.option_name = 'autovacuum_analyze_threshold' and p.option_value::float8 >= 0) as analyze_least,
      max(p.option_value::float8) filter (where p.option_name = 'autovacuum_analyze_scale_factor' and p.option_value::float8 >= 0) as analyze_factor,
      string_agg(p.option_name || '=' || p.option_value, ', ' order by p.option_name) filter (where p.option_name ~ '^(autovacuum|vacuum|fillfactor)') as options
    from pg_options_to_table(coalesce(c.reloptions, t.reloptions)) as p
    where p.option_name ~ '^(autovacuum_(enabled|vacuum|analyze)|autovacuum|vacuum|fillfactor)'
      and (p.option_name not like 'autovacuum%%' or p.option_name = 'autovacuum_enabled' or p.option_value ~ '^-?[0-9.eE+-]+$')
  ) as o
  where c.relkind in ('r', 'm', 't')
    and c.relpersistence <> 't'
    and (%(everywhere)s or n.nspname = %(schema)s)
)
select
  f.oid::bigint as oid,
  f.name,
  f.own,
  f.relkind = 't' as toast,
  f.tuples as rows,
  f.n_dead_tup as dead,
  case
    when coalesce(f.vacuum_most, st.vacuum_most) >= 0
      then least(coalesce(f.vacuum_most, st.vacuum_most), coalesce(f.vacuum_least, st.vacuum_least) + coalesce(f.vacuum_factor, st.vacuum_factor) * f.tuples)
    else coalesce(f.vacuum_least, st.vacuum_least) + coalesce(f.vacuum_factor, st.vacuum_factor) * f.tuples
  end as dead_line,
  f.n_ins_since_vacuum as inserted,
  case
    when coalesce(f.insert_least, st.insert_least) >= 0
      then coalesce(f.insert_least, st.insert_least) + coalesce(f.insert_factor, st.insert_factor) * f.tuples * f.thawed
  end as inserted_line,
  f.n_mod_since_analyze as changed,
  -- autovacuum never analyzes TOAST nor pg_statistic
  case when f.relkind <> 't' and f.oid <> 'pg_statistic'::regclass then coalesce(f.analyze_least, st.analyze_least) + coalesce(f.analyze_factor, st.analyze_factor) * f.tuples end as changed_line,
  st.autovacuum as autovacuum,
  coalesce(f.enabled, true) as enabled,
  coalesce(f.options, '') as options,
  extract(epoch from clock_timestamp() - greatest(f.last_vacuum, f.last_autovacuum))::float8 as vacuumed_s,
  extract(epoch from clock_timestamp() - greatest(f.last_analyze, f.last_autoanalyze))::float8 as analyzed_s,
  case when f.relfrozenxid <> '0' then age(f.relfrozenxid) else 0 end as xid_age,
  exists (select from locked where locked.relation = f.oid) as locked,
  exists (select from pg_stat_progress_vacuum as p where p.relid = f.oid and p.datname = current_database()) as vacuuming,
  coalesce(f.statement, '') as statement
from found as f
cross join settings as st
order by f.n_dead_tup desc, f.oid;

-- name: running
-- Which vacuums and analyzes are at work, by whom, in which phase, and how far is the phase?
select
  p.pid,
  case when p.relid = 0 then '' when n.nspname = %(schema)s then c.relname else n.nspname || '.' || coalesce(o.relname || ' (TOAST)', c.relname) end as relation,
  p.what,
  case when a.backend_type = 'autovacuum worker' then case when a.query like '%%(to prevent wraparound)%%' then 'autovacuum, against wraparound' else 'autovacuum' end else coalesce(a.usename, '(hidden)') end as who,
  p.phase,
  p.percent,
  p.passes,
  extract(epoch from clock_timestamp() - coalesce(a.xact_start, a.query_start))::float8 as age_s
from (
  select
    v.pid,
    v.datname,
    v.relid,
    'vacuum' as what,
    v.phase,
    case
      when v.phase = 'scanning heap' then 100.0 * v.heap_blks_scanned / nullif(v.heap_blks_total, 0)
      when v.phase = 'vacuuming heap' then 100.0 * v.heap_blks_vacuumed / nullif(v.heap_blks_total, 0)
      when v.phase in ('vacuuming indexes', 'cleaning up indexes') then 100.0 * (to_jsonb(v) ->> 'indexes_processed')::float8 / nullif((to_jsonb(v) ->> 'indexes_total')::float8, 0)
    end::float8 as percent,
    v.index_vacuum_count::int as passes
  from pg_stat_progress_vacuum as v
  union all
  select
    f.pid,
    f.datname,
    f.relid,
    lower(f.command),
    f.phase,
    (100.0 * f.heap_blks_scanned / nullif(f.heap_blks_total, 0))::float8,
    0
  from pg_stat_progress_cluster as f
  union all
  select
    z.pid,
    z.datname,
    z.relid,
    'analyze',
    z.phase,
    (100.0 * z.sample_blks_scanned / nullif(z.sample_blks_total, 0))::float8,
    0
  from pg_stat_progress_analyze as z
) as p
left join pg_stat_activity as a on a.pid = p.pid
left join pg_class as c on c.oid = p.relid
left join pg_namespace as n on n.oid = c.relnamespace
left join pg_class as o on c.relkind = 't' and o.reltoastrelid = c.oid
where p.datname = current_database()
order by age_s desc nulls last, p.pid;

-- name: workers
-- How many autovacuum workers are at work on the whole server, and how many may be?
select
  (select count(*) from pg_stat_activity as a where a.backend_type = 'autovacuum worker')::int as at_work,
  current_setting('autovacuum_max_workers')::int as most,
  current_setting('autovacuum')::bool as autovacuum,
  current_setting('track_counts')::bool as counts,
  (select count(*) from pg_stat_activity as h where h.query = '<insufficient privilege>')::int as hidden,
  current_user::text as role;
