-- name: details
-- What hinders a refresh beside readers, who reads each view, and with which column of which table can its age be seen?
-- PostgreSQL keeps no time of refresh. A view that carries the newest moment of its source, as max(created_at) as last_transaction_at,
-- shows how far it is behind: its definition is read for that, but not where a lock on it or on what it reads is held or waited for.
-- `column` is null where no such column is found, or where two tables could be its source.
with locked as materialized (
  select distinct l.relation as oid
  from pg_locks as l
  where l.mode = 'AccessExclusiveLock'
    and l.relation is not null
    and l.database = (select d.oid from pg_database as d where d.datname = current_database())
), views as materialized (
  select
    c.oid,
    c.relname,
    c.relispopulated,
    n.nspname
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  where c.relkind = 'm'
    and n.nspname = %(schema)s
), reads as materialized (
  select distinct
    r.ev_class as reader,
    d.refobjid as source,
    d.refobjsubid as attnum
  from views as v
  join pg_rewrite as r on r.ev_class = v.oid
  join pg_depend as d
    on d.classid = 'pg_rewrite'::regclass
    and d.objid = r.oid
    and d.refclassid = 'pg_class'::regclass
    and d.refobjid <> r.ev_class
), readers as materialized (
  select distinct
    v.oid as source,
    c.relname as reader
  from views as v
  join pg_depend as d
    on d.refclassid = 'pg_class'::regclass
    and d.refobjid = v.oid
    and d.classid = 'pg_rewrite'::regclass
  join pg_rewrite as r on r.oid = d.objid and r.ev_class <> v.oid
  join pg_class as c on c.oid = r.ev_class
), untouched as materialized (
  select v.oid
  from views as v
  where not exists (select from locked where locked.oid = v.oid)
    and not exists (select from reads join locked on locked.oid = reads.source where reads.reader = v.oid)
), told as materialized (
  select
    v.oid,
    a.attname,
    a.attnum,
    case when exists (select from untouched where untouched.oid = v.oid) then pg_get_viewdef(v.oid) end as definition
  from views as v
  join pg_attribute as a
    on a.attrelid = v.oid
    and a.attnum > 0
    and not a.attisdropped
    and a.atttypid = 'timestamptz'::regtype
    and a.attname ~ '^(last|latest|newest|max)_|updated'
), candidates as (
  select
    told.oid,
    told.attname,
    told.attnum,
    min(reads.source) as source,
    min(s.attname::text) as source_column,
    min(s.attnum) as source_attnum
  from told
  join reads on reads.reader = told.oid and reads.attnum > 0
  join pg_class as t on t.oid = reads.source and t.relkind in ('r', 'p', 'm')
  join pg_attribute as s
    on s.attrelid = reads.source
    and s.attnum = reads.attnum
    and s.atttypid = 'timestamptz'::regtype
  where told.definition ~ (
    'max\(([^()]*\.)?' || regexp_replace(quote_ident(s.attname), '([^[:alnum:]_ ])', '\\\1', 'g')
    || '\) AS ' || regexp_replace(quote_ident(told.attname), '([^[:alnum:]_ ])', '\\\1', 'g') || '[,[:space:]]'
  )
  group by told.oid, told.attname, told.attnum
  having count(*) = 1
), comparable as (
  select distinct on (candidates.oid) candidates.*
  from candidates
  order by candidates.oid, candidates.attname ~ '^(last|latest|newest)_' desc, candidates.attnum
)
select
  v.relname as name,
  not exists (select from untouched where untouched.oid = v.oid) as locked,
  coalesce(hindrance.said, '') as hindrance,
  coalesce(
    (
      select array_agg(readers.reader::text order by readers.reader)
      from readers
      where readers.source = v.oid
    ), array[]::text[]
  ) as read_by,
  o.attname as column,
  n.nspname as source_schema,
  s.relname as source,
  o.source_column,
  case
    when o.oid is null then ''
    when not coalesce(has_table_privilege(v.oid, 'select') and has_table_privilege(s.oid, 'select'), false) then 'may not be read'
    when row_security_active(s.oid) then 'row security hides rows'
    when v.size > %(most_bytes)s then 'the view is too large to look for its newest row'
    when not indexed.found and (s.relkind = 'p' or s.relpages::bigint * current_setting('block_size')::bigint > %(most_bytes)s)
      then 'no index finds the newest row of ' || s.relname
    else ''
  end as why_not
from (
  select
    views.*,
    c.relpages::bigint * current_setting('block_size')::bigint as size
  from views
  join pg_class as c on c.oid = views.oid
) as v
left join comparable as o on o.oid = v.oid and v.relispopulated
left join pg_class as s on s.oid = o.source
left join pg_namespace as n on n.oid = s.relnamespace
left join lateral (
  select exists (
    select from pg_index as i
    join pg_class as x on x.oid = i.indexrelid
    join pg_am as m on m.oid = x.relam and m.amname = 'btree'
    where i.indrelid = s.oid
      and i.indisvalid
      and i.indpred is null
      and i.indkey[0] = o.source_attnum
  ) as found
) as indexed on true
left join lateral (
  select
    case
      when not i.indisvalid then 'its unique index ' || x.relname || ' is invalid'
      when i.indpred is not null then 'its unique index ' || x.relname || ' has a WHERE'
      when i.indexprs is not null then 'its unique index ' || x.relname || ' is on an expression'
      when not i.indimmediate then 'its unique index ' || x.relname || ' is deferrable'
      else ''
    end as said
  from pg_index as i
  join pg_class as x on x.oid = i.indexrelid
  where i.indrelid = v.oid
    and i.indisunique
  order by said, x.relname
  limit 1
) as hindrance on true
order by v.relname;

-- name: behind
-- By how many seconds is the newest row of a view older than the newest of its source? Null when one of them is empty.
select
  extract(epoch from s.newest - v.newest)::float8 as seconds,
  s.newest is not null and v.newest is null as is_empty
from (select max({source_column}) as newest from {source_schema}.{source} where isfinite({source_column})) as s
cross join (select max({column}) as newest from {schema}.{view} where isfinite({column})) as v;

-- name: scheduler
-- Is pg_cron installed here or in another database, does it run, and may its jobs be read?
-- A launcher that was terminated does not come back before the server restarts, and cron.schedule() answers all the same.
select
  exists (select from pg_extension where extname = 'pg_cron') as installed,
  coalesce((select s.setting from pg_settings as s where s.name = 'cron.database_name'), '') as lives_in,
  current_database() as here,
  case
    when pg_has_role(current_user, 'pg_read_all_stats', 'usage')
      then exists (select from pg_stat_activity as a where a.backend_type like 'pg_cron%%' or a.application_name = 'pg_cron scheduler')
  end as runs,
  coalesce(bool_and(has_schema_privilege(c.relnamespace, 'usage') and has_table_privilege(c.oid, 'select')), false) as readable,
  coalesce(bool_or(row_security_active(c.oid)), false) as filtered,
  coalesce(bool_or(exists (
    select from pg_locks as l
    where l.relation = c.oid
      and l.mode = 'AccessExclusiveLock'
      and l.database = (select d.oid from pg_database as d where d.datname = current_database())
  )), false) as locked,
  case when bool_and(has_schema_privilege(c.relnamespace, 'usage') and has_table_privilege(c.oid, 'select')) then '' else
    'grant usage on schema cron to ' || quote_ident(current_user)
    || '; grant select on cron.job, cron.job_run_details to ' || quote_ident(current_user) || ';' end as grants,
  'create policy scout_looks on cron.job for select to ' || quote_ident(current_user) || ' using (true); '
    || 'create policy scout_looks on cron.job_run_details for select to ' || quote_ident(current_user) || ' using (true);' as policies
from pg_class as c
where c.relnamespace = (select n.oid from pg_namespace as n where n.nspname = 'cron')
  and c.relname in ('job', 'job_run_details')
  and c.relkind = 'r';

-- name: jobs
-- Which pg_cron jobs touch a materialized view, in their command or in a function that they call, and how did their last runs end?
-- Only the newest 2,000 runs are looked at: their table has an index on runid alone, and is never purged.
with recent as materialized (
  select
    d.jobid,
    d.runid,
    d.status,
    d.start_time,
    d.return_message
  from cron.job_run_details as d
  order by d.runid desc
  limit 2000
), functions as materialized (
  select
    p.proname,
    p.prosrc
  from pg_proc as p
  join pg_namespace as n on n.oid = p.pronamespace
  where n.nspname not in ('pg_catalog', 'information_schema')
    and p.prosrc ~* 'refresh\s+materialized'
)
select
  j.jobid as id,
  j.schedule,
  j.command,
  j.active,
  touched.views,
  coalesce(ended.runs, 0)::int as runs,
  coalesce(ended.failed, 0)::int as failed,
  coalesce(ended.last_status, '') as last_status,
  ended.last_at,
  coalesce(ended.wants_unique, false) as wants_unique
from cron.job as j
cross join lateral (
  select j.command || coalesce(
    (
      select string_agg(' ' || f.prosrc, '')
      from functions as f
      where j.command ~* ('(^|[^[:alnum:]_])' || regexp_replace(f.proname, '([^[:alnum:]_ ])', '\\\1', 'g') || '"?\s*\(')
    ), ''
  ) as said
) as words
cross join lateral (
  select coalesce(array_agg(c.relname::text order by c.relname), array[]::text[]) as views
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  where c.relkind = 'm'
    and n.nspname = %(schema)s
    and words.said ~* ('(^|[^[:alnum:]_])' || regexp_replace(c.relname, '([^[:alnum:]_ ])', '\\\1', 'g') || '([^[:alnum:]_]|$)')
) as touched
left join lateral (
  select
    count(*) filter (where r.status in ('succeeded', 'failed')) as runs,
    count(*) filter (where r.status = 'failed') as failed,
    (array_agg(r.status order by r.runid desc) filter (where r.status in ('succeeded', 'failed')))[1] as last_status,
    max(r.start_time) as last_at,
    bool_or(r.status = 'failed' and r.return_message ~* 'concurrently') as wants_unique
  from recent as r
  where r.jobid = j.jobid
) as ended on true
where j.database = current_database()
  and cardinality(touched.views) > 0
order by j.jobid;
