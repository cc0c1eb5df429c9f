-- name: judged
-- Which big tables are not partitioned, by which column could they be, and what stands in the way? One table when it is named, by one column
-- when `key` names it.
-- After section 7 of the notes to the runbook: its own way, a copy and a swap, loses writes, rights and row security. The way that
-- loses nothing makes the table the first partition of a new parent; what that cannot carry over is listed here.
-- Everything is from the catalog: no table is locked or read.
with big as materialized (
  select
    c.*,
    n.nspname,
    pages.size
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  cross join lateral (
    select (c.relpages::bigint + coalesce((select t.relpages from pg_class as t where t.oid = c.reltoastrelid), 0))
      * current_setting('block_size')::bigint as size
  ) as pages
  where n.nspname = %(schema)s
    and c.relkind = 'r'
    and not c.relispartition
    and case
      when %(table)s::text <> '' then lower(c.relname) = lower(%(table)s::text)
      else pages.size >= %(least_bytes)s or c.reltuples >= %(least_rows)s
    end
  order by pages.size desc, c.relname
  limit 10
)
select
  c.relname as name,
  c.size,
  greatest(0, c.reltuples)::bigint as about,
  key.attname as key,
  coalesce(not key.attnotnull, false) as key_nullable,
  coalesce(key.attgenerated <> '', false) as key_generated,
  array(
    select t.relname || '.' || k.conname
    from pg_constraint as k
    join pg_class as t on t.oid = k.conrelid
    where k.contype = 'f' and k.confrelid = c.oid and k.conrelid <> c.oid
    order by 1
  ) as referenced_by,
  array(select k.conname::text from pg_constraint as k where k.contype = 'x' and k.conrelid = c.oid order by 1) as exclusions,
  exists (select from pg_inherits as h where c.oid in (h.inhparent, h.inhrelid)) as inherits,
  array(
    select t.tgname::text
    from pg_trigger as t
    where t.tgrelid = c.oid
      and not t.tgisinternal
      and t.tgtype::int & 1 = 1
      and (t.tgoldtable is not null or t.tgnewtable is not null)
    order by 1
  ) as transition_triggers,
  array(
    select x.relname::text
    from pg_index as i
    join pg_class as x on x.oid = i.indexrelid
    where i.indrelid = c.oid
      and i.indisunique
      and not i.indisexclusion
      and not coalesce(key.attnum = any (i.indkey::smallint[]), false)
    order by 1
  ) as keys_without,
  array(
    select distinct v.relname::text
    from pg_depend as d
    join pg_rewrite as r on r.oid = d.objid
    join pg_class as v on v.oid = r.ev_class
    where d.classid = 'pg_rewrite'::regclass
      and d.refclassid = 'pg_class'::regclass
      and d.refobjid = c.oid
      and r.ev_class <> c.oid
    order by 1
  ) as read_by,
  (select count(*) from pg_constraint as k where k.contype = 'f' and k.conrelid = c.oid)::int as references_out,
  (select count(*) from pg_trigger as t where t.tgrelid = c.oid and not t.tgisinternal)::int as triggers,
  (select count(*) from pg_policy as p where p.polrelid = c.oid)::int as policies,
  c.relrowsecurity as row_security,
  (select count(*) from pg_publication_rel as p where p.prrelid = c.oid)::int as publications,
  exists (select from pg_attribute as a where a.attrelid = c.oid and a.attidentity <> '' and not a.attisdropped)
    and current_setting('server_version_num')::int < 170000 as identity_breaks
from big as c
left join lateral (
  select
    a.attname,
    a.attnum,
    a.attnotnull,
    a.attgenerated
  from pg_attribute as a
  where a.attrelid = c.oid
    and a.attnum > 0
    and not a.attisdropped
    and a.atttypid in ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
    and lower(a.attname) = coalesce(nullif(lower(%(key)s::text), ''), lower(a.attname))
  order by a.attgenerated = '' desc, a.attnotnull desc, a.atttypid = 'date'::regtype desc, a.attname !~ '^(deleted|updated)' desc, a.attnum
  limit 1
) as key on true
order by c.size desc, c.relname;

-- name: largest
-- Which is the largest table that is not partitioned, and how many tables are there?
select
  count(*)::int as examined,
  coalesce((array_agg(c.relname::text order by c.relpages desc, c.relname))[1], '') as name
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = %(schema)s
  and c.relkind = 'r'
  and not c.relispartition;
