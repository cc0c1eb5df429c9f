-- name: invalid
-- Which indexes are not valid, how did that come about, and how is each one mended?
-- Departs from the runbook's emergency step, which rebuilds two indexes by name. One that is being built now is not broken. What a failed rebuild
-- left beside the index it should have replaced, and what a failed drop left half dropped, is dropped; all else is rebuilt. The indexes of
-- the tables' TOAST tables count too. That of a partitioned table which index create can build part by part comes with its columns and its
-- condition, as they are typed there; for any other the statements are given. What is locked exclusively, or about to be, keeps its name but not its definition: reading that would wait.
with locked as materialized (
  select distinct l.relation
  from pg_locks as l
  where l.mode = 'AccessExclusiveLock'
    and l.database = (select d.oid from pg_database as d where d.datname = current_database())
), broken as materialized (
  select
    i.*,
    home.oid as home,
    exists (select from locked as l where l.relation = i.indexrelid) or exists (select from locked as l where l.relation = i.indrelid) as locked
  from pg_index as i
  join pg_class as t on t.oid = i.indrelid
  join pg_class as home on home.oid = t.oid or home.reltoastrelid = t.oid
  where not i.indisvalid
    and home.relnamespace = (select n.oid from pg_namespace as n where n.nspname = %(schema)s)
)
select
  c.relname as index,
  t.relname as relation,
  c.relpages::bigint * current_setting('block_size')::bigint as size,
  b.locked,
  coalesce(building.phase, '') as building,
  made.kind,
  case
    when b.locked then ''
    when made.kind in ('leftover', 'half dropped') then format('drop index concurrently %%I.%%I', n.nspname, c.relname)
    when made.kind = 'exclusion' then format('reindex index %%I.%%I', n.nspname, c.relname)
    when made.kind = 'partitioned' then coalesce(
      (
        select string_agg(
          case
            when part.attached is not null then format('reindex index concurrently %%s', part.attached)
            else concat(
              made.head, 'concurrently ', format('%%I on %%I.%%I ', part.name, leaf_schema.nspname, leaf.relname),
              substr(pg_get_indexdef(c.oid), length(made.head || format('%%I ON ONLY %%I.%%I ', c.relname, n.nspname, t.relname)) + 1),
              format(E';\nalter index %%I.%%I attach partition %%I.%%I', n.nspname, c.relname, leaf_schema.nspname, part.name)
            )
          end, E';\n' order by leaf.relname
        )
        from pg_inherits as h
        join pg_class as leaf on leaf.oid = h.inhrelid
        join pg_namespace as leaf_schema on leaf_schema.oid = leaf.relnamespace
        cross join lateral (
          select
            max(format('%%I.%%I', pn.nspname, pc.relname)) as attached,
            ('ix_' || leaf.oid || '_' || c.relname)::name as name,
            coalesce(bool_or(p.indisvalid), false) as is_valid
          from pg_index as p
          join pg_inherits as ph on ph.inhrelid = p.indexrelid and ph.inhparent = c.oid
          join pg_class as pc on pc.oid = p.indexrelid
          join pg_namespace as pn on pn.oid = pc.relnamespace
          where p.indrelid = leaf.oid
        ) as part
        where h.inhparent = t.oid
          and leaf.relkind = 'r'
          and not part.is_valid
      ), ''
    )
    else format('reindex index concurrently %%I.%%I', n.nspname, c.relname)
  end as statement,
  coalesce(spoken.columns, array[]::text[]) as columns,
  coalesce(spoken.condition, '') as condition
from broken as b
join pg_class as c on c.oid = b.indexrelid
join pg_class as t on t.oid = b.home
join pg_namespace as n on n.oid = c.relnamespace
left join pg_stat_progress_create_index as building on building.index_relid = b.indexrelid and building.datname = current_database()
cross join lateral (
  select
    case when b.indisunique then 'create unique index ' else 'create index ' end as head,
    case
      when c.relkind = 'I' then 'partitioned'
      when not b.indislive then 'half dropped'
      when c.relname ~ '^scout_failed_[0-9a-f]{16}$' then 'leftover'
      when c.relname ~ '_cc(new|old)[0-9]*$' and exists (
        select
        from pg_index as o
        where o.indrelid = b.indrelid
          and o.indexrelid <> b.indexrelid
          and o.indisvalid
          and o.indkey = b.indkey
          and o.indclass = b.indclass
      ) then 'leftover'
      when b.indisexclusion then 'exclusion'
      else 'failed build'
    end as kind
) as made
left join lateral (
  select
    array_agg(case when k.directed = 3 then '-' else '' end || a.attname order by k.place) as columns,
    max(said.word) as condition
  from unnest(b.indkey::int2[], b.indclass::oid[], b.indcollation::oid[], b.indoption::int2[]) with ordinality as k (number, class, collated, directed, place)
  join pg_opclass as o on o.oid = k.class
  join pg_attribute as a on a.attrelid = b.indrelid and a.attnum = k.number
  cross join lateral (
    select case when b.indpred is null then '' else (
      select w.word || '=' || f.attname
      from pg_attribute as f
      cross join (values ('null', '(%%I IS NULL)'), ('notnull', '(%%I IS NOT NULL)')) as w (word, form)
      where f.attrelid = b.indrelid
        and f.attnum > 0
        and format(w.form, f.attname) = pg_get_expr(b.indpred, b.indrelid)
    ) end as word
  ) as said
  having bool_and(o.opcdefault and k.collated = a.attcollation and k.directed in (0, 3) and said.word is not null)
    and count(*) = b.indnatts
) as spoken
  on made.kind = 'partitioned'
  and not b.locked
  and not b.indisunique
  and b.indnatts = b.indnkeyatts
  and c.reloptions is null
  and c.relam = (select m.oid from pg_am as m where m.amname = 'btree')
order by building.phase is not null, b.locked, size desc, c.relname;

-- name: examined
-- How many indexes are there, those of TOAST tables left aside?
select count(*)::int as indexes
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = %(schema)s
  and c.relkind in ('i', 'I');
