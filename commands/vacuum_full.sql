-- name: site
-- How large is a table with its indexes, on which disk, how is it rewritten, how is that verified, and could pg_repack do it?
-- Departs from the runbook's weekend script: one table, one attempt, and the proof that it is smaller.
select
  pg_total_relation_size(c.oid) as total,
  pg_indexes_size(c.oid) as indexes,
  coalesce(t.spcname, d.spcname)::text as tablespace,
  'vacuum (full, analyze) ' || made.name as statement,
  'select t.now < ' || pg_total_relation_size(c.oid) || ' as ok, pg_size_pretty(t.now) || '' instead of '
    || pg_size_pretty(pg_total_relation_size(c.oid)) || ''' as found from (select pg_total_relation_size(' || c.oid || ') as now) as t' as rewritten,
  exists (select from pg_extension as e where e.extname = 'pg_repack') as repack,
  exists (
    select from pg_index as i
    where i.indrelid = c.oid
      and i.indisunique
      and i.indisvalid
      and i.indpred is null
      and i.indexprs is null
      and (i.indisprimary or not exists (
        select from pg_attribute as a where a.attrelid = c.oid and a.attnum = any (i.indkey) and not a.attnotnull
      ))
  ) as has_key,
  current_database()::text as database,
  made.name as identity
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
cross join lateral (select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name) as made
left join pg_tablespace as t on t.oid = c.reltablespace
cross join (
  select s.spcname from pg_database as b join pg_tablespace as s on s.oid = b.dattablespace where b.datname = current_database()
) as d
where c.oid = %(oid)s;

-- name: users
-- Who has a table open now? The rewrite waits for each of them, and whoever comes after waits for the rewrite.
select
  a.pid,
  coalesce(a.usename, a.backend_type)::text as role,
  coalesce(a.state, '')::text as state,
  coalesce(extract(epoch from clock_timestamp() - a.xact_start), 0)::float8 as age_s
from pg_stat_activity as a
where a.pid <> pg_backend_pid()
  and exists (
    select from pg_locks as l
    where l.pid = a.pid
      and l.locktype = 'relation'
      and l.relation = %(oid)s
      and l.database = (select oid from pg_database where datname = current_database())
  )
order by a.xact_start nulls last;
