-- name: site
-- What is there of a table that is to be partitioned, beside what `unpartitioned` tells, and what could not be carried over?
-- The cutoff is the first of a month, at least one month ahead: until then everything that still reads the old table sees all rows.
with site as materialized (
  select
    c.*,
    n.nspname,
    a.attnum as key_number,
    a.atttypid as key_type,
    date_trunc('month', now() at time zone 'UTC')::date + make_interval(months => %(ahead)s::int) as cutoff
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  join pg_attribute as a on a.attrelid = c.oid and a.attname = %(key)s
  where n.nspname = %(schema)s
    and c.relname = %(name)s
), months as materialized (
  select
    s.cutoff + make_interval(months => g) as low,
    short.name
  from site as s
  cross join generate_series(0, %(months)s::int - 1) as g
  cross join lateral (select to_char(s.cutoff + make_interval(months => g), '"_y"YYYY"m"MM') as suffix) as of
  cross join lateral (
    select case
        when octet_length(s.relname || of.suffix) < 64 then s.relname || of.suffix
        else ('p' || to_char(s.cutoff + make_interval(months => g), 'YYYYMM') || '_' || substr(md5(s.relname), 1, 8) || '_' || s.relname)::name::text
      end as name
  ) as short
), hindering as (
  select 1 as place, 'it is unlogged, which a partitioned table cannot be: `alter table … set logged` first' as why from site as s where s.relpersistence = 'u'
  union all
  select 2, 'it is of a composite type' from site as s where s.reloftype <> 0
  union all
  select 3, 'it has rules: ' || string_agg(r.rulename, ', ' order by r.rulename) from site as s join pg_rewrite as r on r.ev_class = s.oid having count(*) > 0
  union all
  select 4, 'it references itself: ' || string_agg(k.conname, ', ' order by k.conname)
  from site as s
  join pg_constraint as k on k.contype = 'f' and k.conrelid = s.oid and k.confrelid = s.oid
  having count(*) > 0
  union all
  select 5, 'foreign keys or checks that are not validated: ' || string_agg(k.conname, ', ' order by k.conname) || '; `alter table … validate constraint` first'
  from site as s
  join pg_constraint as k on k.conrelid = s.oid and not k.convalidated and k.contype in ('f', 'c', 'n') and k.conname <> 'scout_partition_bound'
  having count(*) > 0
  union all
  select 6, 'checks with NO INHERIT: ' || string_agg(k.conname, ', ' order by k.conname)
  from site as s
  join pg_constraint as k on k.conrelid = s.oid and k.connoinherit and k.contype in ('c', 'n')
  having count(*) > 0
  union all
  select 7, format('unique indexes without %%s that are no constraint: %%s; drop them, or build them with it', %(key)s::text, string_agg(x.relname, ', ' order by x.relname))
  from site as s
  join pg_index as i on i.indrelid = s.oid and i.indisunique and not i.indisexclusion
  join pg_class as x on x.oid = i.indexrelid and x.relname !~ '^scout_convert_[0-9a-f]{16}$'
  where not exists (select from pg_constraint as k where k.conindid = i.indexrelid and k.contype in ('p', 'u'))
    and (not s.key_number = any ((i.indkey::int2[])[0:i.indnkeyatts - 1]))
  having count(*) > 0
  union all
  select 8, 'its replica identity is an index: `alter table … replica identity default`, or full, first' from site as s where s.relreplident = 'i'
  union all
  select 9, 'publications that do not publish by the root, so subscribers would need tables named as the partitions: ' || string_agg(distinct p.pubname, ', ')
    || '; `alter publication … set (publish_via_partition_root)` first'
  from site as s
  join pg_publication as p on not p.pubviaroot
  where p.puballtables
    or exists (select from pg_publication_tables as t where t.pubname = p.pubname and t.schemaname = s.nspname and t.tablename = s.relname)
  having count(*) > 0
  union all
  select 10, 'bound to the old table for good: ' || string_agg(distinct pg_describe_object(d.classid, d.objid, 0), ', ')
  from site as s
  join pg_depend as d
    on (d.refclassid = 'pg_class'::regclass and d.refobjid = s.oid)
    or (d.refclassid = 'pg_type'::regclass and d.refobjid in (s.reltype, (select t.typarray from pg_type as t where t.oid = s.reltype)))
  left join pg_rewrite as r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
  left join pg_policy as p on d.classid = 'pg_policy'::regclass and p.oid = d.objid
  where d.deptype in ('n', 'a')
    and (
      d.classid = 'pg_proc'::regclass
      or (p.oid is not null and p.polrelid <> s.oid)
      or (r.oid is not null and r.rulename <> '_RETURN' and r.ev_class <> s.oid)
      or d.refclassid = 'pg_type'::regclass
    )
  having count(*) > 0
  union all
  select 11, 'views that group by its primary key: ' || string_agg(distinct v.relname, ', ')
  from site as s
  join pg_constraint as k on k.conrelid = s.oid and k.contype in ('p', 'u')
  join pg_depend as d on d.refclassid = 'pg_constraint'::regclass and d.refobjid = k.oid and d.classid = 'pg_rewrite'::regclass
  join pg_rewrite as r on r.oid = d.objid
  join pg_class as v on v.oid = r.ev_class
  having count(*) > 0
  union all
  select 12, 'it has security labels' from site as s where exists (select from pg_seclabel as l where l.classoid = 'pg_class'::regclass and l.objoid = s.oid)
  union all
  select 13, 'it belongs to an extension' from site as s
  where exists (select from pg_depend as d where d.classid = 'pg_class'::regclass and d.objid = s.oid and d.deptype = 'e')
  union all
  select 14, 'names that are needed are taken: ' || string_agg(x.relname, ', ' order by x.relname)
  from site as s
  join pg_class as x on x.relnamespace = s.relnamespace
  where x.relname in (select m.name from months as m)
    or x.relname = case
        when octet_length(s.relname || to_char(s.cutoff, '"_until_y"YYYY"m"MM')) < 64 then s.relname || to_char(s.cutoff, '"_until_y"YYYY"m"MM')
        else ('until_' || substr(md5(s.relname), 1, 8) || '_' || s.relname)::name::text
      end
  having count(*) > 0
  union all
  select 15, format('%%s is no date and no timestamp', %(key)s::text) from site as s
  where s.key_type not in ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
), reading as materialized (
  select distinct
    v.relname,
    v.relkind,
    v.relowner = s.relowner as is_own
  from site as s
  join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = s.oid
  join pg_rewrite as r on r.oid = d.objid and r.rulename = '_RETURN'
  join pg_class as v on v.oid = r.ev_class and v.oid <> s.oid
)
select
  s.oid::bigint as oid,
  s.relname as name,
  legacy.name as legacy,
  pg_get_userbyid(s.relowner) as owner,
  %(key)s::text as key,
  to_char(s.cutoff, 'YYYY-MM-DD') as cutoff,
  array(select m.name from months as m order by m.low) as months,
  to_char(s.cutoff + make_interval(months => %(months)s::int), 'YYYY-MM-DD') as until,
  exists (
    select from pg_locks as l
    where l.relation = s.oid
      and l.mode = 'AccessExclusiveLock'
      and l.database = (select d.oid from pg_database as d where d.datname = current_database())
  ) as locked,
  array(select h.why from hindering as h order by h.place) as hindrances,
  array(select r.relname::text from reading as r where r.relkind = 'm' or not r.is_own order by 1) as left_views,
  array(select r.relname::text from reading as r where r.relkind = 'v' and r.is_own order by 1) as own_views,
  (select count(*) from pg_policy as p where p.polrelid = s.oid)::int as policies,
  (select count(*) from pg_constraint as k where k.conrelid = s.oid and k.contype in ('p', 'u'))::int as keys,
  (
    select count(*)
    from pg_index as i
    where i.indrelid = s.oid
      and i.indisvalid
      and not exists (select from pg_constraint as k where k.conindid = i.indexrelid and k.contype in ('p', 'u'))
      and not exists (select from pg_class as x where x.oid = i.indexrelid and x.relname ~ '^scout_convert_[0-9a-f]{16}$')
  )::int as indexes,
  array(select distinct t.relname::text from pg_constraint as k join pg_class as t on t.oid = k.confrelid where k.conrelid = s.oid and k.contype = 'f' order by 1) as references,
  (select count(*) from pg_trigger as t where t.tgrelid = s.oid and not t.tgisinternal)::int as triggers,
  array(select p.pubname::text from pg_publication_rel as r join pg_publication as p on p.oid = r.prpubid where r.prrelid = s.oid order by 1) as publications,
  array(select a.attname::text from pg_attribute as a where a.attrelid = s.oid and a.attidentity <> '' and not a.attisdropped order by 1) as identity,
  'select coalesce(bool_and(p.relkind = ''p'' and i.inhrelid is not null), false) as ok, coalesce(max(case when p.relkind = ''p'' and i.inhrelid is not null then '
    || '''partitioned, '' || (select count(*) from pg_inherits as h where h.inhparent = p.oid) || '' partitions; all of it was carried over'' else ''not partitioned'' end), ''it is not there'') as found '
    || 'from pg_class as p left join pg_inherits as i on i.inhparent = p.oid and i.inhrelid = ' || s.oid || ' where p.oid = to_regclass('
    || quote_literal(format('%%I.%%I', s.nspname, s.relname)) || ')' as is_partitioned
from site as s
cross join lateral (
  select case
      when octet_length(s.relname || to_char(s.cutoff, '"_until_y"YYYY"m"MM')) < 64 then s.relname || to_char(s.cutoff, '"_until_y"YYYY"m"MM')
      else ('until_' || substr(md5(s.relname), 1, 8) || '_' || s.relname)::name::text
    end as name
) as legacy;

-- name: keys
-- Which primary keys and unique constraints lack the partition key, and how is an index with it built beside each?
select
  k.conname as name,
  made.index,
  case
    when x.oid is null then ''
    when i.indisvalid and i.indisready and i.indrelid = k.conrelid and i.indisunique and alike.is_so then 'valid'
    else 'in the way'
  end as state,
  format(
    'create unique index concurrently %%I on %%I.%%I (%%s, %%I)%%s%%s', made.index, n.nspname, c.relname, columns.keys, %(key)s::text,
    ' include (' || columns.included || ')',
    case when (to_jsonb(o) ->> 'indnullsnotdistinct')::bool then ' nulls not distinct' end
  ) as statement,
  format('drop index concurrently if exists %%I.%%I', n.nspname, made.index) as drop_it,
  'select coalesce(bool_and(i.indisvalid and i.indisready), false) as ok, coalesce(max(case when i.indisvalid and i.indisready then ''valid, '' '
    || '|| pg_size_pretty(pg_relation_size(i.indexrelid)) else ''not valid'' end), ''not there'') as found from pg_index as i where i.indexrelid = to_regclass('
    || quote_literal(format('%%I.%%I', n.nspname, made.index)) || ')' as valid,
  'select ' || made.it || ' is null as ok, case when ' || made.it || ' is null then ''it is gone'' else ''it is still there'' end as found' as is_gone
from pg_constraint as k
join pg_index as o on o.indexrelid = k.conindid
join pg_class as c on c.oid = k.conrelid
join pg_namespace as n on n.oid = c.relnamespace
join pg_attribute as part on part.attrelid = c.oid and part.attname = %(key)s
cross join lateral (select 'scout_convert_' || substr(md5(n.nspname || '.' || c.relname || '.' || k.conname), 1, 16) as index) as name
cross join lateral (select name.index, 'to_regclass(' || quote_literal(format('%%I.%%I', n.nspname, name.index)) || ')' as it) as made
cross join lateral (
  select
    string_agg(quote_ident(a.attname), ', ' order by p.place) filter (where p.place <= o.indnkeyatts) as keys,
    string_agg(quote_ident(a.attname), ', ' order by p.place) filter (where p.place > o.indnkeyatts and a.attnum <> part.attnum) as included,
    array_agg(p.attnum order by p.place) filter (where p.place <= o.indnkeyatts) as numbers
  from unnest(o.indkey::int2[]) with ordinality as p (attnum, place)
  join pg_attribute as a on a.attrelid = c.oid and a.attnum = p.attnum
) as columns
left join pg_class as x on x.relnamespace = c.relnamespace and x.relname = made.index
left join pg_index as i on i.indexrelid = x.oid
cross join lateral (select (i.indkey::int2[])[0:i.indnkeyatts - 1] = columns.numbers || part.attnum as is_so) as alike
where k.conrelid = %(oid)s::bigint::oid
  and k.contype in ('p', 'u')
  and not part.attnum = any (columns.numbers)
order by k.contype, k.conname;

-- name: bound
-- How is it promised that all rows are before the cutoff, so that the table is attached without being read?
select
  case
    when k.oid is null then ''
    when strpos(pg_get_constraintdef(k.oid), quote_literal(made.cutoff)) = 0 then 'other'
    when k.convalidated then 'proven'
    else 'unproven'
  end as state,
  format('alter table %%s add constraint scout_partition_bound check (%%I is not null and %%I < %%L) not valid', made.it, a.attname, a.attname, made.cutoff) as add,
  format('alter table %%s validate constraint scout_partition_bound', made.it) as prove,
  format('alter table %%s drop constraint if exists scout_partition_bound', made.it) as drop_it,
  'do ' || quote_literal(
    format(
      E'begin\n  if exists (select from pg_constraint as k where k.conrelid = %%s and k.conname = ''scout_partition_bound'' and not k.convalidated) then\n    alter table %%s drop constraint scout_partition_bound;\n  end if;\nend',
      c.oid, made.it
    )
  ) as drop_unproven,
  'do ' || quote_literal(
    format(
      E'begin\n  if exists (select from pg_class as c where c.oid = to_regclass(%%L) and c.relkind <> ''p'') then\n    alter table %%s drop constraint if exists scout_partition_bound;\n  end if;\nend',
      made.it, made.it
    )
  ) as take_back,
  format('select count(*) > 0 as ok, case when count(*) > 0 then ''every new row is held to it'' else ''it is not there'' end as found %%s', made.found) as is_there,
  format(
    'select coalesce(bool_and(k.convalidated), false) as ok, case when coalesce(bool_and(k.convalidated), false) then ''every row is before %%s'' else ''not proven: it is dropped again, and the table is as it was'' end as found %%s',
    made.cutoff, made.found
  ) as is_proven,
  format('select count(*) = 0 as ok, case when count(*) = 0 then ''it is gone'' else ''it is still there'' end as found %%s', made.found) as is_gone
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
join pg_attribute as a on a.attrelid = c.oid and a.attname = %(key)s
left join pg_constraint as k on k.conrelid = c.oid and k.conname = 'scout_partition_bound'
cross join lateral (
  select
    format('%%I.%%I', n.nspname, c.relname) as it,
    %(cutoff)s::text || case when a.atttypid = 'timestamptz'::regtype then ' 00:00:00+00' when a.atttypid = 'timestamp'::regtype then ' 00:00:00' else '' end as cutoff,
    format('from pg_constraint as k where k.conrelid = %%s and k.conname = ''scout_partition_bound''', c.oid) as found
) as made
where c.oid = %(oid)s::bigint::oid;

-- name: after
-- What is the newest value at or after the cutoff? Those rows would have no partition.
select to_char({key}::timestamp, 'YYYY-MM-DD') as newest
from {schema}.{name}
where {key} >= %(cutoff)s::text::timestamptz
order by {key} desc
limit 1;
