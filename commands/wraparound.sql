-- name: databases
-- How far is each database from the end of transaction numbers and of multixact numbers?
-- All databases: the oldest of them stops the server, template0 included. An age is the distance to the next number.
select
  d.datname as name,
  d.datname = current_database() as here,
  d.datallowconn as connectable,
  age(d.datfrozenxid)::bigint as xids,
  mxid_age(d.datminmxid)::bigint as mxids,
  current_setting('autovacuum_freeze_max_age')::bigint as xid_line,
  current_setting('autovacuum_multixact_freeze_max_age')::bigint as mxid_line,
  current_setting('vacuum_failsafe_age')::bigint as xid_failsafe,
  current_setting('vacuum_multixact_failsafe_age')::bigint as mxid_failsafe
from pg_database as d
order by greatest(age(d.datfrozenxid), mxid_age(d.datminmxid)) desc, d.datname;

-- name: relations
-- Which relations of this database are oldest: tables, materialized views and TOAST, whose age counts as much?
select
  case
    when c.relkind = 't' then 'TOAST of ' || case when tn.nspname = %(schema)s then '' else tn.nspname || '.' end || t.relname
    when n.nspname = %(schema)s then c.relname
    else n.nspname || '.' || c.relname
  end as name,
  case c.relkind when 'm' then 'materialized view' when 't' then 'TOAST' else 'table' end as kind,
  c.xids,
  c.mxids,
  c.relpages::bigint * current_setting('block_size')::bigint as size,
  coalesce((select min(o.option_value::bigint) from pg_options_to_table(c.reloptions) as o where o.option_name = 'autovacuum_freeze_max_age'), 0) as own_line,
  c.examined,
  exists (select from pg_stat_progress_vacuum as p where p.relid in (c.oid, t.oid) and p.datname = current_database()) as vacuuming,
  c.relpersistence = 't' as temporary,
  format('vacuum (freeze, verbose) %%I.%%I;', coalesce(tn.nspname, n.nspname), coalesce(t.relname, c.relname)) as statement
from (
  select
    r.*,
    age(r.relfrozenxid)::bigint as xids,
    mxid_age(r.relminmxid)::bigint as mxids,
    count(*) over ()::int as examined
  from pg_class as r
  where r.relkind in ('r', 'm', 't')
    and r.relfrozenxid <> '0'
  order by
    greatest(
      age(r.relfrozenxid)::float8 / current_setting('autovacuum_freeze_max_age')::float8,
      mxid_age(r.relminmxid)::float8 / current_setting('autovacuum_multixact_freeze_max_age')::float8
    ) desc,
    r.relpages desc,
    r.oid
  limit 20
) as c
join pg_namespace as n on n.oid = c.relnamespace
left join pg_class as t on c.relkind = 't' and t.reltoastrelid = c.oid
left join pg_namespace as tn on tn.oid = t.relnamespace
order by greatest(c.xids::float8 / current_setting('autovacuum_freeze_max_age')::float8, c.mxids::float8 / current_setting('autovacuum_multixact_freeze_max_age')::float8) desc, c.relpages desc, name;
