-- name: index
-- What is an index of a name, how often was it read, how is it dropped, and how does it come back?
-- That of a partitioned table is counted with those of its partitions, which go with it.
-- Names that differ in case only are found. What is locked exclusively, or about to be, is named and not opened.
select
  c.relname as index,
  t.relname as relation,
  kin.pages * current_setting('block_size')::bigint as size,
  kin.parts,
  pg_get_userbyid(c.relowner) as owner,
  c.relkind = 'I' as is_partitioned,
  c.relispartition as is_part,
  i.indisvalid as is_valid,
  i.indisprimary as is_primary,
  i.indisunique as is_unique,
  coalesce(backed.name, '') as constraint_name,
  kin.scans,
  locked.found as locked,
  case
    when locked.found then ''
    when backed.name is not null then format('alter table %%I.%%I drop constraint %%I', n.nspname, t.relname, backed.name)
    else format(case c.relkind when 'I' then 'drop index %%I.%%I' else 'drop index concurrently %%I.%%I' end, n.nspname, c.relname)
  end as statement,
  case
    when locked.found then ''
    else concat(
      made.again,
      (select format(E';\nalter index %%I.%%I set tablespace %%I', n.nspname, c.relname, s.spcname) from pg_tablespace as s where s.oid = c.reltablespace),
      format(E';\ncomment on index %%I.%%I is ', n.nspname, c.relname) || quote_literal(obj_description(c.oid, 'pg_class'))
    )
  end as undo,
  'select to_regclass(' || quote_literal(made.name) || ') is null as ok, case when to_regclass(' || quote_literal(made.name)
    || ') is null then ''the index is gone'' else ''it is still there; when it is invalid now, reindex invalid clears it away'' end as found' as dropped,
  made.again as rebuild,
  concat_ws(' and ', case when c.reltablespace <> 0 then 'its tablespace' end, case when obj_description(c.oid, 'pg_class') is not null then 'its comment' end) as lost,
  'select coalesce(bool_and(i.indisvalid and i.indisready), false) as ok, coalesce(max(case when i.indisvalid then ''the index is back'' '
    || 'else ''it is there and not valid: reindex invalid mends it'' end), ''it is not there'') as found from pg_index as i where i.indexrelid = to_regclass('
    || quote_literal(made.name) || ')' as is_back
from pg_index as i
join pg_class as c on c.oid = i.indexrelid
join pg_class as t on t.oid = i.indrelid
join pg_namespace as n on n.oid = c.relnamespace
left join lateral (
  select
    k.oid,
    k.conname as name
  from pg_constraint as k
  where k.conindid = i.indexrelid
    and k.conrelid = i.indrelid
    and k.contype in ('p', 'u', 'x')
) as backed on true
cross join lateral (
  with recursive part as (
    select c.oid
    union all
    select h.inhrelid
    from part
    join pg_inherits as h on h.inhparent = part.oid
  )
  select
    count(*) filter (where x.relkind = 'i')::int as parts,
    sum(x.relpages)::bigint as pages,
    sum(coalesce(pg_stat_get_numscans(x.oid), 0))::bigint as scans,
    array_agg(x.oid) || array_agg(o.indrelid) as relations
  from part
  join pg_class as x on x.oid = part.oid
  join pg_index as o on o.indexrelid = part.oid
) as kin
cross join lateral (
  select exists (
    select from pg_locks as l
    where l.mode = 'AccessExclusiveLock'
      and l.relation = any(kin.relations)
      and l.database = (select d.oid from pg_database as d where d.datname = current_database())
  ) as found
) as locked
cross join lateral (
  select
    named.name,
    case
      when locked.found then ''
      when backed.name is not null then format('alter table %%I.%%I add constraint %%I %%s', n.nspname, t.relname, backed.name, pg_get_constraintdef(backed.oid))
      when c.relkind = 'I' then named.head || format('%%I on %%s', c.relname, substr(pg_get_indexdef(c.oid), length(named.head || format('%%I ON ONLY ', c.relname)) + 1))
      else named.head || 'concurrently ' || substr(pg_get_indexdef(c.oid), length(named.head) + 1)
    end as again
  from (
    select
      case when i.indisunique then 'create unique index ' else 'create index ' end as head,
      format('%%I.%%I', n.nspname, c.relname) as name
  ) as named
) as made
where n.nspname = %(schema)s
  and lower(c.relname) = lower(%(index)s)
order by c.relname = %(index)s desc, c.relname
limit 1;

-- name: names
-- Which indexes could be meant?
select c.relname as name
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = %(schema)s
  and c.relkind in ('i', 'I')
order by c.relname;

-- name: pieces
-- How does the index of a partitioned table come back, with those of its partitions under their names, while writers go on?
-- By its own definition, which PostgreSQL gives as ON ONLY; each partition's is built concurrently and attached. Above comes first.
with recursive part as (
  select
    i.indexrelid as oid,
    null::oid as above,
    0 as level
  from pg_index as i
  join pg_class as c on c.oid = i.indexrelid
  join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname = %(schema)s
    and c.relname = %(index)s
  union all
  select
    h.inhrelid,
    h.inhparent,
    part.level + 1
  from part
  join pg_inherits as h on h.inhparent = part.oid
)
select
  p.oid,
  p.above,
  x.relname as index,
  t.relname as relation,
  x.relkind = 'I' as is_partitioned,
  case x.relkind
    when 'I' then pg_get_indexdef(x.oid)
    else made.head || 'concurrently ' || substr(pg_get_indexdef(x.oid), length(made.head) + 1)
  end as build,
  'select coalesce(bool_and(i.indisvalid or c.relkind = ''I''), false) as ok, coalesce(max(case when c.relkind = ''I'' then ''there'' when i.indisvalid then ''valid'' '
    || 'else ''not valid: reindex invalid mends it'' end), ''not there'') as found from pg_index as i join pg_class as c on c.oid = i.indexrelid where c.oid = '
    || made.it as built,
  concat('alter index ', quote_ident(un.nspname), '.', quote_ident(up.relname), format(' attach partition %%I.%%I', n.nspname, x.relname)) as attach,
  'select count(*) = 1 as ok, case when count(*) = 1 then ''attached'' else ''not attached'' end as found from pg_inherits as h where h.inhrelid = ' || made.it as is_attached,
  'select coalesce(bool_and(i.indisvalid), false) as ok, case when coalesce(bool_and(i.indisvalid), false) then ''the index is back'' '
    || 'else ''it is there and not valid: indexes invalid shows what is missing'' end as found from pg_index as i where i.indexrelid = ' || made.it as is_whole
from part as p
join pg_class as x on x.oid = p.oid
join pg_namespace as n on n.oid = x.relnamespace
join pg_index as i on i.indexrelid = p.oid
join pg_class as t on t.oid = i.indrelid
left join pg_class as up on up.oid = p.above
left join pg_namespace as un on un.oid = up.relnamespace
cross join lateral (
  select
    case when i.indisunique then 'create unique index ' else 'create index ' end as head,
    'to_regclass(' || quote_literal(format('%%I.%%I', n.nspname, x.relname)) || ')' as it
) as made
order by p.level, x.relname;
