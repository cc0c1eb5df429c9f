-- name: roles
-- Which roles are there, may their settings be changed, how many sessions can each have here, and what does each work with now?
-- Departs from the runbook, whose SET changes nobody's session but the one that types it, and leaks through a pooler to strangers.
-- A setting of the role in this database goes before one of the role, that before one of the database, that before the server's.
with known as (
  select
    s.setrole,
    s.setdatabase,
    split_part(c.pair, '=', 1) as name,
    substr(c.pair, strpos(c.pair, '=') + 1) as value
  from pg_db_role_setting as s
  cross join lateral unnest(s.setconfig) as c (pair)
  where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
    and split_part(c.pair, '=', 1) in ('work_mem', 'max_parallel_workers_per_gather')
)
select
  r.rolname as role,
  r.rolcanlogin as logs_in,
  r.rolsuper as superuser,
  r.rolname ~ '^pg_' as predefined,
  array(
    select m.rolname::text
    from pg_auth_members as g
    join pg_roles as m on m.oid = g.member
    where g.roleid = r.oid and m.rolcanlogin
    order by 1
    limit 5
  ) as members,
  (select count(*) from pg_stat_activity as a where a.usesysid = r.oid and a.datname = current_database())::int as sessions,
  least(
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
    nullif(r.rolconnlimit, -1),
    (select nullif(d.datconnlimit, -1) from pg_database as d where d.datname = current_database())
  ) as most_sessions,
  case when memory.value ~ '^[0-9]+$' then memory.value::bigint * 1024 else pg_size_bytes(memory.value) end as work_mem,
  workers.value::int as workers,
  current_setting('max_parallel_workers')::int as most_workers,
  current_setting('hash_mem_multiplier')::float8 as hash_factor,
  pg_size_bytes(current_setting('shared_buffers')) as shared_buffers,
  t.temp_files,
  t.temp_bytes,
  'grant ' || quote_ident(r.rolname) || ' to OPERATOR with admin option' as needed
from pg_roles as r
join pg_stat_database as t on t.datname = current_database()
cross join lateral (
  select coalesce(
    (select k.value from known as k where k.name = 'work_mem' and k.setrole in (0, r.oid) order by k.setrole <> 0 desc, k.setdatabase <> 0 desc limit 1),
    current_setting('work_mem')
  ) as value
) as memory
cross join lateral (
  select coalesce(
    (select k.value from known as k where k.name = 'max_parallel_workers_per_gather' and k.setrole in (0, r.oid) order by k.setrole <> 0 desc, k.setdatabase <> 0 desc limit 1),
    current_setting('max_parallel_workers_per_gather')
  ) as value
) as workers
order by r.rolname;

-- name: settings
-- How is each wanted setting given to a role in this database, is it there already, how is it verified, and how undone?
-- The settings of the whole server are never touched. Values: role, work_mem and workers (null: not wanted).
select
  w.name,
  w.value,
  k.value as was,
  'alter role ' || quote_ident(r.rolname) || ' in database ' || quote_ident(current_database()) || ' set ' || w.name || ' = ' || quote_literal(w.value)
    as statement,
  'alter role ' || quote_ident(r.rolname) || ' in database ' || quote_ident(current_database())
    || case when k.value is null then ' reset ' || w.name else ' set ' || w.name || ' = ' || quote_literal(k.value) end as undo,
  'select t.now is not distinct from ' || quote_literal(w.value) || ' as ok, coalesce(' || quote_literal(w.name || ' = ') || ' || t.now, ''not set'') as found from (select ('
    || 'select substr(c.pair, strpos(c.pair, ''='') + 1) from pg_db_role_setting as s cross join lateral unnest(s.setconfig) as c (pair) where s.setrole = ' || r.oid
    || ' and s.setdatabase = ' || d.oid || ' and split_part(c.pair, ''='', 1) = ' || quote_literal(w.name) || ') as now) as t' as given,
  'select t.now is not distinct from ' || quote_nullable(k.value) || ' as ok, coalesce(' || quote_literal(w.name || ' = ') || ' || t.now, ''not set'') as found from (select ('
    || 'select substr(c.pair, strpos(c.pair, ''='') + 1) from pg_db_role_setting as s cross join lateral unnest(s.setconfig) as c (pair) where s.setrole = ' || r.oid
    || ' and s.setdatabase = ' || d.oid || ' and split_part(c.pair, ''='', 1) = ' || quote_literal(w.name) || ') as now) as t' as taken_back
from pg_roles as r
join pg_database as d on d.datname = current_database()
cross join (values (1, 'work_mem', %(work_mem)s::text), (2, 'max_parallel_workers_per_gather', %(workers)s::text)) as w (place, name, value)
left join lateral (
  select substr(c.pair, strpos(c.pair, '=') + 1) as value
  from pg_db_role_setting as s
  cross join lateral unnest(s.setconfig) as c (pair)
  where s.setrole = r.oid
    and s.setdatabase = d.oid
    and split_part(c.pair, '=', 1) = w.name
) as k on true
where r.rolname = %(role)s
  and w.value is not null
order by w.place;
