-- name: heaps
-- How large are the tables, how many rows are alive in them, and how wide are their columns, so that the size they need can be reckoned?
-- Departs from the runbook's "bloat", which is each table's share of the schema: what a rewrite would give back is another thing.
-- The largest `most` tables are looked at, the others have little to give back (twice as many are opened to find them: the largest by the
-- catalog or by the rows they have now, because opening all costs a new session a fifth of a second); column by column, because alignment pads every one of them.
-- What somebody holds or awaits an exclusive lock on (the table or its TOAST) is not opened: its size is the catalog's. `rows` is what the
-- last VACUUM or ANALYZE saw, `counted` what the counters make of it since, unless they were reset or are switched off. Statistics of columns that the role may
-- not read are hidden, which is told by `readable`. A width of -1 is unknown.
with locked as (
  select distinct l.relation
  from pg_locks as l
  where l.mode = 'AccessExclusiveLock'
    and l.locktype = 'relation'
    and l.database = (select oid from pg_database where datname = current_database())
), open_or_not as (
  select
    c.oid,
    c.relname,
    c.relpages,
    c.reltuples,
    c.reltoastrelid,
    c.reloptions,
    c.relam = (select a.oid from pg_am as a where a.amname = 'heap') as is_heap,
    t.relpages as toast_relpages,
    t.reltuples as toast_reltuples,
    exists (select from locked where locked.relation in (c.oid, c.reltoastrelid)) as locked,
    row_number() over (
      order by
        c.reltuples < 0 and pg_stat_get_live_tuples(c.oid) > 0 desc,
        greatest(c.relpages + coalesce(t.relpages, 0), pg_stat_get_live_tuples(c.oid) / 50) desc,
        c.oid
    ) as place
  from pg_class as c
  left join pg_class as t on t.oid = c.reltoastrelid
  where c.relnamespace = (select oid from pg_namespace where nspname = %(schema)s)
    and c.relkind in ('r', 'm')
    and (%(table)s = '' or c.relname = %(table)s)
), sized as (
  select
    o.*,
    case when o.locked or o.place > 2 * %(most)s then o.relpages else pg_relation_size(o.oid) / b.size end as pages,
    case when o.reltoastrelid = 0 then 0 when o.locked or o.place > 2 * %(most)s then o.toast_relpages else pg_relation_size(o.reltoastrelid) / b.size end as toast_pages
  from open_or_not as o
  cross join (select current_setting('block_size')::int as size) as b
), heap as materialized (
  select
    sized.*,
    count(*) over ()::int as all_tables
  from sized
  order by pages + toast_pages desc, relname
  limit %(most)s
), statistics as materialized (
  select p.tablename, p.attname, p.null_frac, p.avg_width
  from pg_stats as p
  where p.schemaname = %(schema)s
    and p.tablename = any (array(select relname from heap))
    and not p.inherited
), columns as materialized (
  select
    a.attrelid,
    array_agg(
      array[a.attlen, case a.attalign when 'c' then 1 when 's' then 2 when 'i' then 4 else 8 end, coalesce(st.null_frac, 0), coalesce(st.avg_width, -1)]::float8[]
      order by a.attnum
    ) filter (where not a.attisdropped) as columns,
    count(*) filter (where not a.attisdropped and st.attname is null and (a.attlen < 0 or not a.attnotnull))::int as unknown,
    count(st.attname) filter (where not a.attisdropped)::int as known,
    count(*) filter (where a.attisdropped)::int as dropped,
    count(*) filter (where a.atthasmissing and not a.attisdropped)::int as added
  from pg_attribute as a
  join heap as h on h.oid = a.attrelid
  left join statistics as st on st.tablename = h.relname and st.attname = a.attname
  where a.attnum > 0
  group by a.attrelid
)
select
  h.oid::bigint as oid,
  h.relname as name,
  h.locked,
  h.is_heap,
  has_table_privilege(h.oid, 'select') as readable,
  h.pages::bigint as pages,
  h.toast_pages::bigint as toast_pages,
  case when h.reltuples >= 0 then h.reltuples end::float8 as rows,
  case when counters.known then s.n_live_tup end::float8 as counted,
  case when s.chunks > 0 then s.chunks else greatest(h.toast_reltuples, 0) end::float8 as chunks,
  coalesce(s.n_mod_since_analyze > 0.2 * greatest(s.n_live_tup, 1), false) as changed,
  coalesce((select o.option_value::int from pg_options_to_table(h.reloptions) as o where o.option_name = 'fillfactor'), 100) as fillfactor,
  coalesce(k.columns, array[]::float8[]) as columns,
  coalesce(k.unknown, 0) as unknown,
  coalesce(k.known, 0) as known,
  coalesce(k.dropped, 0) as dropped,
  coalesce(k.added, 0) as added,
  current_setting('block_size')::int as block_size,
  format('vacuum (full, analyze) %%I.%%I;', %(schema)s::text, h.relname) as rewrite,
  current_user::text as role,
  h.all_tables
from heap as h
left join columns as k on k.attrelid = h.oid
cross join lateral (
  select
    pg_stat_get_live_tuples(h.oid) as n_live_tup,
    pg_stat_get_mod_since_analyze(h.oid) as n_mod_since_analyze,
    pg_stat_get_live_tuples(h.reltoastrelid) as chunks,
    coalesce(pg_stat_get_last_vacuum_time(h.oid), pg_stat_get_last_autovacuum_time(h.oid), pg_stat_get_last_analyze_time(h.oid), pg_stat_get_last_autoanalyze_time(h.oid))
      is not null as kept
) as s
cross join lateral (select current_setting('track_counts')::bool and (s.kept or (h.reltuples < 0 and s.n_live_tup > 0)) as known) as counters
order by h.relname;

-- name: btrees
-- How large are the btree indexes, and how wide and how often repeated are their keys?
-- Equal keys share their width since PostgreSQL 13, but not for every type and never with INCLUDE: `merges` says where.
-- The largest `most` are looked at. Invalid ones and those that somebody holds or awaits an exclusive lock on are left out and counted.
with locked as (
  select distinct l.relation
  from pg_locks as l
  where l.mode = 'AccessExclusiveLock'
    and l.locktype = 'relation'
    and l.database = (select oid from pg_database where datname = current_database())
), btree as materialized (
  select
    c.oid,
    count(*) over ()::int as all_btrees,
    c.relname,
    c.relpages,
    c.reltuples,
    c.reloptions,
    t.relname as table_name,
    t.reltuples as table_rows,
    i.indrelid,
    i.indkey,
    i.indclass,
    i.indcollation,
    i.indnkeyatts,
    i.indnatts,
    i.indisunique,
    i.indisvalid,
    exists (select from locked where locked.relation in (c.oid, i.indrelid)) as locked
  from pg_class as c
  join pg_index as i on i.indexrelid = c.oid
  join pg_class as t on t.oid = i.indrelid
  where c.relnamespace = (select oid from pg_namespace where nspname = %(schema)s)
    and c.relkind = 'i'
    and c.relam = (select oid from pg_am where amname = 'btree')
    and (%(table)s = '' or t.relname = %(table)s)
  order by c.relpages desc, c.relname
  limit %(most)s
), statistics as materialized (
  select p.tablename, p.attname, p.null_frac, p.avg_width, p.n_distinct
  from pg_stats as p
  where p.schemaname = %(schema)s
    and p.tablename = any (array(select table_name from btree union select relname from btree where 0 = any (indkey::int2[])))
    and not p.inherited
), keys as materialized (
  select
    b.oid,
    array_agg(
      array[
        a.attlen,
        case a.attalign when 'c' then 1 when 's' then 2 when 'i' then 4 else 8 end,
        coalesce(st.null_frac, 0),
        coalesce(st.avg_width, -1)
      ]::float8[]
      order by a.attnum
    ) as columns,
    array_agg(coalesce(st.n_distinct, 0)::float8 order by a.attnum) filter (where a.attnum <= b.indnkeyatts) as distinct_values,
    count(*) filter (where st.attname is null and (b.indkey[a.attnum - 1] = 0 or a.attlen < 0))::int as unknown
  from btree as b
  join pg_attribute as a on a.attrelid = b.oid
  left join pg_attribute as ta on ta.attrelid = b.indrelid and ta.attnum = b.indkey[a.attnum - 1] and ta.attnum <> 0
  left join statistics as st
    on st.tablename = case when ta.attnum is null then b.relname else b.table_name end
    and st.attname = coalesce(ta.attname, a.attname)
  group by b.oid
), merging as materialized (
  select
    b.oid,
    bool_and(p.amproc is not null and (p.amproc::oid <> (select oid from pg_proc where proname = 'btvarstrequalimage') or coalesce(co.collisdeterministic, true))) as merges
  from btree as b
  cross join lateral unnest(b.indclass::oid[], b.indcollation::oid[]) as k (opclass, collid)
  join pg_opclass as oc on oc.oid = k.opclass
  left join pg_amproc as p
    on p.amprocfamily = oc.opcfamily
    and p.amproclefttype = oc.opcintype
    and p.amprocrighttype = oc.opcintype
    and p.amprocnum = 4
  left join pg_collation as co on co.oid = k.collid
  group by b.oid
)
select
  b.oid::bigint as oid,
  b.relname as name,
  b.table_name,
  b.locked,
  b.indisvalid as valid,
  case when b.locked then b.relpages else pg_relation_size(b.oid) / current_setting('block_size')::int end::bigint as pages,
  case
    when b.reltuples < 0 or b.relpages = 0 then null
    when not s.kept or b.table_rows <= 0 then b.reltuples
    else b.reltuples * s.n_live_tup / b.table_rows
  end::float8 as rows,
  b.indisunique as unique,
  m.merges
    and b.indnatts = b.indnkeyatts
    and coalesce(option.deduplicate, true) as merges,
  coalesce(option.fillfactor, 90) as fillfactor,
  k.columns,
  k.distinct_values,
  k.unknown,
  current_setting('block_size')::int as block_size,
  format('reindex index concurrently %%I.%%I;', %(schema)s::text, b.relname) as rebuild,
  b.all_btrees
from btree as b
join keys as k on k.oid = b.oid
join merging as m on m.oid = b.oid
cross join lateral (
  select
    pg_stat_get_live_tuples(b.indrelid) as n_live_tup,
    coalesce(pg_stat_get_last_vacuum_time(b.indrelid), pg_stat_get_last_autovacuum_time(b.indrelid), pg_stat_get_last_analyze_time(b.indrelid), pg_stat_get_last_autoanalyze_time(b.indrelid))
      is not null and current_setting('track_counts')::bool as kept
) as s
cross join lateral (
  select
    max(o.option_value) filter (where o.option_name = 'fillfactor')::int as fillfactor,
    bool_and(o.option_value::bool) filter (where o.option_name = 'deduplicate_items') as deduplicate
  from pg_options_to_table(b.reloptions) as o
) as option
order by b.relname;

-- name: installed
-- Where is pgstattuple, and may this role use it? No row: it is not installed.
select
  n.nspname::text as home,
  has_schema_privilege(n.oid, 'usage')
    and has_function_privilege(to_regprocedure(format('%%I.pgstattuple_approx(regclass)', n.nspname)), 'execute')
    and has_function_privilege(to_regprocedure(format('%%I.pgstatindex(regclass)', n.nspname)), 'execute') as allowed,
  current_user::text as role
from pg_extension as e
join pg_namespace as n on n.oid = e.extnamespace
where e.extname = 'pgstattuple';

-- name: approximately
-- What is really free and dead in these tables and their TOAST? Pages that are all visible are not read: the free space map answers.
select
  c.oid::bigint as oid,
  found.bytes as bytes,
  found.dead as dead,
  found.free as free,
  toast.bytes as toast_bytes,
  toast.dead + toast.free as toast_unused
from pg_class as c
cross join lateral (
  select
    m.table_len as bytes,
    m.dead_tuple_len::float8 as dead,
    m.approx_free_space::float8 as free
  from {pgstattuple}.pgstattuple_approx(c.oid::regclass) as m
) as found
left join lateral (
  select
    m.table_len as bytes,
    m.dead_tuple_len::float8 as dead,
    m.approx_free_space::float8 as free
  from {pgstattuple}.pgstattuple_approx(nullif(c.reltoastrelid, 0)::regclass) as m
) as toast on true
where c.oid = any (%(oids)s::bigint[])
  and not exists (
    select from pg_locks as l
    where l.relation in (c.oid, c.reltoastrelid)
      and l.mode = 'AccessExclusiveLock'
      and l.database = (select d.oid from pg_database as d where d.datname = current_database())
  );

-- name: exactly
-- The same, with every page read.
select
  c.oid::bigint as oid,
  found.bytes as bytes,
  found.dead as dead,
  found.free as free,
  toast.bytes as toast_bytes,
  toast.dead + toast.free as toast_unused
from pg_class as c
cross join lateral (
  select
    m.table_len as bytes,
    m.dead_tuple_len::float8 as dead,
    m.free_space::float8 as free
  from {pgstattuple}.pgstattuple(c.oid::regclass) as m
) as found
left join lateral (
  select
    m.table_len as bytes,
    m.dead_tuple_len::float8 as dead,
    m.free_space::float8 as free
  from {pgstattuple}.pgstattuple(nullif(c.reltoastrelid, 0)::regclass) as m
) as toast on true
where c.oid = any (%(oids)s::bigint[])
  and not exists (
    select from pg_locks as l
    where l.relation in (c.oid, c.reltoastrelid)
      and l.mode = 'AccessExclusiveLock'
      and l.database = (select d.oid from pg_database as d where d.datname = current_database())
  );

-- name: leaves
-- How full are the leaf pages of these btree indexes? Every page is read.
select
  c.oid::bigint as oid,
  m.index_size as bytes,
  m.leaf_pages,
  m.internal_pages,
  case when m.avg_leaf_density = 'NaN' then 0 else m.avg_leaf_density end as density
from pg_class as c
cross join lateral {pgstattuple}.pgstatindex(c.oid::regclass) as m
where c.oid = any (%(oids)s::bigint[])
  and not exists (
    select from pg_locks as l
    where l.relation = c.oid
      and l.mode = 'AccessExclusiveLock'
      and l.database = (select d.oid from pg_database as d where d.datname = current_database())
  );
