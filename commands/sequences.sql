-- name: sequences
-- How many numbers has each sequence left before it, or the column it fills, can hold no more?
-- The nearer of the two limits counts; domains are resolved; descending sequences run towards their minimum. CYCLE saves only a sequence
-- that turns round before its column is full. What is locked against being used, or not readable by the role, is told and not opened.
with candidate as (
  select
    s.*,
    c.relname,
    n.nspname,
    c.relpersistence,
    exists (
      select from pg_locks as l
      where l.relation = s.seqrelid
        and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
        and l.database = (select d.oid from pg_database as d where d.datname = current_database())
    ) as locked,
    has_schema_privilege(n.oid, 'usage') and has_sequence_privilege(s.seqrelid, 'select, usage') as readable
  from pg_sequence as s
  join pg_class as c on c.oid = s.seqrelid
  join pg_namespace as n on n.oid = c.relnamespace
  where c.relpersistence <> 't'
), filled as (
  select
    d.objid as seqrelid,
    d.refobjid as relation,
    d.refobjsubid as attnum
  from pg_depend as d
  join candidate as s on s.seqrelid = d.objid
  where d.classid = 'pg_class'::regclass
    and d.refclassid = 'pg_class'::regclass
    and d.deptype in ('a', 'i')
  union
  select
    d.refobjid,
    f.adrelid,
    f.adnum
  from pg_depend as d
  join candidate as s on s.seqrelid = d.refobjid
  join pg_attrdef as f on f.oid = d.objid
  where d.classid = 'pg_attrdef'::regclass
    and d.refclassid = 'pg_class'::regclass
), holding as (
  select distinct on (f.seqrelid)
    f.seqrelid,
    case when n.nspname = %(schema)s then '' else quote_ident(n.nspname) || '.' end || quote_ident(c.relname) || '.' || quote_ident(a.attname) as "column",
    format_type(a.atttypid, a.atttypmod) as type,
    a.attidentity <> '' as identity,
    k.least,
    k.most,
    format('alter table %%I.%%I alter column %%I type bigint;', n.nspname, c.relname, a.attname) as widen
  from filled as f
  join pg_attribute as a on a.attrelid = f.relation and a.attnum = f.attnum and not a.attisdropped
  join pg_class as c on c.oid = a.attrelid
  join pg_namespace as n on n.oid = c.relnamespace
  join pg_type as t on t.oid = a.atttypid
  cross join lateral (
    with recursive base as (
      select t.oid, t.typtype, t.typbasetype
      union all
      select d.oid, d.typtype, d.typbasetype
      from base
      join pg_type as d on d.oid = base.typbasetype
      where base.typtype = 'd'
    )
    select base.oid from base where base.typtype <> 'd'
  ) as plain
  cross join lateral (
    select
      case plain.oid when 'int2'::regtype then -32768 when 'int4'::regtype then -2147483648 when 'int8'::regtype then -9223372036854775808 end::numeric as least,
      case plain.oid when 'int2'::regtype then 32767 when 'int4'::regtype then 2147483647 when 'int8'::regtype then 9223372036854775807 when 'oid'::regtype then 4294967295 end::numeric as most
  ) as k
  order by f.seqrelid, k.most nulls last, f.relation, f.attnum
), judged as (
  select
    s.*,
    h."column",
    h.type,
    h.identity,
    h.widen,
    greatest(s.seqmin, h.least)::numeric as low,
    least(s.seqmax, h.most)::numeric as high,
    case when s.seqincrement > 0 then h.most < s.seqmax else h.least > s.seqmin end as column_is_nearer,
    case when s.seqincrement > 0 then h.most <= s.seqmax else h.least >= s.seqmin end and s.seqtypid <> 'int8'::regtype as column_is_as_near,
    case when s.readable and not s.locked and not (s.relpersistence = 'u' and pg_is_in_recovery()) then pg_sequence_last_value(s.seqrelid) end as last
  from candidate as s
  left join holding as h on h.seqrelid = s.seqrelid
)
select
  case when j.nspname = %(schema)s then '' else j.nspname || '.' end || j.relname as name,
  coalesce(j."column", '') as "column",
  coalesce(j.type, format_type(j.seqtypid, null)) as type,
  coalesce(j.identity, false) as identity,
  j.seqincrement < 0 as descending,
  j.seqcycle and not coalesce(j.column_is_nearer, false) as cycles,
  coalesce(j.column_is_nearer, false) as column_is_nearer,
  j.readable,
  j.locked,
  j.last is not null as used,
  coalesce(j.last, j.seqstart)::text as at,
  case when j.seqincrement > 0 then j.high else j.low end::text as until,
  case
    when j.seqincrement > 0
      then greatest(0, floor((j.high - coalesce(j.last, j.seqstart)) / j.seqincrement) + case when j.last is null then 1 else 0 end)
    else greatest(0, floor((coalesce(j.last, j.seqstart) - j.low) / -j.seqincrement::numeric) + case when j.last is null then 1 else 0 end)
  end::float8 as remaining,
  least(100, case
    when j.high <= j.low then 100
    when j.seqincrement > 0 then greatest(0, 100 * (coalesce(j.last, j.seqstart) - j.low - case when j.last is null then j.seqincrement else 0 end) / (j.high - j.low))
    else greatest(0, 100 * (j.high - coalesce(j.last, j.seqstart) + case when j.last is null then j.seqincrement else 0 end) / (j.high - j.low))
  end)::float8 as percent,
  case
    when j.column_is_nearer or j.identity and j.column_is_as_near then j.widen  -- an identity's sequence is widened with it
    else case when j.column_is_as_near then j.widen || ' ' else '' end || format('alter sequence %%I.%%I as bigint %%s;', j.nspname, j.relname, case when j.seqincrement > 0 then 'no maxvalue' else 'no minvalue' end)
  end as remedy,
  format('grant select on sequence %%I.%%I to %%I;', j.nspname, j.relname, current_user) as grant_it
from judged as j
order by percent desc, remaining, name;
