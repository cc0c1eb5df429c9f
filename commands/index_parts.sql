-- name: parts
-- Which relations does an index of a partitioned table need one on, what of it is there, and how is each built, attached, verified and cleared away?
-- PostgreSQL builds no index of a partitioned table beside its writers: the parent gets an invalid one of its own, each partition is built
-- concurrently, and attached; with the last one attached the parent's becomes valid by itself. An index that is there already serves when its
-- keys, their order, classes and collations and its condition are the same; PostgreSQL does not compare the order when it attaches.
-- A build that fails leaves an invalid index, which is set aside under a name of Scout's own by the step that would have attached it.
-- Walked by pg_inherits, because pg_partition_tree() opens every partition and would wait for a locked one.
with recursive member as (
  select
    c.oid,
    0 as level,
    false as detaching
  from pg_class as c
  where c.oid = %(oid)s::oid
  union all
  select
    h.inhrelid,
    m.level + 1,
    h.inhdetachpending
  from member as m
  join pg_inherits as h on h.inhparent = m.oid
), fitting as materialized (
  select
    i.indrelid,
    i.indexrelid,
    x.relname,
    x.relkind,
    i.indisvalid and i.indisready as valid,
    h.inhparent as attached_to
  from member as m
  join pg_index as i on i.indrelid = m.oid
  join pg_class as x on x.oid = i.indexrelid
  join pg_am as a on a.oid = x.relam
  left join pg_inherits as h on h.inhrelid = i.indexrelid
  where i.indislive
    and a.amname = %(method)s::text
    and not i.indisunique
    and not i.indisexclusion
    and i.indexprs is null
    and i.indnatts = i.indnkeyatts
    and (i.indoption::int2[])[0:i.indnatts - 1] = %(directions)s::int2[]
    and coalesce(pg_get_expr(i.indpred, i.indrelid), '') = %(predicate)s::text
    and (
      select array_agg(f.attname::text order by k.place) = %(columns)s::text[]
        and bool_and(o.opcdefault and k.collated = f.attcollation)
      from unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[]) with ordinality as k (number, opclass, collated, place)
      join pg_opclass as o on o.oid = k.opclass
      join pg_attribute as f on f.attrelid = i.indrelid and f.attnum = k.number
    )
), tree as (
  select
    m.oid,
    null::oid as parent,
    m.level,
    m.detaching,
    (select f.indexrelid from fitting as f where f.indrelid = m.oid and f.relname = %(index)s::text) as target
  from member as m
  where m.level = 0
  union all
  select
    h.inhrelid,
    h.inhparent,
    t.level + 1,
    h.inhdetachpending,
    found.indexrelid
  from tree as t
  join pg_inherits as h on h.inhparent = t.oid
  left join lateral (
    select f.indexrelid
    from fitting as f
    where f.indrelid = h.inhrelid
      and (f.attached_to = t.target or f.attached_to is null and (f.valid or f.relkind = 'I'))
    order by f.attached_to is not null desc, f.valid desc, f.relname
    limit 1
  ) as found on true
), named as (
  select
    t.*,
    c.relname,
    c.relkind,
    c.relpages,
    c.reltuples,
    c.relnamespace,
    n.nspname,
    pg_get_userbyid(c.relowner) as owner,
    case
      when t.level = 0 then %(index)s::text
      when t.target is not null then (select x.relname::text from pg_class as x where x.oid = t.target)
      when octet_length(wish.text) < 64 and not taken.so then wish.text
      else ('ix_' || substr(md5(%(index)s::text || wish.text), 1, 8) || '_' || wish.text)::name::text
    end as index,
    exists (
      select from pg_locks as l
      where l.relation = t.oid
        and l.mode = 'AccessExclusiveLock'
        and l.database = (select d.oid from pg_database as d where d.datname = current_database())
    ) as locked
  from tree as t
  join pg_class as c on c.oid = t.oid
  join pg_namespace as n on n.oid = c.relnamespace
  cross join lateral (
    select concat_ws('_', c.relname, array_to_string(%(columns)s::text[], '_'), case when %(condition)s::text <> '' then 'part' end,
      case when %(method)s::text = 'brin' then 'brin' end, 'idx') as text
  ) as wish
  cross join lateral (
    select exists (
      select from pg_class as x
      left join pg_index as i on i.indexrelid = x.oid
      where x.relnamespace = c.relnamespace
        and x.relname = wish.text
        and (i.indisvalid or i.indrelid is distinct from t.oid)
    ) as so
  ) as taken
)
select
  p.oid,
  p.parent,
  case when p.nspname = %(schema)s then p.relname else p.nspname || '.' || p.relname end as relation,
  p.relkind::text as kind,
  p.owner,
  p.locked,
  p.detaching,
  case when p.locked or p.relkind <> 'r' then p.relpages::bigint * current_setting('block_size')::bigint else pg_relation_size(p.oid) end as size,
  p.index,
  case
    when own.indexrelid is not null and building.so then 'building'
    when p.target is not null and own.indisvalid and own.indisready then 'valid'
    when p.target is not null and p.relkind = 'p' then 'begun'
    when p.target is not null then 'broken'
    when p.relkind = 'p' and own.indexrelid is not null then 'taken'
    when own.indrelid = p.oid and not own.indisvalid then 'invalid'
    when x.oid is not null then 'taken'
    else ''
  end as state,
  exists (select from pg_inherits as h where h.inhrelid = p.target) as attached,
  exists (select from pg_class as o where o.relnamespace = p.relnamespace and o.relname = made.aside) as left_aside,
  format(
    'create index %%s%%I on %%s%%I.%%I %%s(%%s)%%s%%s',
    case when p.relkind = 'p' then '' else 'concurrently ' end, p.index, case when p.relkind = 'p' then 'only ' else '' end, p.nspname, p.relname,
    case when %(method)s::text = 'brin' then 'using brin ' else '' end, %(keys)s::text,
    case when %(method)s::text = 'brin' then ' with (pages_per_range = 128, autosummarize = on)' else '' end,
    case when %(condition)s::text <> '' then ' where ' || %(condition)s::text else '' end
  ) as build,
  'select coalesce(bool_and(i.indisvalid and i.indisready or x.relkind = ''I''), false) as ok, coalesce(max(case when x.relkind = ''I'' then '
    || '''there, and valid when every partition has its own'' when i.indisvalid then ''valid, '' || pg_size_pretty(pg_relation_size(x.oid)) '
    || 'else ''not valid'' end), ''not there'') as found from pg_index as i join pg_class as x on x.oid = i.indexrelid where x.oid = ' || made.it
    || ' and i.indrelid = ' || p.oid as built,
  'do ' || quote_literal(
    E'begin\n  if exists (select from pg_index as i where i.indexrelid = ' || made.it || E' and i.indisvalid) then\n    alter index '
    || concat(quote_ident(up.nspname), '.', quote_ident(up.index)) || ' attach partition ' || made.name
    || E';\n  elsif exists (\n    select from pg_index as i\n    where i.indexrelid = ' || made.it
    || E'\n      and not exists (select from pg_stat_progress_create_index as p where p.index_relid = i.indexrelid and p.datname = current_database())\n  ) then\n    alter index '
    || made.name || format(E' rename to %%I;\n  end if;\nend', made.aside)
  ) as attach,
  'select ' || made.attached || ' as ok, case when ' || made.attached || ' then ''attached'' when ' || made.it
    || ' is not null then ''there, but not attached: ask again, and it goes on from there'' else ''not there'' end as found' as is_attached,
  'select coalesce(bool_and(i.indisvalid), true) as ok, case when coalesce(bool_and(i.indisvalid), true) then ''nothing invalid has its name'' '
    || 'else ''an invalid index is left: reindex invalid mends it'' end as found from pg_index as i where i.indexrelid = ' || made.it as is_aside,
  format('drop index concurrently if exists %%I.%%I', p.nspname, made.aside) as drop_aside,
  'select ' || made.attached || ' and ' || made.other || ' is null as ok, case when ' || made.other
    || ' is not null then ''the build failed, and what it left could not be dropped: reindex invalid clears it away'' when ' || made.attached
    || ' then ''valid and attached'' when ' || made.it || ' is null then ''the build failed; nothing of it is left'' '
    || 'else ''built, but not attached: ask again, and it goes on from there'' end as found' as confirmed,
  'select ' || made.other || ' is null as ok, case when ' || made.other
    || ' is not null then ''skipped, not built; what the build left could not be dropped yet: reindex invalid clears it away'' when ' || made.it
    || ' is null then ''skipped, not built; nothing of it is left'' else ''it was through before it was skipped'' end as found' as cleared,
  'select ' || made.other || ' is null as ok, case when ' || made.other || ' is null then ''it is gone'' else ''it is still there'' end as found'
    as aside_is_gone,
  format('drop index concurrently if exists %%s', made.name) as drop_it,
  'select ' || made.it || ' is null as ok, case when ' || made.it || ' is null then ''it is gone'' else ''it is still there'' end as found' as is_gone,
  coalesce(spare.statement, '') as spare,
  coalesce(spare.name, '') as spare_name,
  'select coalesce(bool_and(i.indisvalid), false) as ok, case when coalesce(bool_and(i.indisvalid), false) then ''valid'' else ''not valid'' end as found '
    || 'from pg_index as i where i.indexrelid = to_regclass(' || quote_literal(coalesce(spare.name, '')) || ')' as spare_valid,
  made.name
from named as p
left join named as up on up.oid = p.parent
left join pg_class as x on x.relnamespace = p.relnamespace and x.relname = p.index
left join pg_index as own on own.indexrelid = x.oid
cross join lateral (
  select exists (select from pg_stat_progress_create_index as b where b.index_relid = x.oid and b.datname = current_database()) as so
) as building
cross join lateral (
  select
    format('%%I.%%I', p.nspname, p.index) as name,
    'to_regclass(' || quote_literal(format('%%I.%%I', p.nspname, p.index)) || ')' as it,
    side.aside,
    'to_regclass(' || quote_literal(format('%%I.%%I', p.nspname, side.aside)) || ')' as other,
    'exists (select from pg_inherits as h join pg_index as i on i.indexrelid = h.inhrelid where h.inhrelid = to_regclass('
      || quote_literal(format('%%I.%%I', p.nspname, p.index)) || ') and h.inhparent = to_regclass('
      || quote_literal(concat(quote_ident(up.nspname), '.', quote_ident(up.index))) || ') and i.indisvalid)' as attached
  from (select 'scout_failed_' || substr(md5(p.nspname || '.' || p.index), 1, 16) as aside) as side
) as made
left join lateral (
  select
    format('%%I.%%I', p.nspname, kept.name) as name,
    format('create index concurrently %%I %%s', kept.name, substr(pg_get_indexdef(p.target), length(format('CREATE INDEX %%I ', p.index)) + 1)) as statement
  from (select 'scout_kept_' || substr(md5(p.nspname || '.' || p.index), 1, 16) as name) as kept
  where p.target is not null
    and p.relkind = 'r'
    and not p.locked
    and not exists (select from pg_inherits as h where h.inhrelid = p.target)
) as spare on true
order by p.level, p.nspname, p.relname;

-- name: whole
-- How is it verified that the index of a partitioned table is whole, and how is all that a run built taken away again?
-- An attached index cannot be detached: dropping the parent's drops it. So what was there before is built once more beside it first, under a
-- name of Scout's own, and gets its own name when the old one is gone; whatever was built and not attached is dropped by its name.
select
  'select coalesce(bool_and(i.indisvalid), false) as ok, case when coalesce(bool_and(i.indisvalid), false) then '
    || '''valid: each of its partitions has its own'' else ''not valid, because these partitions lack it: '' || ' || made.lacking || ' end as found from pg_index as i where i.indexrelid = '
    || made.it as is_whole,
  'select true as ok, case when coalesce(bool_and(i.indisvalid), false) then ''valid all the same'' else ''not valid yet, because these partitions lack it: '' || ' || made.lacking
    || ' || ''. Ask again, and only they are built'' end as found from pg_index as i where i.indexrelid = ' || made.it as is_begun,
  'do ' || quote_literal(concat(
    E'declare\n  one record;\nbegin\n  drop index if exists ', made.name, E';\n  for one in\n    select i.indexrelid::regclass as index\n',
    '    from unnest(array[', (select string_agg(quote_literal(b.name), ', ') from unnest(%(built)s::text[]) as b (name)), E']::text[]) as built (name)\n',
    E'    join pg_index as i on i.indexrelid = to_regclass(built.name)\n',
    E'    where not exists (select from pg_inherits as h where h.inhrelid = i.indexrelid)\n',
    E'  loop\n    execute format(''drop index %%s'', one.index);\n  end loop;\n',
    (
      select string_agg(format(E'  alter index if exists %%s rename to %%I;\n', s.spare, (parse_ident(s.name))[2]), '' order by s.spare)
      from unnest(%(spares)s::text[], %(kept)s::text[]) as s (spare, name)
    ),
    'end'
  )) as drop_all,
  'select ' || made.it || ' is null as ok, case when ' || made.it || ' is null then ''it is gone, with those of its partitions'' else ''it is still there'' end as found'
    as is_gone
from (
  select
    %(name)s::text as name,
    'to_regclass(' || quote_literal(%(name)s::text) || ')' as it,
    '(with recursive part as (select ' || %(oid)s::oid || '::oid as oid union all select h.inhrelid from part join pg_inherits as h on h.inhparent = part.oid), '
      || 'own as (select to_regclass(' || quote_literal(%(name)s::text) || ')::oid as oid union all select h.inhrelid from own join pg_inherits as h on h.inhparent = own.oid) '
      || 'select coalesce(string_agg(c.relname, '', '' order by c.relname), ''none'') from part join pg_class as c on c.oid = part.oid where c.relkind <> ''p'' '
      || 'and not exists (select from own join pg_index as x on x.indexrelid = own.oid where x.indrelid = c.oid and x.indisvalid))' as lacking
) as made
