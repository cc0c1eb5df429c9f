-- name: overdue
-- Which tables have more dead rows than autovacuum would leave, and how is each one vacuumed and verified?
-- Departs from the runbook's step 3, which vacuums silver_transactions_cleaned whether it needs it or not, and reports success when
-- PostgreSQL skipped it. Tables that somebody has locked, or that are being vacuumed, are named and left alone.
select
  s.relname as relation,
  s.n_dead_tup as dead,
  s.n_live_tup as live,
  exists (select from pg_stat_progress_vacuum as p where p.relid = s.relid) as vacuuming,
  exists (
    select from pg_locks as l
    where l.relation = s.relid
      and l.database = (select oid from pg_database where datname = current_database())
      and l.mode = 'AccessExclusiveLock'
  ) as locked,
  'vacuum (analyze, skip_locked) ' || quote_ident(s.schemaname) || '.' || quote_ident(s.relname) as statement,
  'select s.last_vacuum is distinct from '
    || coalesce(quote_literal(to_char(s.last_vacuum at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00') || '::timestamptz', 'null')
    || ' and s.n_dead_tup < ' || s.n_dead_tup || ' as ok, '
    || 's.n_dead_tup || '' dead rows left of ' || s.n_dead_tup || ''' as found from pg_stat_all_tables as s where s.relid = ' || s.relid
    as vacuumed
from pg_stat_user_tables as s
join pg_class as c on c.oid = s.relid
cross join lateral (
  select
    coalesce(max(o.option_value) filter (where o.option_name = 'autovacuum_vacuum_threshold'), current_setting('autovacuum_vacuum_threshold'))::float8 as least,
    coalesce(max(o.option_value) filter (where o.option_name = 'autovacuum_vacuum_scale_factor'), current_setting('autovacuum_vacuum_scale_factor'))::float8 as factor
  from pg_options_to_table(c.reloptions) as o
) as autovacuum
where s.schemaname = %(schema)s
  and s.n_dead_tup > greatest(1000, least + factor * greatest(c.reltuples, 0))
order by s.relname = 'silver_transactions_cleaned' desc, s.n_dead_tup desc, s.relname;

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
order by age_s desc;
