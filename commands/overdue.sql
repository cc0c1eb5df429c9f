-- name: overdue
-- Which tables have more dead rows than autovacuum would leave, and how is each one vacuumed and verified?
-- Departs from the runbook's step 3, which vacuums silver_transactions_cleaned whether it needs it or not, and reports success when
-- PostgreSQL skipped it. Tables that somebody has locked, or that are being vacuumed, are named and left alone.
-- Counters are asked of the functions below the view: pg_stat_user_tables reads every index of every table to sum up scans nobody wants here.
select
  c.relname as relation,
  s.dead,
  pg_stat_get_live_tuples(c.oid) as live,
  exists (select from pg_stat_progress_vacuum as p where p.relid = c.oid and p.datname = current_database()) as vacuuming,
  exists (
    select from pg_locks as l
    where l.relation = c.oid
      and l.database = (select oid from pg_database where datname = current_database())
      and l.mode = 'AccessExclusiveLock'
  ) as locked,
  'vacuum (analyze, skip_locked) ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) as statement,
  'select s.last_vacuum is distinct from '
    || coalesce(quote_literal(to_char(pg_stat_get_last_vacuum_time(c.oid) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00') || '::timestamptz', 'null')
    || ' and s.n_dead_tup < ' || s.dead || ' as ok, '
    || 's.n_dead_tup || '' dead rows left of ' || s.dead || ''' as found from pg_stat_all_tables as s where s.relid = ' || c.oid
    as vacuumed
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
cross join lateral (select pg_stat_get_dead_tuples(c.oid) as dead) as s
cross join lateral (
  select
    coalesce(max(o.option_value) filter (where o.option_name = 'autovacuum_vacuum_threshold'), current_setting('autovacuum_vacuum_threshold'))::float8 as fixed,
    coalesce(max(o.option_value) filter (where o.option_name = 'autovacuum_vacuum_scale_factor'), current_setting('autovacuum_vacuum_scale_factor'))::float8 as factor,
    -- the cap of 18; a negative one is none
    coalesce(max(o.option_value) filter (where o.option_name = 'autovacuum_vacuum_max_threshold'), current_setting('autovacuum_vacuum_max_threshold', true), '-1')::float8 as most
  from pg_options_to_table(c.reloptions) as o
) as autovacuum
where n.nspname = %(schema)s
  and c.relkind in ('r', 'm')
  and s.dead > 1000
  and s.dead > least(case when most >= 0 then most end, fixed + factor * greatest(c.reltuples, 0))
order by c.relname = 'silver_transactions_cleaned' desc, s.dead desc, c.relname;

-- name: holders
-- Who holds an old snapshot, so that VACUUM could not remove what died since?
-- The runbook vacuums all the same; with an idle snapshot anywhere in the database that removes nothing. A vacuum holds nothing.
select
  a.pid,
  'pid ' || a.pid || ' (' || coalesce(a.usename, a.backend_type) || ', ' || coalesce(a.state, a.backend_type) || ')' as who,
  extract(epoch from clock_timestamp() - a.xact_start)::float8 as age_s
from pg_stat_activity as a
where (a.backend_xmin is not null or a.backend_xid is not null)
  and a.datname = current_database()
  and a.backend_type <> 'autovacuum worker'
  and a.leader_pid is null
  and a.xact_start < clock_timestamp() - interval '60 s'
  and not exists (select from pg_stat_progress_vacuum as p where p.pid = a.pid)
union all
select
  0,
  'the prepared transaction ' || p.gid,
  extract(epoch from clock_timestamp() - p.prepared)::float8
from pg_prepared_xacts as p
where p.database = current_database()
  and p.prepared < clock_timestamp() - interval '60 s'
union all
select
  0,
  'the replication slot ' || r.slot_name,
  0
from pg_replication_slots as r
where age(r.xmin) > 10000
  and r.wal_status is distinct from 'lost'
order by age_s desc;
