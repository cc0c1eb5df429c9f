-- name: before
-- How does the old table make room: its keys with the partition key, its names, its place?
-- From the lock on nobody reads or writes until the end; all of it takes milliseconds, because nothing is copied, read or built.
with site as materialized (
  select
    c.oid,
    c.relname,
    n.nspname,
    format('%%I.%%I', n.nspname, c.relname) as it,
    format('%%I.%%I', n.nspname, %(legacy)s::text) as legacy,
    pg_get_userbyid(c.relowner) as owner
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  where c.oid = %(oid)s::bigint::oid
), keyed as materialized (
  select
    k.oid,
    k.conname,
    k.contype,
    k.condeferrable,
    k.condeferred,
    k.conindid,
    'scout_convert_' || substr(md5(s.nspname || '.' || s.relname || '.' || k.conname), 1, 16) as index,
    exists (
      select from pg_index as i
      join pg_attribute as a on a.attrelid = s.oid and a.attname = %(key)s
      where i.indexrelid = k.conindid
        and a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1])
    ) as is_fit
  from site as s
  join pg_constraint as k on k.conrelid = s.oid and k.contype in ('p', 'u')
)
select w.statement
from site as s
cross join lateral (
  select 1 as place, '' as name, format('set local role %%I', s.owner) as statement
  union all
  select 2, '', format('lock table %%s in access exclusive mode', s.it)
  union all
  select 3, k.conname, format('alter table %%s drop constraint %%I', s.it, k.conname) from keyed as k where not k.is_fit
  union all
  select 4, k.conname, format(
    'alter table %%s add constraint %%I %%s using index %%I%%s', s.it, k.conname, case k.contype when 'p' then 'primary key' else 'unique' end, k.index,
    case when k.condeferrable then ' deferrable' || case when k.condeferred then ' initially deferred' else '' end end
  )
  from keyed as k
  where not k.is_fit
  union all
  select 5, k.conname, format('alter table %%s rename constraint %%I to %%I', s.it, k.conname, old.name)
  from keyed as k
  cross join lateral (select ('old_' || substr(md5(k.conname), 1, 8) || '_' || k.conname)::name::text as name) as old
  union all
  select 6, x.relname, format('alter index %%I.%%I rename to %%I', s.nspname, x.relname, ('old_' || substr(md5(x.relname), 1, 8) || '_' || x.relname)::name::text)
  from pg_index as i
  join pg_class as x on x.oid = i.indexrelid
  where i.indrelid = s.oid
    and i.indisvalid
    and not i.indexrelid in (select k.conindid from keyed as k)
    and not x.relname in (select k.index from keyed as k)
  union all
  select 7, e.stxname, format('alter statistics %%I.%%I rename to %%I', home.nspname, e.stxname, ('old_' || substr(md5(e.stxname), 1, 8) || '_' || e.stxname)::name::text)
  from pg_statistic_ext as e
  join pg_namespace as home on home.oid = e.stxnamespace
  where e.stxrelid = s.oid
  union all
  select 8, q.relname, format('alter sequence %%I.%%I rename to %%I', home.nspname, q.relname, ('old_' || substr(md5(q.relname), 1, 8) || '_' || q.relname)::name::text)
  from pg_depend as d
  join pg_class as q on q.oid = d.objid and q.relkind = 'S'
  join pg_namespace as home on home.oid = q.relnamespace
  where d.classid = 'pg_class'::regclass
    and d.refclassid = 'pg_class'::regclass
    and d.refobjid = s.oid
    and d.deptype = 'i'
  union all
  select 9, '', format('alter table %%s rename to %%I', s.it, %(legacy)s::text)
) as w
order by w.place, w.name;

-- name: parent
-- How is the new table made, with sequences, checks, keys, indexes, foreign keys, row security, statistics, and the triggers of the old one?
-- What is written here names the table as it is named now, which is the new one's name by then.
with site as materialized (
  select
    c.oid,
    c.relname,
    c.relrowsecurity,
    c.relforcerowsecurity,
    n.nspname,
    format('%%I.%%I', n.nspname, c.relname) as it,
    format('%%I.%%I', n.nspname, %(legacy)s::text) as legacy,
    (select format(' tablespace %%I', t.spcname) from pg_tablespace as t where t.oid = c.reltablespace) as tablespace
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  where c.oid = %(oid)s::bigint::oid
), numbered as materialized (
  select
    a.attname,
    a.attidentity,
    d.deptype,
    q.oid,
    q.relname,
    home.nspname,
    format('%%I.%%I', home.nspname, q.relname) as it,
    format('%%I.%%I', home.nspname, ('old_' || substr(md5(q.relname), 1, 8) || '_' || q.relname)::name::text) as old,
    p.*,
    coalesce(q.relacl, acldefault('s', q.relowner)) as acl,
    pg_get_userbyid(q.relowner) as owner
  from site as s
  join pg_depend as d on d.refclassid = 'pg_class'::regclass and d.refobjid = s.oid and d.classid = 'pg_class'::regclass and d.deptype in ('i', 'a')
  join pg_class as q on q.oid = d.objid and q.relkind = 'S'
  join pg_namespace as home on home.oid = q.relnamespace
  join pg_sequence as p on p.seqrelid = q.oid
  join pg_attribute as a on a.attrelid = s.oid and a.attnum = d.refobjsubid
), keyed as materialized (
  select
    k.conname,
    pg_get_constraintdef(k.oid) as said,
    k.contype,
    k.condeferrable,
    k.condeferred,
    i.indnkeyatts,
    coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false) as is_strict,
    part.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1]) as is_fit,
    (
      select string_agg(quote_ident(a.attname), ', ' order by p.place)
      from unnest(i.indkey::int2[]) with ordinality as p (attnum, place)
      join pg_attribute as a on a.attrelid = s.oid and a.attnum = p.attnum
      where p.place <= i.indnkeyatts
    ) as columns,
    (
      select string_agg(quote_ident(a.attname), ', ' order by p.place)
      from unnest(i.indkey::int2[]) with ordinality as p (attnum, place)
      join pg_attribute as a on a.attrelid = s.oid and a.attnum = p.attnum
      where p.place > i.indnkeyatts
        and a.attnum <> part.attnum
    ) as included
  from site as s
  join pg_constraint as k on k.conrelid = s.oid and k.contype in ('p', 'u')
  join pg_index as i on i.indexrelid = k.conindid
  join pg_attribute as part on part.attrelid = s.oid and part.attname = %(key)s
), indexed as materialized (
  select
    x.oid,
    x.relname,
    pg_get_indexdef(x.oid) as said
  from site as s
  join pg_index as i on i.indrelid = s.oid and i.indisvalid
  join pg_class as x on x.oid = i.indexrelid
  where x.relname !~ '^scout_convert_[0-9a-f]{16}$'
    and not exists (select from pg_constraint as k where k.conindid = i.indexrelid and k.contype in ('p', 'u'))
), policed as materialized (
  select
    p.oid,
    p.polname,
    format(
      'create policy %%I on %%s as %%s for %%s to %%s%%s%%s', p.polname, s.it, case when p.polpermissive then 'permissive' else 'restrictive' end,
      case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
      (select string_agg(case when r.role = 0 then 'public' else quote_ident(pg_get_userbyid(r.role)) end, ', ') from unnest(p.polroles) as r (role)),
      ' using (' || pg_get_expr(p.polqual, p.polrelid) || ')', ' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'
    ) as said
  from site as s
  join pg_policy as p on p.polrelid = s.oid
), triggered as materialized (
  select
    t.oid,
    t.tgname,
    t.tgenabled,
    pg_get_triggerdef(t.oid) as said
  from site as s
  join pg_trigger as t on t.tgrelid = s.oid and not t.tgisinternal
)
select w.statement
from site as s
cross join lateral (
  select 1 as place, '' as name, format(
    'create table %%s (like %%s including defaults including generated including storage including compression) partition by range (%%I)%%s', s.it, s.legacy, %(key)s::text, s.tablespace
  ) as statement
  union all
  select 2, q.relname, format(
    'alter table %%s alter column %%I add generated %%s as identity (sequence name %%s increment by %%s minvalue %%s maxvalue %%s start with %%s cache %%s%%s)', s.it, q.attname,
    case q.attidentity when 'a' then 'always' else 'by default' end, q.it, q.seqincrement, q.seqmin, q.seqmax, q.seqstart, q.seqcache, case when q.seqcycle then ' cycle' end
  )
  from numbered as q
  where q.deptype = 'i'
  union all
  select 3, q.relname, format('select setval(%%L, o.last_value, o.is_called) from %%s as o', q.it, q.old) from numbered as q where q.deptype = 'i'
  union all
  select 4, q.relname, format('revoke all on sequence %%s from public, %%s', q.it, coalesce(
    (
      select string_agg(distinct quote_ident(pg_get_userbyid(x.grantee)), ', ')
      from pg_default_acl as d
      cross join lateral aclexplode(d.defaclacl) as x
      where d.defaclobjtype = 'S' and x.grantee <> 0
    ) || ', ', '') || quote_ident(q.owner))
  from numbered as q
  where q.deptype = 'i'
  union all
  select 5, q.relname, format('grant %%s on sequence %%s to %%s%%s', lower(x.privilege_type), q.it, case when x.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end,
    case when x.is_grantable and pg_get_userbyid(x.grantee) <> q.owner then ' with grant option' end)
  from numbered as q
  cross join lateral aclexplode(q.acl) as x
  where q.deptype = 'i'
  union all
  select 5, q.relname || ' comment', format('comment on sequence %%s is %%L', q.it, obj_description(q.oid, 'pg_class'))
  from numbered as q
  where q.deptype = 'i'
    and obj_description(q.oid, 'pg_class') is not null
  union all
  select 6, q.relname, format('alter table %%s alter column %%I drop identity', s.legacy, q.attname) from numbered as q where q.deptype = 'i'
  union all
  select 7, q.relname, format('alter sequence %%s owned by %%s.%%I', q.it, s.it, q.attname) from numbered as q where q.deptype = 'a'
  union all
  select 8, k.conname, format('alter table %%s add constraint %%I %%s', s.it, k.conname, pg_get_constraintdef(k.oid))
  from pg_constraint as k
  where k.conrelid = s.oid
    and k.contype = 'c'
    and k.conname <> 'scout_partition_bound'
  union all
  select 9, k.conname, format('alter table %%s add constraint %%I ', s.it, k.conname) || case
      when k.is_fit then k.said
      else format(
        '%%s%%s (%%s, %%I)%%s%%s', case k.contype when 'p' then 'primary key' else 'unique' end, case when k.is_strict then ' nulls not distinct' end, k.columns, %(key)s::text,
        ' include (' || k.included || ')', case when k.condeferrable then ' deferrable' || case when k.condeferred then ' initially deferred' else '' end end
      )
    end
  from keyed as k
  union all
  select 10, i.relname, i.said from indexed as i
  union all
  select 11, i.relname, format('comment on index %%I.%%I is %%L', s.nspname, i.relname, obj_description(i.oid, 'pg_class'))
  from indexed as i
  where obj_description(i.oid, 'pg_class') is not null
  union all
  select 11, i.relname || a.attnum, format('alter index %%I.%%I alter column %%s set statistics %%s', s.nspname, i.relname, a.attnum, a.attstattarget)
  from indexed as i
  join pg_attribute as a on a.attrelid = i.oid and a.attstattarget >= 0
  union all
  select 12, k.conname, format('alter table %%s add constraint %%I %%s', s.it, k.conname, pg_get_constraintdef(k.oid))
  from pg_constraint as k
  where k.conrelid = s.oid
    and k.contype = 'f'
  union all
  select 13, k.conname, format('comment on constraint %%I on %%s is %%L', k.conname, s.it, obj_description(k.oid, 'pg_constraint'))
  from pg_constraint as k
  where k.conrelid = s.oid
    and k.contype in ('p', 'u', 'c', 'f')
    and k.conname <> 'scout_partition_bound'
    and obj_description(k.oid, 'pg_constraint') is not null
  union all
  select 14, '', format('alter table %%s enable row level security', s.it) where s.relrowsecurity
  union all
  select 14, 'force', format('alter table %%s force row level security', s.it) where s.relforcerowsecurity
  union all
  select 15, p.polname, p.said from policed as p
  union all
  select 16, p.polname, format('comment on policy %%I on %%s is %%L', p.polname, s.it, obj_description(p.oid, 'pg_policy'))
  from policed as p
  where obj_description(p.oid, 'pg_policy') is not null
  union all
  select 17, t.tgname, format('drop trigger %%I on %%s', t.tgname, s.legacy) from triggered as t
  union all
  select 18, t.tgname, t.said from triggered as t
  union all
  select 19, t.tgname, format('comment on trigger %%I on %%s is %%L', t.tgname, s.it, obj_description(t.oid, 'pg_trigger'))
  from triggered as t
  where obj_description(t.oid, 'pg_trigger') is not null
  union all
  select 20, e.stxname, pg_get_statisticsobjdef(e.oid) from pg_statistic_ext as e where e.stxrelid = s.oid
  union all
  select 21, e.stxname, format('alter statistics %%I.%%I set statistics ', home.nspname, e.stxname) || nullif((to_jsonb(e) ->> 'stxstattarget')::int, -1)
  from pg_statistic_ext as e
  join pg_namespace as home on home.oid = e.stxnamespace
  where e.stxrelid = s.oid
  union all
  select 22, e.stxname, format('comment on statistics %%I.%%I is ', home.nspname, e.stxname) || quote_literal(obj_description(e.oid, 'pg_statistic_ext'))
  from pg_statistic_ext as e
  join pg_namespace as home on home.oid = e.stxnamespace
  where e.stxrelid = s.oid
) as w
where w.statement is not null
order by w.place, w.name;

-- name: attach
-- How does the old table become the first partition, and how do the next ones, the publications and the views follow?
-- A new partition gets the options of the old table. With row security it is closed to everybody but its owner: else it were a way around.
with site as materialized (
  select
    c.oid,
    c.relowner,
    c.relrowsecurity,
    c.relforcerowsecurity,
    c.relreplident,
    c.relnamespace,
    n.nspname,
    format('%%I.%%I', n.nspname, c.relname) as it,
    format('%%I.%%I', n.nspname, %(legacy)s::text) as legacy,
    case a.atttypid when 'timestamptz'::regtype then ' 00:00:00+00' when 'timestamp'::regtype then ' 00:00:00' else '' end as midnight,
    (
      select ' with (' || string_agg(o.part || split_part(o.said, '=', 1) || ' = ' || quote_literal(substr(o.said, strpos(o.said, '=') + 1)), ', ') || ')'
      from (
        select '' as part, unnest(c.reloptions) as said
        union all
        select 'toast.', unnest((select t.reloptions from pg_class as t where t.oid = c.reltoastrelid))
      ) as o
    ) as options
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  join pg_attribute as a on a.attrelid = c.oid and a.attname = %(key)s
  where c.oid = %(oid)s::bigint::oid
), months as materialized (
  select
    m.name,
    format('%%I.%%I', s.nspname, m.name) as it,
    to_char(%(cutoff)s::text::date + make_interval(months => m.place::int - 1), 'YYYY-MM-DD') || s.midnight as low,
    to_char(%(cutoff)s::text::date + make_interval(months => m.place::int), 'YYYY-MM-DD') || s.midnight as high
  from site as s
  cross join unnest(%(months)s::text[]) with ordinality as m (name, place)
), closed as materialized (
  select string_agg(distinct who.name, ', ') as names
  from site as s
  cross join lateral (
    select case when x.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end as name
    from pg_default_acl as d
    cross join lateral aclexplode(d.defaclacl) as x
    where d.defaclrole = s.relowner
      and d.defaclobjtype = 'r'
      and d.defaclnamespace in (0, s.relnamespace)
      and x.grantee <> s.relowner
    union
    select 'public'
  ) as who
), published as materialized (
  select
    p.pubname,
    s.it,
    s.legacy,
    case
      when to_jsonb(r) ->> 'prattrs' is not null then (
        select ' (' || string_agg(quote_ident(a.attname), ', ' order by a.attnum) || ')'
        from pg_attribute as a
        where a.attrelid = s.oid
          and a.attnum::text = any (regexp_split_to_array(btrim(to_jsonb(r) ->> 'prattrs', '[] '), '[ ,]+'))
      )
    end as columns,
    (
      select ' where (' || (to_jsonb(t) ->> 'rowfilter') || ')'
      from pg_publication_tables as t
      where t.pubname = p.pubname
        and format('%%I.%%I', t.schemaname, t.tablename) = s.it
    ) as filter
  from site as s
  join pg_publication_rel as r on r.prrelid = s.oid
  join pg_publication as p on p.oid = r.prpubid
)
select w.statement
from site as s
cross join lateral (
  select 1 as place, '' as name, format('alter table %%s attach partition %%s for values from (minvalue) to (%%L)', s.it, s.legacy, %(cutoff)s::text || s.midnight) as statement
  union all
  select 2, '', format('alter table %%s drop constraint scout_partition_bound', s.legacy)
  union all
  select 3, m.name, format('create table %%s partition of %%s for values from (%%L) to (%%L)%%s', m.it, s.it, m.low, m.high, s.options) from months as m
  union all
  select 4, m.name, format('revoke all on %%s from %%s', m.it, c.names) from months as m cross join closed as c where s.relrowsecurity
  union all
  select 5, m.name, format('alter table %%s enable row level security', m.it) from months as m where s.relrowsecurity
  union all
  select 5, m.name || ' force', format('alter table %%s force row level security', m.it) from months as m where s.relforcerowsecurity
  union all
  select 6, one.it, format('alter table %%s replica identity %%s', one.it, case s.relreplident when 'f' then 'full' else 'nothing' end)
  from (select m.it from months as m union all select s.it) as one
  where s.relreplident in ('f', 'n')
  union all
  select 7, t.tgname, format('alter table %%s %%s trigger %%I', s.it, case t.tgenabled when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always' end, t.tgname)
  from pg_trigger as t
  where t.tgrelid = s.oid
    and not t.tgisinternal
    and t.tgenabled <> 'O'
  union all
  select 8, p.pubname, format('alter publication %%I drop table %%s', p.pubname, p.legacy) from published as p
  union all
  select 9, p.pubname, format('alter publication %%I add table %%s%%s%%s', p.pubname, p.it, p.columns, p.filter) from published as p
  union all
  select 10, v.relname, format(
    E'create or replace view %%I.%%I%%s as\n%%s', home.nspname, v.relname,
    ' with (' || (select string_agg(split_part(o, '=', 1) || ' = ' || quote_literal(split_part(o, '=', 2)), ', ') from unnest(v.reloptions) as o) || ')',
    rtrim(pg_get_viewdef(v.oid), '; ')
  )
  from pg_class as v
  join pg_namespace as home on home.oid = v.relnamespace
  where v.relkind = 'v'
    and v.relowner = s.relowner
    and exists (
      select from pg_rewrite as r
      join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
      where r.ev_class = v.oid
        and d.refclassid = 'pg_class'::regclass
        and d.refobjid = s.oid
    )
) as w
order by w.place, w.name;

-- name: left_behind
-- What of the old table was not carried over? Asked inside of the transaction: anything that is found undoes all of it.
-- Whatever somebody gave the table after the plan was made is found here too.
with site as materialized (
  select
    quote_literal(format('%%I.%%I', n.nspname, c.relname)) as it,
    quote_literal(format('%%I.%%I', n.nspname, %(legacy)s::text)) as legacy
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  where c.oid = %(oid)s::bigint::oid
), question as (
  select $left$
  select string_agg(w.what, ', ')
  from pg_class as t
  join pg_class as l on l.oid = %%2$s::regclass
  cross join lateral (
    select 'owner' as what where t.relowner <> l.relowner
    union all select 'row security' where (t.relrowsecurity, t.relforcerowsecurity) <> (l.relrowsecurity, l.relforcerowsecurity)
    union all select 'replica identity' where t.relreplident <> l.relreplident
    union all select 'rights' where
      array(select (x.grantee, x.privilege_type, x.is_grantable)::text from aclexplode(coalesce(t.relacl, acldefault('r', t.relowner))) as x order by 1)
      <> array(select (x.grantee, x.privilege_type, x.is_grantable)::text from aclexplode(coalesce(l.relacl, acldefault('r', l.relowner))) as x order by 1)
    union all select 'column ' || coalesce(a.attname, b.attname) from (select * from pg_attribute as c where c.attrelid = l.oid and c.attnum > 0 and not c.attisdropped) as a
      full join (select * from pg_attribute as c where c.attrelid = t.oid and c.attnum > 0 and not c.attisdropped) as b on b.attname = a.attname
      where (a.atttypid, a.atttypmod, a.attnotnull, a.attgenerated, a.attcollation) is distinct from (b.atttypid, b.atttypmod, b.attnotnull, b.attgenerated, b.attcollation)
        or array(select (x.grantee, x.privilege_type, x.is_grantable)::text from aclexplode(a.attacl) as x order by 1)
        <> array(select (x.grantee, x.privilege_type, x.is_grantable)::text from aclexplode(b.attacl) as x order by 1)
    union all select 'policy ' || p.polname from pg_policy as p where p.polrelid = l.oid and not exists (
      select from pg_policy as q where q.polrelid = t.oid and q.polname = p.polname and (q.polcmd, q.polpermissive, q.polroles) = (p.polcmd, p.polpermissive, p.polroles)
        and (q.polqual is null, q.polwithcheck is null) = (p.polqual is null, p.polwithcheck is null))
    union all select 'constraint ' || k.conname from pg_constraint as k where k.conrelid = l.oid
      and (k.contype in ('p', 'u', 'f', 'x') and k.conparentid = 0 or k.contype = 'c' and k.coninhcount = 0)
    union all select 'index ' || x.relname from pg_index as i join pg_class as x on x.oid = i.indexrelid
      where i.indrelid = l.oid and i.indisvalid and not exists (select from pg_inherits as h where h.inhrelid = i.indexrelid)
    union all select 'validity of index ' || x.relname from pg_index as i join pg_class as x on x.oid = i.indexrelid where i.indrelid = t.oid and not i.indisvalid
    union all select 'trigger ' || g.tgname from pg_trigger as g where g.tgrelid = l.oid and not g.tgisinternal and g.tgparentid = 0
    union all select 'publication ' || u.pubname from pg_publication_rel as r join pg_publication as u on u.oid = r.prpubid where r.prrelid = l.oid
    union all select 'statistics' where (select count(*) from pg_statistic_ext as e where e.stxrelid = l.oid) <> (select count(*) from pg_statistic_ext as e where e.stxrelid = t.oid)
    union all select 'sequence ' || q.relname from pg_depend as d join pg_class as q on q.oid = d.objid and q.relkind = 'S'
      where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = l.oid
  ) as w
  where t.oid = %%1$s::regclass$left$ as text
)
select 'do ' || quote_literal(
    E'declare\n  missing text := (' || format(q.text, s.it, s.legacy)
      || E');\nbegin\n  if missing is not null then\n    raise exception ''not carried over, so all of it is undone: %%'', missing;\n  end if;\nend'
  ) as statement
from site as s
cross join question as q;
