-- name: quiet
-- Statements are written for any search path: with this one, all that is not PostgreSQL's own is named with its schema. For this transaction.
select set_config('search_path', 'pg_catalog', true) as path;

-- name: grants
-- Which statements give a relation exactly the rights that another one has, on its columns too?
-- What default privileges gave the new one is taken away first: who was refused the old one must not get the new one. The rights of the owner
-- are among them, because an owner may have taken some from itself. Who had granted them is not kept: afterwards it is the owner.
with source as materialized (
  select
    c.oid,
    c.relowner,
    c.relnamespace,
    coalesce(c.relacl, acldefault('r', c.relowner)) as acl,
    format('%%I.%%I', n.nspname, %(target)s::text) as target
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname = %(schema)s
    and c.relname = %(source)s
), taken as (
  select
    s.target,
    string_agg(distinct who.name, ', ') as names
  from source as s
  cross join lateral (
    select case when x.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end as name
    from pg_default_acl as d
    cross join lateral aclexplode(d.defaclacl) as x
    where d.defaclrole = s.relowner
      and d.defaclobjtype = 'r'
      and d.defaclnamespace in (0, s.relnamespace)
    union
    select quote_ident(pg_get_userbyid(s.relowner))
    union
    select 'public'
  ) as who
  group by s.target
), given as (
  select
    s.target,
    x.grantee,
    x.is_grantable,
    0 as place,
    string_agg(lower(x.privilege_type), ', ' order by x.privilege_type) as what
  from source as s
  cross join lateral aclexplode(s.acl) as x
  group by s.target, x.grantee, x.is_grantable
  union all
  select
    s.target,
    x.grantee,
    x.is_grantable,
    1,
    string_agg(format('%%s (%%I)', lower(x.privilege_type), a.attname), ', ' order by a.attnum, x.privilege_type)
  from source as s
  join pg_attribute as a on a.attrelid = s.oid and a.attnum > 0 and not a.attisdropped
  cross join lateral aclexplode(a.attacl) as x
  group by s.target, x.grantee, x.is_grantable
)
select w.statement
from (
  select
    -1 as place,
    '' as who,
    format('revoke all on %%s from %%s', t.target, t.names) as statement
  from taken as t
  union all
  select
    g.place,
    r.name,
    format('grant %%s on %%s to %%s%%s', g.what, g.target, r.name, case when g.is_grantable and g.grantee <> 0 and r.name <> r.owner then ' with grant option' end)
  from given as g
  cross join source as s
  cross join lateral (
    select
      case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end as name,
      quote_ident(pg_get_userbyid(s.relowner)) as owner
  ) as r
) as w
order by w.place, w.who, w.statement;

-- name: columns
-- Which statements give columns the statistics targets, options, storage and compression that those of another relation have?
-- Only the two options that can be set are told: some builds of PostgreSQL keep marks of their own beside them.
select w.statement
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type as t on t.oid = a.atttypid
cross join lateral (select format('alter %%s %%I.%%I alter column %%I set ', %(kind)s::text, n.nspname, %(target)s::text, a.attname) as head) as made
cross join lateral (
  values
    (1, made.head || 'statistics ' || nullif(a.attstattarget, -1)),
    (2, made.head || '(' || (select string_agg(format('%%I = %%s', split_part(o, '=', 1), split_part(o, '=', 2)), ', ') from unnest(a.attoptions) as o where o ~ '^n_distinct') || ')'),
    (3, made.head || 'storage ' || case when a.attstorage <> t.typstorage then case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end end),
    (4, made.head || 'compression ' || case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end)
) as w (place, statement)
where n.nspname = %(schema)s
  and c.relname = %(source)s
  and w.statement is not null
order by a.attnum, w.place;

-- name: comments
-- Which statements give a relation and its columns the comments that another one has?
select format(
    'comment on %%s is %%L',
    case when d.objsubid = 0 then format('%%s %%I.%%I', %(kind)s::text, n.nspname, %(target)s::text) else format('column %%I.%%I.%%I', n.nspname, %(target)s::text, a.attname) end,
    d.description
  ) as statement
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
join pg_description as d on d.classoid = 'pg_class'::regclass and d.objoid = c.oid
left join pg_attribute as a on a.attrelid = c.oid and a.attnum = d.objsubid
where n.nspname = %(schema)s
  and c.relname = %(source)s
order by d.objsubid;
