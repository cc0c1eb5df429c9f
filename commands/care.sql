-- name: tables
-- Which tables are there, how much has changed since their last vacuum and analyze, how is each vacuumed and analyzed, and how verified?
-- Departs from the runbook's script, which vacuums by the day of the week and takes a skipped table for a success: here the catalog must
-- say that it was done. A partitioned table counts as all its partitions, which are vacuumed with it; its own statistics are only ever
-- renewed by hand, for autovacuum does not analyze it. No size is asked and no name is cast, which would wait for a lock.
with recursive part as (
  select
    i.inhparent as root,
    i.inhrelid as oid
  from pg_inherits as i
  join pg_class as p on p.oid = i.inhparent and p.relkind = 'p'
  union all
  select
    part.root,
    i.inhrelid
  from part
  join pg_inherits as i on i.inhparent = part.oid
), locked as (
  select distinct l.relation
  from pg_locks as l
  where l.mode = 'AccessExclusiveLock'
    and l.locktype = 'relation'
    and l.database = (select oid from pg_database where datname = current_database())
), member as (
  select
    part.root,
    part.oid
  from part
  join pg_class as c on c.oid = part.oid and c.relkind = 'r'
  union all
  select
    c.oid,
    c.oid
  from pg_class as c
  where c.relkind in ('r', 'm')
), summed as (
  select
    m.root,
    array_agg(m.oid::bigint order by m.oid) as members,
    sum(s.n_dead_tup)::bigint as dead,
    sum(greatest(s.n_live_tup, c.reltuples))::bigint as rows,
    sum(s.n_mod_since_analyze)::bigint as changed,
    case when bool_and(greatest(s.last_vacuum, s.last_autovacuum) is not null) then min(greatest(s.last_vacuum, s.last_autovacuum)) end as vacuumed_at,
    bool_or(exists (select from locked where locked.relation = m.oid)) as locked,
    bool_or(exists (select from pg_stat_progress_vacuum as p where p.relid = m.oid and p.datname = current_database())) as vacuuming
  from member as m
  join pg_class as c on c.oid = m.oid
  join pg_stat_all_tables as s on s.relid = m.oid
  group by m.root
), found as (
  select
    c.oid,
    n.nspname,
    c.relname,
    c.relkind,
    c.reltoastrelid,
    coalesce(u.members, array[]::bigint[]) as members,
    coalesce(u.dead, 0) as dead,
    coalesce(u.rows, 0) as rows,
    coalesce(u.changed, 0) as changed,
    u.vacuumed_at,
    greatest(s.last_analyze, s.last_autoanalyze) as analyzed_at,
    coalesce(u.locked, false) or exists (select from locked where locked.relation = c.oid) as locked,
    coalesce(u.vacuuming, false) as vacuuming,
    quote_ident(n.nspname) || '.' || quote_ident(c.relname) as identity,
    quote_literal(to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00') || '::timestamptz' as now
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  left join summed as u on u.root = c.oid
  left join pg_stat_all_tables as s on s.relid = c.oid
  where c.relkind in ('r', 'm', 'p')
    and c.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    and (%(everywhere)s or n.nspname = %(schema)s)
)
select
  f.oid::bigint as oid,
  f.reltoastrelid::bigint as toast,
  f.nspname as namespace,
  f.relname as relation,
  f.nspname = %(schema)s as own,
  f.relkind = 'p' as partitioned,
  f.members,
  f.dead,
  f.rows,
  f.changed,
  extract(epoch from clock_timestamp() - f.vacuumed_at)::float8 as vacuumed_s,
  extract(epoch from clock_timestamp() - f.analyzed_at)::float8 as analyzed_s,
  f.locked,
  f.vacuuming,
  'vacuum (analyze, skip_locked) ' || f.identity as vacuum,
  'select t.vacuumed = t.all_of_them and t.analyzed as ok, case '
    || 'when t.vacuumed < t.all_of_them then t.vacuumed || '' of '' || t.all_of_them || '' vacuumed'' '
    || 'when not t.analyzed then ''vacuumed, not analyzed'' '
    || 'else ''vacuumed and analyzed, '' || t.dead || '' dead rows left of ' || f.dead || ''' end as found '
    || 'from (select count(*) as all_of_them, count(*) filter (where s.last_vacuum >= ' || f.now || ') as vacuumed, coalesce(sum(s.n_dead_tup), 0) as dead, '
    || 'coalesce((select a.last_analyze >= ' || f.now || ' from pg_stat_all_tables as a where a.relid = ' || f.oid || '), false) as analyzed '
    || 'from pg_stat_all_tables as s where s.relid = any(' || quote_literal(f.members::text) || '::oid[])) as t' as vacuumed,
  'analyze (skip_locked) ' || f.identity as analyze,
  'select t.analyzed as ok, case when t.analyzed then ''analyzed'' else ''not analyzed yet'' end as found '
    || 'from (select coalesce((select a.last_analyze >= ' || f.now || ' from pg_stat_all_tables as a where a.relid = ' || f.oid || '), false) as analyzed) as t'
    as analyzed
from found as f
order by own desc, f.nspname, f.relname;
