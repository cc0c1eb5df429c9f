-- name: site
-- Where would an index be built, on what, beside which others, and how is it built, verified and cleared away when that fails?
-- Nothing of it is taken as text: the table and its columns are looked up, names that differ in case only are found, and the condition is
-- IS NULL or IS NOT NULL on a column. A build that fails leaves an invalid index, which no single statement can drop on condition and
-- concurrently: a guarded one sets it aside under a name of Scout's own, and that name is dropped if it exists.
-- The sizes of what is locked exclusively, or about to be, are what the catalog says.
with locked as materialized (
  select distinct l.relation
  from pg_locks as l
  where l.mode = 'AccessExclusiveLock'
    and l.database = (select d.oid from pg_database as d where d.datname = current_database())
), site as materialized (
  select
    c.oid,
    c.relname,
    c.relkind,
    c.relpages,
    c.reltuples,
    n.oid as home,
    n.nspname,
    pg_get_userbyid(c.relowner) as owner,
    exists (select from locked as l where l.relation = c.oid) as locked
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname = %(schema)s
    and lower(c.relname) = lower(%(relation)s)
    and c.relkind in ('r', 'p', 'm', 'v', 'f')
  order by c.relname = %(relation)s desc, c.relname
  limit 1
), wanted as materialized (
  select
    w.place,
    w.asked,
    w.descending,
    a.attname,
    a.attnum
  from site
  cross join unnest(%(columns)s::text[], %(descending)s::bool[]) with ordinality as w (asked, descending, place)
  left join lateral (
    select
      f.attname,
      f.attnum
    from pg_attribute as f
    where f.attrelid = site.oid
      and f.attnum > 0
      and not f.attisdropped
      and lower(f.attname) = lower(w.asked)
    order by f.attname = w.asked desc, f.attnum
    limit 1
  ) as a on true
), condition as materialized (
  select
    w.asked,
    w.said,
    a.attname
  from site
  cross join (values (%(null)s::text, 'null'), (%(notnull)s::text, 'not null')) as w (asked, said)
  left join lateral (
    select f.attname
    from pg_attribute as f
    where f.attrelid = site.oid
      and f.attnum > 0
      and not f.attisdropped
      and lower(f.attname) = lower(w.asked)
    order by f.attname = w.asked desc, f.attnum
    limit 1
  ) as a on true
  where w.asked <> ''
), built as materialized (
  select
    coalesce(array_agg(w.asked order by w.place) filter (where w.attname is null), array[]::text[]) as missing,
    string_agg(quote_ident(w.attname) || case when w.descending then ' desc' else '' end, ', ' order by w.place) as keys,
    array_agg(w.attname::text order by w.place) as names,
    array_agg(w.attnum order by w.place) as attnums,
    array_agg(case when w.descending then 3 else 0 end::int2 order by w.place) as directions,
    string_agg(w.attname, '_' order by w.place) as joined
  from wanted as w
), filter as materialized (
  select
    coalesce(array_agg(k.asked) filter (where k.attname is null), array[]::text[]) as missing,
    coalesce(string_agg(format('%%I is %%s', k.attname, k.said), ' and ' order by k.said) filter (where k.attname is not null), '') as said,
    coalesce(
      case when count(k.attname) > 1 then '(' else '' end
        || string_agg(format('(%%I IS %%s)', k.attname, upper(k.said)), ' AND ' order by k.said) filter (where k.attname is not null)
        || case when count(k.attname) > 1 then ')' else '' end, ''
    ) as stored
  from condition as k
), named as materialized (
  select case
    when %(name)s <> '' then %(name)s::name::text
    when octet_length(wish.text) < 64 then wish.text
    else ('ix_' || substr(md5(wish.text), 1, 8) || '_' || wish.text)::name::text
  end as index
  from site
  cross join built
  cross join filter
  cross join lateral (
    select concat_ws('_', site.relname, built.joined, case when filter.said <> '' then 'part' end, case when %(method)s = 'brin' then 'brin' end,
      case when %(unique)s then 'key' else 'idx' end) as text
  ) as wish
)
select
  site.oid,
  site.relname as relation,
  site.relkind::text as kind,
  site.owner,
  site.locked,
  case when site.locked or site.relkind in ('v', 'f', 'p') then site.relpages::bigint * current_setting('block_size')::bigint else pg_relation_size(site.oid) end
    as size,
  greatest(site.reltuples, pg_stat_get_live_tuples(site.oid), 0)::bigint as rows,
  built.missing || filter.missing as missing,
  (select array_agg(a.attname::text order by a.attnum) from pg_attribute as a where a.attrelid = site.oid and a.attnum > 0 and not a.attisdropped) as known,
  array_remove(built.names, null) as columns,
  built.directions,
  built.keys,
  filter.said as condition,
  filter.stored as predicate,
  named.index,
  coalesce(
    (
      select case
        when i.indexrelid is null then 'taken'
        when i.indisvalid and i.indisready and i.indrelid = site.oid and alike.found then 'valid'
        when i.indisvalid and i.indisready then 'other'
        when exists (select from pg_stat_progress_create_index as p where p.index_relid = x.oid and p.datname = current_database()) then 'building'
        when i.indrelid <> site.oid then 'taken'
        else 'invalid'
      end
      from pg_class as x
      left join pg_index as i on i.indexrelid = x.oid
      left join pg_am as m on m.oid = x.relam
      cross join lateral (
        select m.amname = %(method)s
          and i.indisunique = %(unique)s
          and (i.indpred is null) = (filter.said = '')
          and (i.indkey::int2[])[0:i.indnatts - 1] = built.attnums
          and (i.indoption::int2[])[0:i.indnatts - 1] = built.directions as found
      ) as alike
      where x.relnamespace = site.home
        and x.relname = named.index
    ), ''
  ) as same_name,
  coalesce(
    (
      select min(x.relname::text)
      from pg_index as i
      join pg_class as x on x.oid = i.indexrelid
      join pg_am as m on m.oid = x.relam
      where i.indrelid = site.oid
        and i.indisvalid
        and m.amname = %(method)s
        and i.indisunique >= %(unique)s
        and i.indpred is null
        and filter.said = ''
        and i.indnatts = i.indnkeyatts
        and (i.indkey::int2[])[0:i.indnatts - 1] = built.attnums
        and (i.indoption::int2[])[0:i.indnatts - 1] = built.directions
    ), ''
  ) as same,
  coalesce(
    (
      select array_agg(x.relname || case when i.indisvalid then '' else ' (invalid)' end order by x.relname)
      from pg_index as i
      join pg_class as x on x.oid = i.indexrelid
      where i.indrelid = site.oid
        and i.indkey[0] = built.attnums[1]
    ), array[]::text[]
  ) as same_lead,
  coalesce(
    (
      select pg_get_indexdef(x.oid)
      from pg_class as x
      where x.relnamespace = site.home
        and x.relname = named.index
        and x.relkind in ('i', 'I')
        and not site.locked
        and not exists (select from locked as l where l.relation = x.oid)
    ), ''
  ) as definition,
  exists (select from pg_class as x where x.relnamespace = site.home and x.relname = made.aside) as left_aside,
  format(
    'create %%sindex concurrently %%I on %%I.%%I %%s(%%s)%%s%%s',
    case when %(unique)s then 'unique ' else '' end, named.index, site.nspname, site.relname,
    case when %(method)s = 'brin' then 'using brin ' else '' end, built.keys,
    case when %(method)s = 'brin' then ' with (pages_per_range = 128, autosummarize = on)' else '' end,
    case when filter.said <> '' then ' where ' || filter.said else '' end
  ) as statement,
  'select coalesce(bool_and(i.indisvalid and i.indisready), false) as ok, coalesce(max(case when i.indisvalid and i.indisready then ''valid, '' '
    || '|| pg_size_pretty(pg_relation_size(i.indexrelid)) else ''not valid'' end), ''not there'') as found from pg_index as i where i.indexrelid = '
    || made.it || ' and i.indrelid = ' || site.oid || ' and i.indkey::text = ' || quote_literal(coalesce(array_to_string(built.attnums, ' '), '')) as valid,
  'do ' || quote_literal(
    E'begin\n  if exists (\n    select from pg_index as i\n    where i.indexrelid = ' || made.it
    || E'\n      and not i.indisvalid\n      and not exists (select from pg_stat_progress_create_index as p where p.index_relid = i.indexrelid and p.datname = current_database())\n  ) then\n'
    || format(E'    alter index %%I.%%I rename to %%I;\n', site.nspname, named.index, made.aside) || E'  end if;\nend'
  ) as set_aside,
  'select coalesce(bool_and(i.indisvalid), true) as ok, coalesce(max(case when i.indisvalid then ''the index is valid, nothing to set aside'' '
    || 'else ''an invalid index is left: reindex invalid mends it'' end), ''what the build left is set aside'') as found '
    || 'from pg_index as i where i.indexrelid = ' || made.it as is_aside,
  format('drop index concurrently if exists %%I.%%I', site.nspname, named.index) as drop_it,
  format('drop index concurrently if exists %%I.%%I', site.nspname, made.aside) as drop_aside,
  'select ' || made.it || ' is null as ok, case when ' || made.it || ' is null then ''it is gone'' else ''it is still there'' end as found' as is_gone,
  'select ' || made.other || ' is null as ok, case when ' || made.other || ' is null then ''it is gone'' else ''it is still there'' end as found'
    as aside_is_gone,
  'select found.ok and ' || made.other || ' is null as ok, case when found.ok then ''the index is valid'' when ' || made.it
    || ' is not null then ''the build failed, and an invalid index is left: reindex invalid mends it'' when ' || made.other
    || ' is not null then ''the build failed, and what it left could not be dropped: reindex invalid clears it away'' '
    || 'else ''the build failed; nothing of it is left'' end as found from (select coalesce(bool_and(i.indisvalid and i.indisready), false) as ok '
    || 'from pg_index as i where i.indexrelid = ' || made.it || ') as found' as confirmed,
  'select found.ok and ' || made.other || ' is null as ok, case when ' || made.other || ' is not null or not found.ok then '
    || '''skipped, not built; what the build left could not be dropped yet: reindex invalid clears it away'' when ' || made.it
    || ' is null then ''skipped, not built; nothing of it is left'' else ''the index is valid: it was through before it was skipped'' end as found '
    || 'from (select coalesce(bool_and(i.indisvalid and i.indisready), true) as ok from pg_index as i where i.indexrelid = ' || made.it || ') as found'
    as cleared
from site
cross join built
cross join filter
cross join named
cross join lateral (
  select
    'to_regclass(' || quote_literal(format('%%I.%%I', site.nspname, named.index)) || ')' as it,
    aside.name as aside,
    'to_regclass(' || quote_literal(format('%%I.%%I', site.nspname, aside.name)) || ')' as other
  from (select 'scout_failed_' || substr(md5(site.nspname || '.' || named.index), 1, 16) as name) as aside
) as made;

-- name: relations
-- Which tables and materialized views could be meant?
select c.relname as name
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = %(schema)s
  and c.relkind in ('r', 'p', 'm')
order by c.relname;
