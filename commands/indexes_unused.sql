-- name: idle
-- Which indexes has nobody read since the counters began, or within the evidence window, which of them must be kept nevertheless, and how
-- are the others dropped and brought back?
-- Departs from the runbook's list of unused indexes, which fails on a column that is not there and else lists primary keys. The scans of the
-- partitions' indexes are those of their parent, which alone can be dropped. Sizes are what the catalog says, and what is locked exclusively,
-- or about to be, is named and not opened: pg_relation_size and pg_get_indexdef would wait for it.
with locked as materialized (
  select distinct l.relation
  from pg_locks as l
  where l.mode = 'AccessExclusiveLock'
    and l.database = (select d.oid from pg_database as d where d.datname = current_database())
), constrained as materialized (
  select
    k.conindid,
    bool_or(k.contype in ('p', 'u', 'x')) as backs,
    bool_or(k.contype = 'f') as is_target
  from pg_constraint as k
  where k.conindid <> 0
  group by k.conindid
), member as materialized (
  select
    i.indexrelid,
    i.indrelid,
    case when c.relispartition then pg_partition_root(i.indexrelid)::oid else i.indexrelid end as root,
    c.relpages as pages,
    greatest(t.relpages, pg_stat_get_live_tuples(t.oid) / 50) as table_pages, -- the catalog's are 0 until the first vacuum
    am.amname = 'brin' as is_brin,
    i.indkey[0] as leads,
    i.indisreplident,
    i.indisclustered,
    i.indpred is not null as is_partial,
    coalesce(s.idx_scan, 0) as scans,
    case when s.idx_scan > 0 then (to_jsonb(s) ->> 'last_idx_scan')::timestamptz end as last_use
  from pg_index as i
  join pg_class as c on c.oid = i.indexrelid
  join pg_class as t on t.oid = i.indrelid
  join pg_am as am on am.oid = c.relam
  left join pg_stat_user_indexes as s on s.indexrelid = i.indexrelid
  where c.relispartition
    or c.relnamespace = (select n.oid from pg_namespace as n where n.nspname = %(schema)s)
), family as materialized (
  select
    m.root,
    max(m.last_use) as last_use,
    sum(m.pages)::bigint * current_setting('block_size')::bigint as size,
    sum(m.table_pages) as table_pages,
    bool_or(m.indisreplident) as is_identity,
    bool_or(m.indisclustered) as is_clustered
  from member as m
  group by m.root
  having sum(m.scans) = 0
    or %(window_s)s > 0 and max(m.last_use) < clock_timestamp() - make_interval(secs => %(window_s)s)
), foreign_key as materialized (
  select distinct
    k.conrelid,
    part.attnum
  from pg_constraint as k
  cross join lateral unnest(k.conkey) as part (attnum)
  where k.contype = 'f'
), owned as materialized (
  select d.objid
  from pg_depend as d
  where d.classid = 'pg_class'::regclass
    and d.deptype = 'e'
), judged as materialized (
  select
    m.root,
    bool_or(shut.found) as locked,
    bool_or(coalesce(k.backs, false)) as backs,
    bool_or(coalesce(k.is_target, false)) as is_target,
    bool_or(supports.found) as supports,
    bool_or(m.indrelid in (select o.objid from owned as o)) as is_extension
  from family as f
  join member as m on m.root = f.root
  left join constrained as k on k.conindid = m.indexrelid
  left join foreign_key as key on key.conrelid = m.indrelid and key.attnum = m.leads
  cross join lateral (
    select m.indexrelid in (select l.relation from locked as l) or m.indrelid in (select l.relation from locked as l) as found
  ) as shut
  cross join lateral (
    select case
      when key.attnum is null or m.is_brin then false
      when not m.is_partial or shut.found then true
      else (
        select bool_and(term like '%%IS NOT NULL)%%')
        from pg_index as i
        cross join lateral regexp_split_to_table(pg_get_expr(i.indpred, i.indrelid), ' AND ') as term
        where i.indexrelid = m.indexrelid
      )
    end as found
  ) as supports
  group by m.root
), named as materialized (
  select
    f.root,
    f.size,
    f.last_use,
    j.locked,
    kept.why,
    row_number() over (partition by j.locked, kept.why is null order by f.size desc, f.root) as place
  from family as f
  join judged as j on j.root = f.root
  join pg_index as i on i.indexrelid = f.root
  join pg_class as t on t.oid = i.indrelid
  cross join lateral (
    select case
      when not i.indisvalid then 'invalid: see indexes invalid'
      when j.backs then 'a constraint'
      when f.is_identity then 'replica identity'
      when j.is_target then 'a foreign key points to it'
      when i.indisunique and t.relkind = 'm' then 'concurrent refresh needs it'
      when i.indisunique then 'keeps rows unique'
      when j.supports then 'supports a foreign key'
      when f.is_clustered then 'clustered by it'
      when i.indexprs is not null then 'statistics of its expression'
      when j.is_extension then 'belongs to an extension'
      when current_setting('track_commit_timestamp')::bool and pg_xact_commit_timestamp(i.xmin) > clock_timestamp() - make_interval(secs => %(window_s)s)
        then 'younger than the evidence window'
      when f.table_pages < 10 then 'tiny table'
    end as why
  ) as kept
)
select
  c.relname as index,
  t.relname as relation,
  f.size,
  f.last_use,
  case
    when shown.told then (
      select sum(pg_stat_get_tuples_inserted(m.indrelid) + pg_stat_get_tuples_updated(m.indrelid) + pg_stat_get_tuples_deleted(m.indrelid))
      from member as m
      where m.root = f.root
    )
  end::bigint as writes,
  f.locked,
  coalesce(f.why, '') as kept,
  case when shown.told then drops.statement else '' end as statement,
  case
    when shown.told then concat(
      case c.relkind
        when 'I' then format('create index %%I on %%s', c.relname, substr(pg_get_indexdef(c.oid), length(format('CREATE INDEX %%I ON ONLY ', c.relname)) + 1))
        else format('create index concurrently %%s', substr(pg_get_indexdef(c.oid), length('CREATE INDEX ') + 1))
      end,
      (select format(E';\nalter index %%I.%%I set tablespace %%I', n.nspname, c.relname, s.spcname) from pg_tablespace as s where s.oid = c.reltablespace),
      format(E';\ncomment on index %%I.%%I is ', n.nspname, c.relname) || quote_literal(obj_description(c.oid, 'pg_class'))
    )
    else ''
  end as undo
from named as f
join pg_index as i on i.indexrelid = f.root
join pg_class as c on c.oid = f.root
join pg_class as t on t.oid = i.indrelid
join pg_namespace as n on n.oid = c.relnamespace and n.nspname = %(schema)s
cross join lateral (
  select format(case c.relkind when 'I' then 'drop index %%I.%%I' else 'drop index concurrently %%I.%%I' end, n.nspname, c.relname) as statement
) as drops
cross join lateral (
  select f.why is null and not f.locked and f.place <= 30 as told
) as shown
order by f.size desc, c.relname;
