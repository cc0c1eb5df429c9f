-- name: foreign_keys
-- Which foreign keys have no index that serves them, so that every delete and every change of the key in the other table reads the whole table?
-- An index serves when its first columns are those of the key in any order, each with an operator class that knows the key's own operator, and in
-- the column's collation; partial ones only when they leave out nothing but nulls; invalid ones and BRIN never. INCLUDE columns do not count.
-- Left out are keys that are not enforced (PostgreSQL 18) and those that partitions have from their parent. Locked tables are named, not opened.
with locked as materialized (
  select distinct l.relation
  from pg_locks as l
  where l.mode = 'AccessExclusiveLock'
    and l.database = (select d.oid from pg_database as d where d.datname = current_database())
), key as materialized (
  select
    f.oid,
    f.conname,
    f.conrelid,
    f.confrelid,
    f.conkey,
    cardinality(f.conkey) as width,
    array_agg(coalesce(nullif(o.oprcom, 0), o.oid) order by part.place) as operators,
    exists (select from locked as l where l.relation = f.conrelid) as locked
  from pg_constraint as f
  join pg_class as t on t.oid = f.conrelid
  cross join lateral unnest(f.conpfeqop) with ordinality as part (operator, place)
  join pg_operator as o on o.oid = part.operator
  where f.contype = 'f'
    and f.conparentid = 0
    and coalesce(to_jsonb(f) ->> 'conenforced', 'true') = 'true'
    and t.relnamespace = (select n.oid from pg_namespace as n where n.nspname = %(schema)s)
  group by f.oid, f.conname, f.conrelid, f.confrelid, f.conkey
), serving as materialized (
  select
    k.oid,
    coalesce(bool_or(use.matched = k.width), false) as whole,
    coalesce(bool_or(use.leads), false) as leads
  from key as k
  left join pg_index as i on i.indrelid = k.conrelid and i.indisvalid and i.indisready and i.indkey[0] = any(k.conkey)
  left join pg_class as c on c.oid = i.indexrelid
  left join pg_am as am on am.oid = c.relam
  left join lateral (
    select
      count(distinct own.place) as matched,
      bool_or(at.place = 1) as leads
    from unnest(k.conkey, k.operators) with ordinality as own (attnum, operator, place)
    join unnest((i.indkey::int2[])[0:i.indnkeyatts - 1], i.indclass::oid[], i.indcollation::oid[]) with ordinality as at (attnum, class, written_in, place)
      on at.attnum = own.attnum
      and at.place <= k.width
    join pg_opclass as oc on oc.oid = at.class
    join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = own.attnum and at.written_in in (0, a.attcollation)
    where am.amname <> 'brin'
      and exists (
        select
        from pg_amop as ao
        where ao.amopfamily = oc.opcfamily
          and ao.amopopr = own.operator
          and ao.amoppurpose = 's'
      )
      and case
        when i.indpred is null then true
        when k.locked then false
        else pg_get_expr(i.indpred, i.indrelid) in (
          select format('(%%I IS NOT NULL)', n.attname)
          from pg_attribute as n
          where n.attrelid = k.conrelid
            and n.attnum = any(k.conkey)
          union all
          select '(' || string_agg(format('(%%I IS NOT NULL)', n.attname), ' AND ' order by x.place) || ')'
          from unnest(k.conkey) with ordinality as x (attnum, place)
          join pg_attribute as n on n.attrelid = k.conrelid and n.attnum = x.attnum
        )
      end
  ) as use on true
  group by k.oid
)
select
  k.conname as constraint_name,
  t.relname as relation,
  columns.names as columns,
  r.relname as referenced,
  greatest(t.reltuples, 0)::bigint as rows,
  coalesce(pg_stat_get_tuples_deleted(k.confrelid), 0)::bigint as deletes,
  s.leads,
  k.locked,
  t.relkind = 'p' as is_partitioned,
  format(
    case t.relkind when 'p' then 'create index %%I on %%I.%%I (%%s)' else 'create index concurrently %%I on %%I.%%I (%%s)' end,
    fresh.name, n.nspname, t.relname, columns.quoted
  ) as statement,
  format(case t.relkind when 'p' then 'drop index %%I.%%I' else 'drop index concurrently %%I.%%I' end, n.nspname, fresh.name) as undo
from key as k
join serving as s on s.oid = k.oid and not s.whole
join pg_class as t on t.oid = k.conrelid
join pg_class as r on r.oid = k.confrelid
join pg_namespace as n on n.oid = t.relnamespace
cross join lateral (
  select
    string_agg(a.attname, ', ' order by x.place) as names,
    string_agg(quote_ident(a.attname), ', ' order by x.place) as quoted,
    t.relname || '_' || string_agg(a.attname, '_' order by x.place) || '_idx' as wish
  from unnest(k.conkey) with ordinality as x (attnum, place)
  join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = x.attnum
) as columns
cross join lateral (
  select case
    when octet_length(columns.wish) < 64 and not exists (select from pg_class as o where o.relnamespace = n.oid and o.relname = columns.wish) then columns.wish
    else ('fk_' || k.oid || '_' || columns.wish)::name::text
  end as name
) as fresh
order by s.leads, t.reltuples desc, t.relname, k.conname;

-- name: examined
-- How many foreign keys and tables are there, are scans counted and since when, and of how many tables may the statistics not be read?
select
  (
    select count(*)
    from pg_constraint as f
    join pg_class as t on t.oid = f.conrelid
    where f.contype = 'f'
      and f.conparentid = 0
      and t.relnamespace = n.oid
  )::int as keys,
  (
    select count(*)
    from pg_constraint as f
    join pg_class as t on t.oid = f.conrelid
    where f.contype = 'f'
      and f.conparentid = 0
      and to_jsonb(f) ->> 'conenforced' = 'false'
      and t.relnamespace = n.oid
  )::int as unenforced,
  (
    select count(*)
    from pg_class as c
    where c.relnamespace = n.oid
      and c.relkind in ('r', 'm', 'p')
  )::int as tables,
  (
    select count(*)
    from pg_class as c
    where c.relnamespace = n.oid
      and c.relkind in ('r', 'm', 'p')
      and (not has_any_column_privilege(c.oid, 'select') or row_security_active(c.oid))
  )::int as hidden,
  current_user::text as role,
  current_setting('track_counts')::bool as counting,
  coalesce(d.stats_reset, least(b.stats_reset, a.stats_reset), pg_postmaster_start_time()) as since
from pg_namespace as n
cross join pg_stat_database as d
cross join pg_stat_bgwriter as b
cross join pg_stat_archiver as a
where n.nspname = %(schema)s
  and d.datname = current_database();
