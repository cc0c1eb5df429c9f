-- name: view
-- What is a materialized view, what hinders that it is built anew, and what did an earlier attempt leave?
-- Names that differ in case only are found. What is built aside has a name of Scout's own, made from the view's.
select
  c.oid::bigint as oid,
  c.relname as name,
  aside.name as aside,
  old.name as old,
  pg_get_userbyid(c.relowner) as owner,
  c.relispopulated as populated,
  pages.size,
  case
    when a.oid is null then ''
    when a.relkind = 'm' and obj_description(a.oid, 'pg_class') like 'Scout built this %%' then 'ours'
    else 'taken'
  end as left_aside,
  exists (select from pg_class as x where x.relnamespace = c.relnamespace and x.relname = old.name) as old_taken,
  array(
    select distinct l.pid
    from pg_locks as l
    where l.relation = c.oid
      and l.pid <> pg_backend_pid()
      and l.mode in ('ExclusiveLock', 'AccessExclusiveLock')
      and l.database = (select d.oid from pg_database as d where d.datname = current_database())
  ) as busy,
  array(
    select distinct case
        when r.oid is null then pg_describe_object(d.classid, d.objid, 0)
        else case v.relkind when 'm' then 'materialized view ' else 'view ' end || v.relname
      end
    from pg_depend as d
    left join pg_rewrite as r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
    left join pg_class as v on v.oid = r.ev_class
    left join pg_class as i on d.classid = 'pg_class'::regclass and i.oid = d.objid and i.relkind in ('i', 'I')
    where (
        (d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid)
        or (d.refclassid = 'pg_type'::regclass and d.refobjid in (c.reltype, (select t.typarray from pg_type as t where t.oid = c.reltype)))
      )
      and d.deptype <> 'i'
      and i.oid is null
      and d.classid <> 'pg_statistic_ext'::regclass
      and r.ev_class is distinct from c.oid
    order by 1
  ) as read_by,
  array(
    select x.relname::text
    from pg_index as i
    join pg_class as x on x.oid = i.indexrelid
    where i.indrelid = c.oid
      and not i.indisvalid
    order by 1
  ) as invalid,
  array(
    select x.relname::text
    from pg_index as i
    join pg_class as x on x.oid = i.indexrelid
    where i.indrelid = c.oid
      and i.indisvalid
    order by 1
  ) as indexes,
  exists (select from pg_seclabel as s where s.classoid = 'pg_class'::regclass and s.objoid = c.oid) as labelled,
  exists (select from pg_depend as d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') as of_extension,
  format('drop materialized view if exists %%I.%%I', n.nspname, aside.name) as drop_left,
  'select ' || made.aside || ' is null as ok, case when ' || made.aside || ' is null then ''it is gone'' else ''it is still there'' end as found' as left_is_gone,
  'select coalesce(bool_and(c.relispopulated), false) as ok, coalesce(max(''built, '' || pg_size_pretty(pg_total_relation_size(c.oid)) || '', about '' '
    || '|| to_char(greatest(c.reltuples, 0), ''FM999,999,999,990'') || '' rows''), ''it is not there'') as found from pg_class as c where c.oid = ' || made.aside as is_built,
  'select ' || made.replaced || ' as ok, case when ' || made.replaced || ' then ''rebuilt: '' || pg_size_pretty(pg_total_relation_size(' || made.it
    || ')) || '' instead of ' || pg_size_pretty(pages.size) || ''' else ''still the old one'' end as found' as is_replaced,
  'select ' || made.replaced || ' and ' || made.aside || ' is null as ok, case when not ' || made.replaced
    || ' then ''the old view stays as it was, and what was built is dropped'' when ' || made.aside
    || ' is null then ''rebuilt, and nothing is left aside'' else ''rebuilt, but something is left aside'' end as found' as is_confirmed
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
cross join lateral (select 'scout_rebuild_' || substr(md5(n.nspname || '.' || c.relname), 1, 16) as name) as aside
cross join lateral (select 'scout_replaced_' || substr(md5(n.nspname || '.' || c.relname), 1, 16) as name) as old
left join pg_class as a on a.relnamespace = c.relnamespace and a.relname = aside.name
cross join lateral (
  select (
      c.relpages::bigint
      + coalesce((select t.relpages from pg_class as t where t.oid = c.reltoastrelid), 0)
      + coalesce((select sum(x.relpages) from pg_index as i join pg_class as x on x.oid = i.indexrelid where i.indrelid = c.oid), 0)
    ) * current_setting('block_size')::bigint as size
) as pages
cross join lateral (
  select
    'to_regclass(' || quote_literal(format('%%I.%%I', n.nspname, c.relname)) || ')' as it,
    'to_regclass(' || quote_literal(format('%%I.%%I', n.nspname, aside.name)) || ')' as aside,
    format(
      'exists (select from pg_class as c where c.oid = to_regclass(%%L) and c.oid <> %%s and c.relispopulated and %%L::text[] = '
        || 'array(select x.relname::text from pg_index as i join pg_class as x on x.oid = i.indexrelid where i.indrelid = c.oid order by 1))',
      format('%%I.%%I', n.nspname, c.relname),
      c.oid,
      array(select x.relname::text from pg_index as i join pg_class as x on x.oid = i.indexrelid where i.indrelid = c.oid and i.indisvalid order by 1)
    ) as replaced
) as made
where n.nspname = %(schema)s
  and c.relkind = 'm'
  and lower(c.relname) = lower(%(name)s)
order by c.relname = %(name)s desc, c.relname
limit 1;

-- name: lock
-- How is a refresh of the same view by Scout kept away, and everything made to belong to the owner?
-- The key is that of `refresh`: 1935897460 in its upper half, the view's oid in the lower one.
select unnest(
    array[
      'set local role ' || quote_ident(pg_get_userbyid(c.relowner)),
      'do ' || quote_literal(
        format(
          E'begin\n  if not pg_try_advisory_xact_lock(%%s) then\n    raise exception ''a refresh or a rebuild of it is under way'';\n  end if;\nend',
          (1935897460::bigint << 32) + c.oid::bigint
        )
      )
    ]
  ) as statement
from pg_class as c
where c.oid = %(oid)s::bigint::oid;

-- name: create
-- How is the view built aside, with its definition word for word, and with its indexes?
-- The transaction of its row in pg_class tells a refresh that comes between: it is kept until the end, when the comment is made of it.
select
  unnest(
    array[
      format('select set_config(''scout.seen'', (select c.xmin::text from pg_class as c where c.oid = %%s), true)', c.oid),
      concat(
        format('create materialized view %%I.%%I using %%I', n.nspname, %(aside)s::text, am.amname),
        ' with (' || options.said || ')',
        (select format(' tablespace %%I', s.spcname) from pg_tablespace as s where s.oid = c.reltablespace),
        E' as\n', rtrim(pg_get_viewdef(c.oid), '; '), E'\nwith data'
      )
    ]
  ) as statement
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
join pg_am as am on am.oid = c.relam
left join pg_class as t on t.oid = c.reltoastrelid
cross join lateral (
  select string_agg(o.part || split_part(o.said, '=', 1) || ' = ' || quote_literal(substr(o.said, strpos(o.said, '=') + 1)), ', ') as said
  from (
    select '' as part, unnest(c.reloptions) as said
    union all
    select 'toast.', unnest(t.reloptions)
  ) as o
) as options
where c.oid = %(oid)s::bigint::oid;

-- name: indexes
-- How are its valid indexes built on what is aside, under names of Scout's own, with what belongs to them?
select w.statement
from pg_index as i
join pg_class as x on x.oid = i.indexrelid
join pg_class as c on c.oid = i.indrelid
join pg_namespace as n on n.oid = c.relnamespace
cross join lateral (
  select
    case when i.indisunique then 'CREATE UNIQUE INDEX ' else 'CREATE INDEX ' end || quote_ident(x.relname) || format(' ON %%I.%%I ', n.nspname, c.relname) as head,
    format('scout_rebuild_%%s', substr(md5(n.nspname || '.' || x.relname), 1, 16)) as name
) as made
cross join lateral (
  select
    1 as place,
    case when i.indisunique then 'create unique index ' else 'create index ' end || made.name || format(' on %%I.%%I ', n.nspname, %(aside)s::text)
      || substr(pg_get_indexdef(x.oid), length(made.head) + 1) as statement
  union all
  select 2, format('alter index %%I.%%I set tablespace %%I', n.nspname, made.name, s.spcname) from pg_tablespace as s where s.oid = x.reltablespace
  union all
  select 3, format('alter index %%I.%%I alter column %%s set statistics %%s', n.nspname, made.name, a.attnum, a.attstattarget)
  from pg_attribute as a
  where a.attrelid = x.oid
    and a.attstattarget >= 0
  union all
  select 4, format('comment on index %%I.%%I is %%L', n.nspname, made.name, d.description)
  from pg_description as d
  where d.classoid = 'pg_class'::regclass
    and d.objoid = x.oid
    and d.objsubid = 0
  union all
  select 5, format('alter materialized view %%I.%%I cluster on %%I', n.nspname, %(aside)s::text, made.name)
  where i.indisclustered
) as w
where i.indrelid = %(oid)s::bigint::oid
  and i.indisvalid
order by x.relname, w.place;

-- name: statistics
-- How do its extended statistics come to what is aside, under names of Scout's own?
select w.statement
from pg_statistic_ext as e
join pg_class as c on c.oid = e.stxrelid
join pg_namespace as n on n.oid = c.relnamespace
join pg_namespace as home on home.oid = e.stxnamespace
cross join lateral (
  select
    format('CREATE STATISTICS %%I.%%I', home.nspname, e.stxname) as head,
    format(' FROM %%I.%%I', n.nspname, c.relname) as tail,
    format('%%I.scout_rebuild_%%s', home.nspname, substr(md5(home.nspname || '.' || e.stxname), 1, 16)) as name,
    pg_get_statisticsobjdef(e.oid) as said
) as made
cross join lateral (
  values
    (1, 'create statistics ' || made.name || substr(made.said, length(made.head) + 1, length(made.said) - length(made.head) - length(made.tail))
      || format(' from %%I.%%I', n.nspname, %(aside)s::text)),
    (2, format('alter statistics %%s set statistics ', made.name) || nullif((to_jsonb(e) ->> 'stxstattarget')::int, -1)),
    (3, format('comment on statistics %%s is ', made.name) || quote_literal(obj_description(e.oid, 'pg_statistic_ext')))
) as w (place, statement)
where e.stxrelid = %(oid)s::bigint::oid
  and w.statement is not null
order by e.stxname, w.place;

-- name: finish
-- How is what was built counted, and marked as Scout's with the state of the view that it was built beside?
select unnest(
    array[
      format('analyze %%I.%%I', n.nspname, %(aside)s::text),
      'do ' || quote_literal(
        format(
          E'begin\n  execute format(''comment on materialized view %%%%s is %%%%L'', %%L, ''Scout built this in place of another, as of '' || current_setting(''scout.seen''));\nend',
          format('%%I.%%I', n.nspname, %(aside)s::text)
        )
      )
    ]
  ) as statement
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where c.oid = %(oid)s::bigint::oid;

-- name: replace
-- How does what was built take the place of the view, if that is neither refreshed nor changed meanwhile?
-- Its own comment is written again because that keeps every refresh away and leaves its row in pg_class alone, whose transaction tells a refresh.
-- Both are compared in the transaction itself, when nobody else can touch them any more: owner, rights, options, columns, indexes, statistics.
with named as materialized (
  select
    c.oid,
    c.relname,
    n.nspname,
    format('%%I.%%I', n.nspname, c.relname) as it,
    format('%%I.%%I', n.nspname, %(aside)s::text) as aside,
    format('%%I.%%I', n.nspname, %(old)s::text) as old
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  where c.oid = %(oid)s::bigint::oid
), facts as materialized (
  select $facts$
    select array_to_string(array[pg_get_userbyid(c.relowner)::text, c.relam::text, c.reltablespace::text, c.reloptions::text,
      (select string_agg(concat_ws(' ', x.grantee, x.privilege_type, x.is_grantable), ',' order by x.grantee, x.privilege_type, x.is_grantable) from aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) as x),
      (select string_agg(concat_ws(' ', a.attname, a.atttypid, a.atttypmod, a.attcollation, a.attstattarget, (select string_agg(o, ' ') from unnest(a.attoptions) as o where o ~ '^n_distinct'), a.attstorage, a.attcompression, col_description(c.oid, a.attnum),
          (select string_agg(concat_ws(' ', x.grantee, x.privilege_type, x.is_grantable), ',' order by x.grantee, x.privilege_type, x.is_grantable) from aclexplode(a.attacl) as x)), ',' order by a.attnum)
        from pg_attribute as a where a.attrelid = c.oid and a.attnum > 0),
      (select string_agg(k.said, ',' order by k.said) from pg_index as i join pg_class as x on x.oid = i.indexrelid
        cross join lateral (select concat_ws(' ', x.relam, i.indisunique, i.indisclustered, i.indkey, i.indclass, i.indcollation, i.indoption, pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid),
          x.reloptions, x.reltablespace, obj_description(x.oid, 'pg_class')) as said) as k
        where i.indrelid = c.oid and i.indisvalid),
      (select string_agg(k.said, ',' order by k.said) from pg_statistic_ext as e
        cross join lateral (select concat_ws(' ', e.stxkeys, e.stxkind, pg_get_expr(e.stxexprs, e.stxrelid), obj_description(e.oid, 'pg_statistic_ext')) as said) as k where e.stxrelid = c.oid)
    ], '|') from pg_class as c where c.oid = %%L::regclass$facts$ as said
)
select w.statement
from named as n
cross join facts as f
cross join lateral (
  select 0 as place, '' as name, format('comment on materialized view %%s is ', n.it) || coalesce(quote_literal(obj_description(n.oid, 'pg_class')), 'null') as statement
  union all
  select 1, '', format('select set_config(''scout.seen'', (select c.xmin::text from pg_class as c where c.oid = %%s), true)', n.oid)
  union all
  select 1, 'then', format('alter materialized view %%s rename to %%I', n.it, %(old)s::text)
  union all
  select 2, '', 'do ' || quote_literal(
    format(E'begin\n  if obj_description(%%L::regclass, ''pg_class'') is distinct from ''Scout built this in place of another, as of '' || current_setting(''scout.seen'') then\n', n.aside)
      || E'    raise exception ''it was refreshed or changed since the new one was built, and stays'';\n  end if;\n  if ('
      || format(f.said, n.old) || E'\n  ) is distinct from (' || format(f.said, n.aside)
      || E'\n  ) then\n    raise exception ''its rights, indexes or columns were changed since the new one was built, so it stays'';\n  end if;\nend'
  )
  union all
  select 3, '', 'drop materialized view ' || n.old
  union all
  select 4, '', format('alter materialized view %%s rename to %%I', n.aside, n.relname)
  union all
  select 5, x.relname, format('alter index %%I.scout_rebuild_%%s rename to %%I', n.nspname, substr(md5(n.nspname || '.' || x.relname), 1, 16), x.relname)
  from pg_index as i
  join pg_class as x on x.oid = i.indexrelid
  where i.indrelid = n.oid
    and i.indisvalid
  union all
  select 6, e.stxname, format('alter statistics %%I.scout_rebuild_%%s rename to %%I', home.nspname, substr(md5(home.nspname || '.' || e.stxname), 1, 16), e.stxname)
  from pg_statistic_ext as e
  join pg_namespace as home on home.oid = e.stxnamespace
  where e.stxrelid = n.oid
  union all
  select 7, '', format('comment on materialized view %%s is ', n.it) || coalesce(quote_literal(obj_description(n.oid, 'pg_class')), 'null')
) as w
order by w.place, w.name;

-- name: names
-- Which materialized views could be meant?
select c.relname as name
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = %(schema)s
  and c.relkind = 'm'
order by c.relname;
