-- name: pages
-- How many pages of each table and of its indexes were found in the buffers, and how many had to be asked of the system, since the counters
-- began? One packed row, numbers in network order: heap found, heap read, indexes found, indexes read; two of these are subtracted.
-- Departs from the runbook's ratio since the last reset, of heaps only, which is NULL, and so "OK", right after a reset.
-- Counters are read by oid: no relation is opened, whatever lock somebody holds on it. Where nobody ever reset them, and after a crash, which
-- throws them away, those of the background writer and the archiver tell since when there are any.
select
  coalesce(d.stats_reset, least(b.stats_reset, v.stats_reset), pg_postmaster_start_time()) as reset_at,
  coalesce(a.keys, '') as keys,
  coalesce(a.figures, '') as figures
from pg_stat_database as d
cross join pg_stat_bgwriter as b
cross join pg_stat_archiver as v
cross join (
  select
    string_agg(int8send(t.relid), '') as keys,
    string_agg(float8send(t.heap_hit) || float8send(t.heap_read) || float8send(t.index_hit) || float8send(t.index_read), '') as figures
  from (
    select
      c.oid::bigint as relid,
      (pg_stat_get_blocks_hit(c.oid))::float8 as heap_hit,
      (pg_stat_get_blocks_fetched(c.oid) - pg_stat_get_blocks_hit(c.oid))::float8 as heap_read,
      coalesce(i.hit, 0) as index_hit,
      coalesce(i.fetched, 0) - coalesce(i.hit, 0) as index_read
    from pg_class as c
    left join (
      select
        x.indrelid,
        sum(pg_stat_get_blocks_hit(x.indexrelid))::float8 as hit,
        sum(pg_stat_get_blocks_fetched(x.indexrelid))::float8 as fetched
      from pg_index as x
      group by x.indrelid
    ) as i on i.indrelid = c.oid
    where c.relkind in ('r', 'm', 't')
      and c.oid >= 16384 -- below are those that initdb made: the catalogs and their TOAST
  ) as t
  where t.heap_hit + t.heap_read + t.index_hit + t.index_read > 0
) as a
where d.datname = current_database();

-- name: named
-- What are these tables called, how large are they, and whose TOAST table is one? The size is that of the statistics, so that none is opened.
select
  c.oid::bigint as relid,
  coalesce(o.nspname || '.' || owner.relname || ' (TOAST)', n.nspname || '.' || c.relname) as name,
  c.relpages::bigint * current_setting('block_size')::int as bytes
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
left join pg_class as owner on c.relkind = 't' and owner.reltoastrelid = c.oid
left join pg_namespace as o on o.oid = owner.relnamespace
where c.oid = any(%(relids)s::bigint[]);

-- name: memory
-- How large are the buffers, and how large does the server take the system's cache to be?
select
  pg_size_bytes(current_setting('shared_buffers')) as buffers,
  pg_size_bytes(current_setting('effective_cache_size')) as cache,
  current_setting('block_size')::int as page_bytes;
