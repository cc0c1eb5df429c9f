-- name: creations
-- How is the partition of a month made without stopping anybody, and taken away again while it is empty?
-- Departs from the runbook's create table … partition of, which wants the parent exclusively: a table that is attached does not. It is made,
-- given the rights of the parent and attached in one transaction, as the owner; empty as it is, it is not read. Options and persistence are
-- those of the partition that it takes after. With row security on the parent it is closed to everybody but the owner: else it were a way around.
select
  c.relname as parent,
  asked.month,
  named.name as partition,
  exists (select from pg_class as x where x.relnamespace = c.relnamespace and x.relname = named.name) as taken,
  c.relrowsecurity as row_security,
  array(select distinct t.relname::text from pg_constraint as k join pg_class as t on t.oid = k.confrelid where k.conrelid = c.oid and k.contype = 'f' order by 1) as references,
  array[
    format('set local role %%I', pg_get_userbyid(c.relowner)),
    format(
      'create %%stable %%s (like %%s including defaults including generated including storage including compression including constraints)%%s%%s',
      case when l.relpersistence = 'u' then 'unlogged ' end, made.it, made.parent,
      (
        select ' with (' || string_agg(o.part || split_part(o.said, '=', 1) || ' = ' || quote_literal(substr(o.said, strpos(o.said, '=') + 1)), ', ') || ')'
        from (
          select '' as part, unnest(l.reloptions) as said
          union all
          select 'toast.', unnest((select t.reloptions from pg_class as t where t.oid = l.reltoastrelid))
        ) as o
      ),
      (select format(' tablespace %%I', t.spcname) from pg_tablespace as t where t.oid = c.reltablespace)
    )
  ] as before,
  array_remove(
    array[
      case when c.relrowsecurity then format('revoke all on %%s from public%%s', made.it, ', ' || closed.names) end,
      case when c.relrowsecurity then format('alter table %%s enable row level security', made.it) end,
      case when c.relforcerowsecurity then format('alter table %%s force row level security', made.it) end,
      case when c.relreplident in ('f', 'n') then format('alter table %%s replica identity %%s', made.it, case c.relreplident when 'f' then 'full' else 'nothing' end) end,
      format('alter table %%s attach partition %%s for values from (%%L) to (%%L)', made.parent, made.it, made.low, made.high)
    ], null
  ) as after,
  format(
    'select coalesce(bool_and(h.inhrelid is not null), false) as ok, coalesce(max(case when h.inhrelid is null then ''it is not attached'' else lower(pg_get_expr(x.relpartbound, x.oid)) end), ''it is not there'') as found '
      || 'from pg_class as x left join pg_inherits as h on h.inhrelid = x.oid and h.inhparent = %%s where x.oid = to_regclass(%%L)',
    c.oid, made.it
  ) as attached,
  array[
    format('set local role %%I', pg_get_userbyid(c.relowner)),
    format('lock table only %%s in access exclusive mode', made.parent),
    format('lock table %%s in access exclusive mode', made.it),
    'do ' || quote_literal(format(E'begin\n  if exists (select from %%s) then\n    raise exception ''it has rows, so it stays'';\n  end if;\nend', made.it)),
    format('alter table %%s detach partition %%s', made.parent, made.it),
    format('drop table %%s', made.it)
  ] as undo,
  format('select to_regclass(%%L) is null as ok, case when to_regclass(%%L) is null then ''it is gone'' else ''it is still there'' end as found', made.it, made.it) as undone
from unnest(%(parents)s::bigint[], %(months)s::text[], %(called)s::text[], %(likes)s::bigint[]) with ordinality as asked (parent, month, name, "like", place)
cross join lateral (select (asked.month || '-01')::date as month) as wanted
join pg_class as c on c.oid = asked.parent::oid
join pg_namespace as n on n.oid = c.relnamespace
join pg_partitioned_table as p on p.partrelid = c.oid
join pg_attribute as a on a.attrelid = c.oid and a.attnum = p.partattrs[0]
left join pg_class as l on l.oid = asked."like"::oid and l.relkind = 'r'
cross join lateral (select to_char(wanted.month, '"_y"YYYY"m"MM') as suffix) as of
cross join lateral (
  select case
      when asked.name <> '' and octet_length(asked.name) < 64 then asked.name
      when octet_length(c.relname || of.suffix) < 64 then c.relname || of.suffix
      else ('p' || to_char(wanted.month, 'YYYYMM') || '_' || substr(md5(c.relname), 1, 8) || '_' || c.relname)::name::text
    end as name
) as named
cross join lateral (
  select
    format('%%I.%%I', n.nspname, named.name) as it,
    format('%%I.%%I', n.nspname, c.relname) as parent,
    to_char(wanted.month, 'YYYY-MM-DD') || case when a.atttypid = 'timestamptz'::regtype then ' 00:00:00+00' else '' end as low,
    to_char(wanted.month + interval '1 month', 'YYYY-MM-DD') || case when a.atttypid = 'timestamptz'::regtype then ' 00:00:00+00' else '' end as high
) as made
cross join lateral (
  select string_agg(distinct quote_ident(pg_get_userbyid(x.grantee)), ', ') as names
  from pg_default_acl as d
  cross join lateral aclexplode(d.defaclacl) as x
  where d.defaclrole = c.relowner
    and d.defaclobjtype = 'r'
    and d.defaclnamespace in (0, c.relnamespace)
    and x.grantee not in (0, c.relowner)
) as closed
order by asked.place;
