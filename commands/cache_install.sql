-- name: installation
-- What replaces the runbook's get_cached_query in a schema, is it there already, how is that verified, and how taken back?
-- Departs from the runbook, whose function runs any text it is given, gives one role what another may see, and writes on every hit: here a
-- caller names a registered function, results belong to a role, row security guards them, a hit only reads, of many that miss one asks, and
-- a replica asks without keeping. One implicit transaction: nobody may call it before the rights are as they should be.
select
  replace(replace($install$create table if not exists @schema@.cached_query_def (
  name text primary key check (name ~ '^[a-z][a-z0-9_]*$'),
  fn text not null check (fn ~ '^[a-z][a-z0-9_]*$'), -- a function f(jsonb) of this schema that returns rows: no text is ever executed
  ttl interval not null default '5 minutes' check (ttl > '0' and ttl <= '1 day'),
  per_role boolean not null default true, -- what one role was told is never told to another
  max_bytes integer not null default 1048576
);
create unlogged table if not exists @schema@.cached_query_result (
  name text not null references @schema@.cached_query_def on delete cascade,
  role_name text not null,
  params jsonb not null,
  result jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  primary key (name, role_name, params)
);
create index if not exists cached_query_result_expires on @schema@.cached_query_result (expires_at);
create or replace function @schema@.cached_query(p_name text, p_params jsonb default jsonb_build_object())
returns jsonb language plpgsql volatile security invoker set search_path = pg_catalog, pg_temp as $fn$
declare
  d @schema@.cached_query_def;
  v_role text;
  v_result jsonb;
  v_readable boolean := not pg_is_in_recovery(); -- unlogged tables cannot be read on a replica
  v_writable boolean := v_readable and not current_setting('transaction_read_only')::boolean;
begin
  select * into d from @schema@.cached_query_def where name = p_name;
  if not found then
    raise exception 'unknown cached query' using errcode = 'undefined_object', detail = p_name;
  end if;
  v_role := case when d.per_role then current_user::text else '*' end;
  if v_readable then
    select r.result into v_result from @schema@.cached_query_result as r
    where r.name = p_name and r.role_name = v_role and r.params = p_params and r.expires_at > clock_timestamp();
    if found then
      return v_result; -- a hit never writes
    end if;
  end if;
  if v_writable then
    -- one asks; the others wait here and then find the row
    perform pg_advisory_xact_lock(hashtext('cached_query'), hashtext(concat_ws('|', p_name, v_role, p_params::text)));
    select r.result into v_result from @schema@.cached_query_result as r
    where r.name = p_name and r.role_name = v_role and r.params = p_params and r.expires_at > clock_timestamp();
    if found then
      return v_result;
    end if;
  end if;
  execute format('select coalesce(jsonb_agg(to_jsonb(q)), ''[]'') from %%I.%%I($1) as q', @literal@, d.fn) into v_result using p_params;
  if v_writable and octet_length(v_result::text) <= d.max_bytes then
    insert into @schema@.cached_query_result as r (name, role_name, params, result, expires_at)
    values (p_name, v_role, p_params, v_result, clock_timestamp() + d.ttl)
    on conflict (name, role_name, params) do update
    set result = excluded.result, created_at = excluded.created_at, expires_at = excluded.expires_at;
  end if;
  return v_result;
end $fn$;
revoke all on @schema@.cached_query_def, @schema@.cached_query_result from public;
revoke all on function @schema@.cached_query(text, jsonb) from public;
alter table @schema@.cached_query_result enable row level security;
drop policy if exists own_rows on @schema@.cached_query_result;
create policy own_rows on @schema@.cached_query_result using (role_name in ('*', current_user)) with check (role_name in ('*', current_user));
$install$, '@schema@', made.schema), '@literal@', quote_literal(n.nspname))
    || 'alter table ' || made.schema || '.cached_query_def owner to ' || made.owner || E';\n'
    || 'alter table ' || made.schema || '.cached_query_result owner to ' || made.owner || E';\n'
    || 'alter function ' || made.schema || '.cached_query(text, jsonb) owner to ' || made.owner as statement,
  replace($undo$do $guard$
begin
  if exists (select from @schema@.cached_query_def) then
    raise exception 'queries are registered: delete them from @schema@.cached_query_def first';
  end if;
  drop function @schema@.cached_query(text, jsonb);
  drop table @schema@.cached_query_result, @schema@.cached_query_def;
end $guard$$undo$, '@schema@', made.schema) as undo,
  replace($check$select t.tables and t.guarded and t.function as ok,
case when not t.tables then 'the tables are not there' when not t.function then 'the function is not there, or everybody may call it'
when not t.guarded then 'row security is off' else 'installed; nobody may call it yet but its owner' end as found
from (select
  (select count(*) = 2 from pg_class where relnamespace = @oid@ and relname in ('cached_query_def', 'cached_query_result')) as tables,
  exists (select from pg_class where relnamespace = @oid@ and relname = 'cached_query_result' and relrowsecurity) as guarded,
  exists (select from pg_proc where pronamespace = @oid@ and proname = 'cached_query' and not has_function_privilege('public', oid, 'execute')) as function
) as t$check$, '@oid@', n.oid::text) as installed,
  replace($gone$select to_regprocedure('@name@(text, jsonb)') is null as ok,
case when to_regprocedure('@name@(text, jsonb)') is null then 'gone' else 'still there' end as found$gone$, '@name@', replace(made.schema, '''', '''''') || '.cached_query') as removed,
  (select count(*) = 2 from pg_class where relnamespace = n.oid and relname in ('cached_query_def', 'cached_query_result'))
    and exists (select from pg_class where relnamespace = n.oid and relname = 'cached_query_result' and relrowsecurity)
    and exists (
      select from pg_proc where pronamespace = n.oid and proname = 'cached_query' and not has_function_privilege('public', oid, 'execute')
    ) as is_installed,
  made.schema as home,
  made.owner
from pg_namespace as n
cross join lateral (select quote_ident(n.nspname) as schema, quote_ident(pg_get_userbyid(n.nspowner)) as owner) as made
where n.nspname = %(schema)s;

-- name: old
-- Where is the runbook's function that everybody may call, how is it closed to them, how is that verified, and how undone?
select
  made.name,
  'revoke execute on function ' || made.signature || ' from public' as statement,
  'grant execute on function ' || made.signature || ' to public' as undo,
  'select not has_function_privilege(''public'', ' || p.oid || ', ''execute'') as ok, case when has_function_privilege(''public'', ' || p.oid
    || ', ''execute'') then ''everybody may call it still'' else ''closed to everybody but those who were named'' end as found' as revoked,
  'select has_function_privilege(''public'', ' || p.oid || ', ''execute'') as ok, ''open to everybody again'' as found' as granted
from pg_proc as p
join pg_namespace as n on n.oid = p.pronamespace
cross join lateral (
  select
    quote_ident(n.nspname) || '.' || quote_ident(p.proname) as name,
    quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')' as signature
) as made
where p.proname = 'get_cached_query'
  and p.prokind = 'f'
  and has_function_privilege('public', p.oid, 'execute');
