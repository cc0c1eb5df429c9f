-- name: cache
-- Is there a table query_cache with an expiry, may it be read, and has somebody locked it?
select
  has_table_privilege(c.oid, 'select') as readable,
  exists (
    select from pg_locks as l
    where l.relation = c.oid
      and l.mode = 'AccessExclusiveLock'
      and l.database = (select d.oid from pg_database as d where d.datname = current_database())
  ) as locked
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
join pg_attribute as a on a.attrelid = c.oid
where n.nspname = %(schema)s
  and c.relname = 'query_cache'
  and c.relkind in ('r', 'p')
  and a.attname = 'expires_at'
  and not a.attisdropped;

-- name: expired
-- How many rows of query_cache are expired, and how are the first 10,000 of them deleted?
-- Departs from the runbook's step 5: TRUNCATE waits behind every reader and stops those after it, and throws away what is still good.
-- The check counts what had expired when this was planned.
select
  counted.expired,
  'delete from ' || name || ' where ctid in (select ctid from ' || name || ' where expires_at < now() limit 10000)' as statement,
  'select count(*) <= ' || greatest(0, counted.expired - 10000) || ' as ok, count(*) || '' expired rows left'' as found from ' || name
    || ' where expires_at < ' || quote_literal(to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || '+00') as deleted
from (
  select
    count(*)::int as expired,
    quote_ident(%(schema)s) || '.query_cache' as name
  from {schema}.query_cache
  where expires_at < now()
) as counted;

-- name: counted
-- How many tables wait for a vacuum, and how many indexes are invalid? For the watch; the conditions are those of `overdue` and of `reindex invalid`;
-- that of a partitioned table is not broken while one of its partitions gets its own.
-- Counters and progress are asked of the functions below the views: pg_stat_user_tables reads every index of every table to sum up scans
-- that nobody wants here, which made this the greatest part of a status answer.
select
  (
    select count(*)
    from pg_class as c
    cross join lateral (
      select
        coalesce(max(o.option_value) filter (where o.option_name = 'autovacuum_vacuum_threshold'), current_setting('autovacuum_vacuum_threshold'))::float8 as least,
        coalesce(max(o.option_value) filter (where o.option_name = 'autovacuum_vacuum_scale_factor'), current_setting('autovacuum_vacuum_scale_factor'))::float8 as factor
      from pg_options_to_table(c.reloptions) as o
    ) as autovacuum
    where c.relnamespace = (select n.oid from pg_namespace as n where n.nspname = %(schema)s)
      and c.relkind in ('r', 'm')
      and pg_stat_get_dead_tuples(c.oid) > 1000
      and pg_stat_get_dead_tuples(c.oid) > least + factor * greatest(c.reltuples, 0)
  )::int as overdue,
  (
    select count(*)
    from pg_index as i
    join pg_class as c on c.oid = i.indexrelid
    where c.relnamespace = (select n.oid from pg_namespace as n where n.nspname = %(schema)s)
      and not i.indisvalid
      and not exists (
        select from pg_stat_get_progress_info('CREATE INDEX') as p
        where p.datid = (select d.oid from pg_database as d where d.datname = current_database())
          and (p.param7::oid = i.indexrelid or c.relkind = 'I' and pg_partition_root(p.relid::oid)::oid = pg_partition_root(i.indrelid)::oid)
      )
  )::int as invalid;
