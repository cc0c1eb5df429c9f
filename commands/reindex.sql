-- name: indexes
-- Which indexes could be rebuilt, how is each one rebuilt beside its users, and what does a rebuild that fails leave?
-- One index by its name, in any case, or with an empty name all that are not valid; those of TOAST tables too. What a failed rebuild leaves has
-- the index's name with _ccnew behind it: where that name is free now and not too long, it is dropped afterwards if it exists. What is locked
-- exclusively, or about to be, is named and not touched.
with locked as materialized (
  select distinct l.relation
  from pg_locks as l
  where l.mode = 'AccessExclusiveLock'
    and l.database = (select d.oid from pg_database as d where d.datname = current_database())
)
select
  c.relname as index,
  home.relname as relation,
  c.relpages::bigint * current_setting('block_size')::bigint as size,
  pg_get_userbyid(c.relowner) as owner,
  i.indisvalid and i.indisready as is_valid,
  c.relkind = 'I' as is_partitioned,
  i.indisexclusion as is_exclusion,
  made.leftover,
  coalesce(building.phase, '') as building,
  exists (select from locked as l where l.relation in (c.oid, t.oid)) as locked,
  format('reindex index concurrently %%I.%%I', n.nspname, c.relname) as rebuild,
  format('drop index concurrently if exists %%I.%%I', n.nspname, c.relname) as drop_it,
  case when made.spare is not null then format('drop index concurrently if exists %%I.%%I', n.nspname, made.spare) else '' end as drop_spare,
  'select ' || made.it || ' is null as ok, case when ' || made.it || ' is null then ''the leftover is gone'' else ''it is still there'' end as found' as is_gone,
  'select coalesce(bool_and(i.indisvalid and i.indisready), false) as ok, coalesce(max(case when i.indisvalid and i.indisready then ''the index is valid, '' '
    || '|| pg_size_pretty(pg_relation_size(i.indexrelid)) else ''the index is not valid'' end), ''the index is not there'') as found '
    || 'from pg_index as i where i.indexrelid = ' || made.it as valid,
  case
    when made.spare is not null then 'select found.ok and ' || made.left_over || ' is null as ok, case when ' || made.left_over
      || ' is not null then ''a leftover stays: reindex invalid drops it'' when found.ok then ''the index is valid, and nothing is left over'' '
      || 'else ''the rebuild failed: the index is as invalid as it was, and nothing is left over'' end as found '
      || 'from (select coalesce(bool_and(i.indisvalid and i.indisready), false) as ok from pg_index as i where i.indexrelid = ' || made.it || ') as found'
    else ''
  end as confirmed,
  case
    when made.spare is not null then 'select ' || made.left_over || ' is null as ok, case when ' || made.left_over
      || ' is null then ''skipped; the index is as it was, and nothing is left over'' '
      || 'else ''skipped; what the rebuild left could not be dropped yet: reindex invalid drops it'' end as found'
    else ''
  end as cleared
from pg_index as i
join pg_class as c on c.oid = i.indexrelid
join pg_class as t on t.oid = i.indrelid
join pg_class as home on home.oid = t.oid or home.reltoastrelid = t.oid
join pg_namespace as n on n.oid = c.relnamespace
left join pg_stat_progress_create_index as building on building.index_relid = i.indexrelid and building.datname = current_database()
cross join lateral (
  select
    not i.indislive
      or not i.indisvalid and c.relname ~ '^scout_failed_[0-9a-f]{16}$'
      or not i.indisvalid and c.relname ~ '_cc(new|old)[0-9]*$' and exists (
        select from pg_index as o
        where o.indrelid = i.indrelid
          and o.indexrelid <> i.indexrelid
          and o.indkey = i.indkey
          and o.indclass = i.indclass
      ) as leftover,
    case
      when octet_length(c.relname) <= 57
        and not exists (select from pg_class as o where o.relnamespace = n.oid and o.relname = c.relname || '_ccnew')
        then c.relname || '_ccnew'
    end as spare,
    'to_regclass(' || quote_literal(format('%%I.%%I', n.nspname, c.relname)) || ')' as it,
    'to_regclass(' || quote_literal(format('%%I.%%I', n.nspname, c.relname || '_ccnew')) || ')' as left_over
) as made
where home.relnamespace = (select s.oid from pg_namespace as s where s.nspname = %(schema)s)
  and case when %(index)s = '' then not i.indisvalid else lower(c.relname) = lower(%(index)s) end
order by made.leftover desc, c.relname = %(index)s desc, size desc, c.relname;
