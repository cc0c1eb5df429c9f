-- name: tables
-- Which of the runbook's tables for cached results are there, may they be read, and how large are they?
-- The size is what the catalog says where somebody has locked the table, or waits to: asking for it would wait too.
select
  c.relname as name,
  locked.found as locked,
  has_table_privilege(c.oid, 'select') and has_schema_privilege(n.oid, 'usage') as readable,
  row_security_active(c.oid) as filtered,
  case
    when locked.found then c.relpages::bigint * current_setting('block_size')::bigint
    else pg_relation_size(c.oid)
  end as size,
  greatest(0, c.reltuples)::bigint as about,
  case when has_schema_privilege(n.oid, 'usage') then '' else 'grant usage on schema ' || quote_ident(n.nspname) || ' to ' || quote_ident(current_user) || '; ' end
    || 'grant select on ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || ' to ' || quote_ident(current_user) as grant_select
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
cross join lateral (
  select exists (
    select from pg_locks as l
    where l.relation = c.oid
      and l.mode = 'AccessExclusiveLock'
      and l.database = (select d.oid from pg_database as d where d.datname = current_database())
  ) as found
) as locked
where n.nspname = %(schema)s
  and c.relname in ('query_cache', 'cached_query_result')
  and c.relkind = 'r'
  and exists (
    select from pg_attribute as a
    where a.attrelid = c.oid
      and a.attname = 'expires_at'
      and a.atttypid = 'timestamptz'::regtype
      and not a.attisdropped
  )
order by c.relname desc;

-- name: rows
-- How many results does a table keep, how often were they used, and how many are expired?
-- A table without the column hit_count answers with nulls: the name is then found in the row beside it.
select
  count(*)::bigint as kept,
  count(*) filter (where q.expires_at < now())::bigint as expired,
  count(*) filter (where q.expires_at is null)::bigint as for_ever,
  sum(q.hit_count)::bigint as hits,
  count(*) filter (where q.hit_count = 0)::bigint as never_used,
  coalesce(extract(epoch from now() - min(q.expires_at) filter (where q.expires_at < now())), 0)::float8 as longest_expired_s,
  'delete from ' || quote_ident(%(schema)s) || '.' || quote_ident(%(name)s) || ' where expires_at < now()' as statement
from (select null::bigint as hit_count) as absent
cross join lateral (
  select
    expires_at,
    hit_count
  from {schema}.{table}
) as q;

-- name: functions
-- Is there the runbook's function that runs any text it is given, and may everybody call it?
select
  quote_ident(n.nspname) || '.' || quote_ident(p.proname) as name,
  has_function_privilege('public', p.oid, 'execute') as is_public,
  'revoke execute on function ' || quote_ident(n.nspname) || '.' || quote_ident(p.proname)
    || '(' || pg_get_function_identity_arguments(p.oid) || ') from public' as statement,
  'grant execute on function ' || quote_ident(n.nspname) || '.' || quote_ident(p.proname)
    || '(' || pg_get_function_identity_arguments(p.oid) || ') to public' as undo
from pg_proc as p
join pg_namespace as n on n.oid = p.pronamespace
where p.proname = 'get_cached_query';
