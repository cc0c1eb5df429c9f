-- name: partitioned
-- Which tables are partitioned, by what, and may the rows in their DEFAULT partition be counted?
-- Departs from the runbook's next-month function: nothing is told from names, and every schema's own partitions of partitions are there.
with locked as materialized (
  select distinct l.relation as oid
  from pg_locks as l
  where l.mode = 'AccessExclusiveLock'
    and l.relation is not null
    and l.database = (select d.oid from pg_database as d where d.datname = current_database())
)
select
  c.oid::bigint as oid,
  c.relname as name,
  case p.partstrat when 'r' then 'range' when 'l' then 'list' else 'hash' end as strategy,
  coalesce(
    (
      select string_agg(coalesce(k.attname::text, 'an expression'), ', ' order by keys.place)
      from unnest(p.partattrs::smallint[]) with ordinality as keys(attnum, place)
      left join pg_attribute as k on k.attrelid = c.oid and k.attnum = keys.attnum and keys.attnum <> 0
    ), ''
  ) as key,
  p.partstrat = 'r' and p.partnatts = 1 and coalesce(a.atttypid in ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype), false) as by_time,
  a.attname as key_column,
  d.relname as default_name,
  dn.nspname as default_schema,
  case
    when d.oid is null then ''
    when exists (select from locked where locked.oid in (d.oid, c.oid)) then 'locked exclusively, or about to be (see active)'
    when not (has_table_privilege(d.oid, 'select') and has_schema_privilege(dn.oid, 'usage'))
      then 'run there: grant select on ' || quote_ident(dn.nspname) || '.' || quote_ident(d.relname) || ' to ' || quote_ident(current_user)
    else ''
  end as why_not,
  (select count(*) from pg_inherits as h where h.inhparent = c.oid)::int as partitions,
  extract(epoch from now())::float8 as now_s
from pg_partitioned_table as p
join pg_class as c on c.oid = p.partrelid
join pg_namespace as n on n.oid = c.relnamespace
left join pg_attribute as a on a.attrelid = c.oid and a.attnum = p.partattrs[0] and p.partattrs[0] <> 0
left join pg_class as d on d.oid = p.partdefid
left join pg_namespace as dn on dn.oid = d.relnamespace
where n.nspname = %(schema)s
order by c.relname;

-- name: bounds
-- From when to when does each partition reach, by its bounds? In seconds since 1970; null where the key is no moment.
-- The bound is written out without naming its table, for which no lock is taken. The size is what the catalog says.
with written as materialized (
  select
    h.inhparent,
    h.inhrelid,
    h.inhdetachpending,
    h.inhrelid = p.partdefid as is_default,
    quote_ident(n.nspname) || '.' || quote_ident(c.relname) as parent_name,
    a.atttypid = 'timestamptz'::regtype as zoned,
    case
      when p.partstrat = 'r' and p.partnatts = 1 and a.atttypid in ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
        then regexp_match(pg_get_expr(partition.relpartbound, 0), 'FROM \((MINVALUE|''[^'']+'')\) TO \((MAXVALUE|''[^'']+'')\)')
    end as bound
  from pg_partitioned_table as p
  join pg_class as c on c.oid = p.partrelid
  join pg_namespace as n on n.oid = c.relnamespace and n.nspname = %(schema)s
  join pg_inherits as h on h.inhparent = p.partrelid
  join pg_class as partition on partition.oid = h.inhrelid
  left join pg_attribute as a on a.attrelid = c.oid and a.attnum = p.partattrs[0] and p.partattrs[0] <> 0
)
select
  w.inhparent::bigint as parent,
  c.oid::bigint as oid,
  c.relname as name,
  w.is_default,
  w.inhdetachpending as detaching,
  case
    when w.bound[1] = 'MINVALUE' then '-infinity'::float8
    when w.zoned then extract(epoch from trim(w.bound[1], '''')::timestamptz)::float8
    else extract(epoch from trim(w.bound[1], '''')::timestamp)::float8
  end as low,
  case
    when w.bound[2] = 'MAXVALUE' then 'infinity'::float8
    when w.zoned then extract(epoch from trim(w.bound[2], '''')::timestamptz)::float8
    else extract(epoch from trim(w.bound[2], '''')::timestamp)::float8
  end as high,
  greatest(0, c.reltuples)::bigint as about,
  c.relpages::bigint * current_setting('block_size')::bigint as size,
  'alter table ' || w.parent_name || ' detach partition ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || ' finalize' as finalize
from written as w
join pg_class as c on c.oid = w.inhrelid
join pg_namespace as n on n.oid = c.relnamespace
order by parent, low, c.relname;

-- name: leftovers
-- Which tables look like partitions of a table and are none: detached, or not yet attached?
-- They have the same columns as the partitioned table and, but for the digits, the name of one of its partitions.
with patterns as materialized (
  select distinct
    h.inhparent as parent,
    regexp_replace(c.relname, '[0-9]+', '#', 'g') as pattern
  from pg_inherits as h
  join pg_class as pc on pc.oid = h.inhparent and pc.relkind = 'p'
  join pg_namespace as pn on pn.oid = pc.relnamespace and pn.nspname = %(schema)s
  join pg_class as c on c.oid = h.inhrelid
  where c.relname ~ '[0-9]'
), lookalikes as materialized (
  select
    patterns.parent,
    c.oid,
    c.relname,
    c.reltuples,
    c.relpages
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace and n.nspname = %(schema)s
  join patterns on patterns.pattern = regexp_replace(c.relname, '[0-9]+', '#', 'g')
  where c.relkind in ('r', 'p')
    and not c.relispartition
    and c.oid <> patterns.parent
)
select
  p.relname as parent,
  l.relname as name,
  greatest(0, l.reltuples)::bigint as about,
  l.relpages::bigint * current_setting('block_size')::bigint as size
from lookalikes as l
join pg_class as p on p.oid = l.parent
where not exists (
    select from pg_attribute as a
    where a.attrelid = l.parent
      and a.attnum > 0
      and not a.attisdropped
      and not exists (
        select from pg_attribute as b
        where b.attrelid = l.oid
          and b.attname = a.attname
          and b.atttypid = a.atttypid
          and not b.attisdropped
      )
  )
order by p.relname, l.relname;

-- name: months_in_default
-- Which months have rows in the DEFAULT partition, where each is a partition that is missing? The first 10,000 rows are looked at.
select
  coalesce(to_char(q.moment, 'YYYY-MM'), 'no month') as month,
  count(*)::int as rows
from (
  select {key}::timestamp as moment
  from {default_schema}.{default}
  limit 10000
) as q
group by 1
order by 1;

-- name: rows_in_default
-- How many rows are in the DEFAULT partition? The first 10,000 are counted.
select
  '' as month,
  count(*)::int as rows
from (
  select
  from {default_schema}.{default}
  limit 10000
) as q
having count(*) > 0;
