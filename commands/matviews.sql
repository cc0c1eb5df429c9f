-- name: views
-- Which materialized views are there, in which order must they be refreshed, can it be done without stopping readers, and who is at it now?
-- Departs from the runbook's refresh function: one statement and one transaction for each view, instead of three locks held to the end
-- and all lost when the last fails. A view is refreshed after those it reads, through plain views too (level 0 reads none).
-- CONCURRENTLY needs a populated view and a unique index on plain columns without WHERE, which the runbook's own example has not.
-- PostgreSQL stores no time of refresh; but each refresh writes the view's row in pg_class anew, so its xmin tells that there was one.
-- The size is what the catalog says: pg_relation_size would wait for a refresh that runs.
-- `alone` is done in the same transaction as the refresh: a second one of Scout's is refused at once instead of waiting for the first.
with recursive reads as (
  select distinct
    r.ev_class as reader,
    d.refobjid as source
  from pg_rewrite as r
  join pg_depend as d
    on d.objid = r.oid
    and d.classid = 'pg_rewrite'::regclass
    and d.refclassid = 'pg_class'::regclass
    and d.refobjid <> r.ev_class
), reach as (
  select
    c.oid as view,
    reads.source
  from pg_class as c
  join reads on reads.reader = c.oid
  where c.relkind = 'm'
  union
  select
    reach.view,
    reads.source
  from reach
  join pg_class as v on v.oid = reach.source and v.relkind = 'v'
  join reads on reads.reader = v.oid
), above as (
  select
    reach.view,
    reach.source
  from reach
  join pg_class as m on m.oid = reach.source and m.relkind = 'm'
), levels as (
  select
    c.oid as view,
    0 as level
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  where c.relkind = 'm'
    and n.nspname = %(schema)s
  union all
  select
    above.view,
    levels.level + 1
  from levels
  join above on above.source = levels.view
  where levels.level < 20
)
select
  c.relname as name,
  (select max(levels.level) from levels where levels.view = c.oid) as level,
  c.relispopulated as populated,
  unique_index.found as has_unique_index,
  c.relpages::bigint * current_setting('block_size')::bigint as size,
  coalesce((select array_agg(m.relname::text order by m.relname) from above join pg_class as m on m.oid = above.source where above.view = c.oid), array[]::text[])
    as reads_from,
  coalesce(
    (
      select array_agg(distinct l.pid)
      from pg_locks as l
      where l.relation = c.oid
        and l.pid <> pg_backend_pid()
        and l.mode in ('ExclusiveLock', 'AccessExclusiveLock')
        and l.database = (select d.oid from pg_database as d where d.datname = current_database())
    ), array[]::int[]
  ) as busy,
  'do ' || quote_literal(
    format(
      E'begin\n  if not pg_try_advisory_xact_lock(%%s) then\n    raise exception ''a refresh or a rebuild of it is under way'';\n  end if;\nend',
      (1935897460::bigint << 32) + c.oid::bigint
    )
  ) as alone,
  case when c.relispopulated and unique_index.found then 'refresh materialized view concurrently ' else 'refresh materialized view ' end
    || quote_ident(n.nspname) || '.' || quote_ident(c.relname) as statement,
  'select c.relispopulated and c.xmin::text <> ' || quote_literal(c.xmin::text) || ' as ok, case '
    || 'when not c.relispopulated then ''not populated'' when c.xmin::text = ' || quote_literal(c.xmin::text) || ' then ''not refreshed'' '
    || 'else ''refreshed, about '' || to_char(greatest(pg_stat_get_live_tuples(c.oid), c.reltuples::bigint), ''FM999,999,999,999,990'') || '' rows'' end as found '
    || 'from pg_class as c where c.oid = ' || c.oid as refreshed
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
cross join lateral (
  select exists (
    select from pg_index as i
    where i.indrelid = c.oid
      and i.indisunique
      and i.indisvalid
      and i.indimmediate
      and i.indpred is null
      and i.indexprs is null
  ) as found
) as unique_index
where c.relkind = 'm'
  and n.nspname = %(schema)s
order by level, name;
