-- name: redundant
-- Which indexes does another one of the same table make needless, and how are they dropped and brought back?
-- The runbook knows only unused indexes; a redundant one is read as well, though the other would serve. Here the columns are compared in
-- order, each with its operator class and its options, collation, direction and expression, and the predicate word for word. Kept are primary
-- keys, exclusion constraints, what a foreign key points to, replica identity, clustered ones, and whatever keeps rows unique in its own way.
-- Of two that are alike the one that is bound to more stays, else the older. The index of a partition goes with its parent's, or not at all, and
-- is counted with it. A constraint comes back by its index, which is built beside writers with all its options; on a partitioned table it cannot.
-- What is locked exclusively, or about to be, is left out: pg_get_indexdef and pg_get_expr would wait for it. They are slow, too, and asked only
-- of indexes that are alike in all that is a number.
with locked as materialized (
  select distinct l.relation
  from pg_locks as l
  where l.mode = 'AccessExclusiveLock'
    and l.database = (select d.oid from pg_database as d where d.datname = current_database())
), constrained as materialized (
  select
    k.conindid,
    max(k.oid::bigint) filter (where k.contype in ('p', 'u', 'x'))::oid as backed,
    bool_or(k.contype = 'f') as is_target
  from pg_constraint as k
  where k.conindid <> 0
  group by k.conindid
), crowded as materialized (
  select i.indrelid
  from pg_index as i
  join pg_class as t on t.oid = i.indrelid
  where t.relnamespace = (select n.oid from pg_namespace as n where n.nspname = %(schema)s)
    and not exists (select from locked as l where l.relation = t.oid)
    and not exists (
      select
      from pg_depend as d
      where d.classid = 'pg_class'::regclass
        and d.objid = t.oid
        and d.deptype = 'e'
    )
  group by i.indrelid
  having count(*) > 1
), whole as materialized (
  select
    i.indexrelid,
    i.indrelid,
    i.indisunique,
    i.indimmediate,
    i.indisprimary or i.indisunique and coalesce(to_jsonb(i) ->> 'indnullsnotdistinct' = 'true', false) as nulls_alike,
    i.indnkeyatts as width,
    c.relam,
    c.relkind,
    am.amname,
    case when am.amname <> 'btree' then c.reloptions end as manners,
    k.backed,
    i.indisprimary or i.indisexclusion or i.indisreplident or i.indisclustered or coalesce(k.is_target, false) or c.relispartition as is_bound,
    (i.indkey::int2[])[0:i.indnkeyatts - 1] as keys,
    (i.indclass::oid[])[0:i.indnkeyatts - 1] as classes,
    (i.indcollation::oid[])[0:i.indnkeyatts - 1] as collations,
    (i.indoption::int2[])[0:i.indnkeyatts - 1] as directions,
    (i.indkey::int2[])[i.indnkeyatts:i.indnatts - 1] as carried,
    i.indpred is null as is_total
  from crowded as t
  join pg_index as i on i.indrelid = t.indrelid
  join pg_class as c on c.oid = i.indexrelid
  join pg_am as am on am.oid = c.relam
  left join constrained as k on k.conindid = i.indexrelid
  where i.indisvalid
    and i.indisready
    and i.indislive
    and not exists (select from locked as l where l.relation = i.indexrelid)
), alike as materialized (
  select
    a.indexrelid as needless,
    b.indexrelid as kept,
    a.width,
    a.width = b.width and a.carried = b.carried as is_same
  from whole as a
  join whole as b on b.indrelid = a.indrelid and b.indexrelid <> a.indexrelid and b.relam = a.relam and b.is_total = a.is_total
  where not a.is_bound
    and a.width <= b.width
    and (a.amname = 'btree' or a.width = b.width)
    and a.manners is not distinct from b.manners
    and a.keys = b.keys[1:a.width]
    and a.classes = b.classes[1:a.width]
    and a.collations = b.collations[1:a.width]
    and a.directions = b.directions[1:a.width]
    and a.carried <@ (b.carried || b.keys)
    and (not a.indisunique or b.indisunique and b.indimmediate >= a.indimmediate and a.width = b.width and b.nulls_alike >= a.nulls_alike)
), written as materialized (
  select
    i.indexrelid,
    columns.texts,
    columns.options,
    coalesce(pg_get_expr(i.indpred, i.indrelid), '') as predicate
  from pg_index as i
  cross join lateral (
    select
      array_agg(case when i.indkey[a.attnum - 1] = 0 then pg_get_indexdef(i.indexrelid, a.attnum, true) else '' end order by a.attnum) as texts,
      array_agg(coalesce(a.attoptions::text, '') order by a.attnum) as options
    from pg_attribute as a
    where a.attrelid = i.indexrelid
      and a.attnum <= i.indnkeyatts
  ) as columns
  where i.indexrelid in (select p.needless from alike as p union select p.kept from alike as p)
), covered as materialized (
  select
    p.needless,
    p.kept,
    p.is_same
  from alike as p
  join written as a on a.indexrelid = p.needless
  join written as b on b.indexrelid = p.kept
  where a.predicate = b.predicate
    and a.texts = b.texts[1:p.width]
    and a.options = b.options[1:p.width]
), chosen as materialized (
  select c.*
  from covered as c
  join whole as a on a.indexrelid = c.needless
  join whole as b on b.indexrelid = c.kept
  where not exists (select from covered as o where o.needless = c.kept and o.kept = c.needless)
    or (a.backed is null, a.indexrelid) > (b.backed is null, b.indexrelid)
)
select
  c.relname as index,
  t.relname as relation,
  pages.all_of_them * current_setting('block_size')::bigint as size,
  of.names as covered_by,
  of.is_same,
  coalesce(k.conname, '') as constraint_name,
  case
    when k.oid is not null then format('alter table %%I.%%I drop constraint %%I', n.nspname, t.relname, k.conname)
    when c.relkind = 'I' then format('drop index %%I.%%I', n.nspname, c.relname)
    else format('drop index concurrently %%I.%%I', n.nspname, c.relname)
  end as statement,
  concat(
    case
      when k.oid is not null and t.relkind = 'p'
        then format('alter table %%I.%%I add constraint %%I %%s', n.nspname, t.relname, k.conname, pg_get_constraintdef(k.oid))
      when c.relkind = 'I' then made.head || format('%%I on %%s', c.relname, substr(pg_get_indexdef(c.oid), length(made.head || format('%%I ON ONLY ', c.relname)) + 1))
      else made.head || 'concurrently ' || substr(pg_get_indexdef(c.oid), length(made.head) + 1)
    end,
    (select format(E';\nalter index %%I.%%I set tablespace %%I', n.nspname, c.relname, s.spcname) from pg_tablespace as s where s.oid = c.reltablespace),
    (
      select string_agg(format(E';\nalter index %%I.%%I alter column %%s set statistics %%s', n.nspname, c.relname, a.attnum, a.attstattarget), '' order by a.attnum)
      from pg_attribute as a
      where a.attrelid = c.oid
        and a.attstattarget >= 0
    ),
    case
      when k.oid is not null and t.relkind <> 'p' then concat(
        format(E';\nalter table %%I.%%I add constraint %%I unique using index %%I', n.nspname, t.relname, k.conname, c.relname),
        case when k.condeferrable then ' deferrable' end,
        case when k.condeferred then ' initially deferred' end
      )
    end,
    case
      when k.oid is not null
        then format(E';\ncomment on constraint %%I on %%I.%%I is ', k.conname, n.nspname, t.relname) || quote_literal(obj_description(k.oid, 'pg_constraint'))
    end,
    format(E';\ncomment on index %%I.%%I is ', n.nspname, c.relname) || quote_literal(obj_description(c.oid, 'pg_class'))
  ) as undo
from (
  select
    o.needless,
    array_agg(b.relname::text order by b.relname) as names,
    bool_or(o.is_same) as is_same
  from chosen as o
  join pg_class as b on b.oid = o.kept
  where not exists (select from chosen as further where further.needless = o.kept)
  group by o.needless
) as of
join pg_index as i on i.indexrelid = of.needless
join pg_class as c on c.oid = of.needless
join pg_class as t on t.oid = i.indrelid
join pg_namespace as n on n.oid = t.relnamespace
left join constrained as held on held.conindid = of.needless
left join pg_constraint as k on k.oid = held.backed
cross join lateral (
  select case when i.indisunique then 'create unique index ' else 'create index ' end as head
) as made
cross join lateral (
  with recursive part as (
    select c.oid
    union all
    select h.inhrelid
    from part
    join pg_inherits as h on h.inhparent = part.oid
  )
  select sum(x.relpages)::bigint as all_of_them
  from part
  join pg_class as x on x.oid = part.oid
) as pages
order by size desc, c.relname
limit 200;

-- name: examined
-- How many indexes are there to compare, and which tables were left out because they or their indexes are locked exclusively?
with locked as materialized (
  select distinct l.relation
  from pg_locks as l
  where l.mode = 'AccessExclusiveLock'
    and l.database = (select d.oid from pg_database as d where d.datname = current_database())
)
select
  count(*)::int as indexes,
  count(distinct i.indrelid)::int as tables,
  count(*) filter (where not i.indisvalid)::int as invalid,
  count(*) filter (where c.relispartition)::int as partitions,
  count(*) filter (where d.objid is not null)::int as extensions,
  coalesce(
    array_agg(distinct t.relname::text) filter (
      where exists (select from locked as l where l.relation = i.indexrelid) or exists (select from locked as l where l.relation = i.indrelid)
    ), array[]::text[]
  ) as locked
from pg_index as i
join pg_class as c on c.oid = i.indexrelid
join pg_class as t on t.oid = i.indrelid
join pg_namespace as n on n.oid = t.relnamespace
left join pg_depend as d on d.classid = 'pg_class'::regclass and d.objid = t.oid and d.deptype = 'e'
where n.nspname = %(schema)s;
