-- name: costly
-- Which statements have cost most since the counters began: in total, on average, in number, or in pages read from outside the buffers?
-- Departs from the runbook's slow_queries: only this database, only what clients sent themselves (`toplevel`, nothing counted twice), without
-- Scout's own and without commands such as CREATE or VACUUM, whose verb is looked for behind leading comments; ranked by share of the
-- total time instead of by mean, which put one-off loads on top; rows per call are not divided as integers.
-- What failed, was cancelled or still runs is not in it: that is what `active` shows.
with own as (
  select
    s.queryid as query_id,
    min(s.query) as query,
    min(s.userid::regrole::text) as role,
    count(distinct s.userid)::int as roles,
    sum(s.calls)::bigint as calls,
    sum(s.total_exec_time) as total_ms,
    sum(s.rows)::float8 as rows,
    sum(s.shared_blks_read)::bigint as pages_read,
    sum(s.shared_blks_hit + s.shared_blks_read)::bigint as pages
  from {pgss}.pg_stat_statements as s
  where s.dbid = (select oid from pg_database where datname = current_database())
    and s.toplevel
    and s.calls > 0
    and s.userid <> (select oid from pg_roles where rolname = current_user)
  group by s.queryid
), counted as (
  select
    own.*,
    coalesce(100 * own.total_ms / nullif(sum(own.total_ms) over (), 0), 0) as share,
    count(*) over ()::int as examined
  from own
  where regexp_replace(own.query, '^([[:space:](]|--[^\n]*\n|/[*].*?[*]/)+', '') !~* '^(create|alter|drop|vacuum|analyze|reindex|refresh|cluster|truncate|copy|grant|revoke|set|reset|show|begin|commit|rollback|end|start|savepoint|release|checkpoint|comment|discard|listen|unlisten|notify|explain|do|deallocate|declare|close|fetch|lock|prepare)\M'
)
select
  c.query_id,
  c.query,
  c.role,
  c.roles,
  c.calls,
  c.total_ms / 1000 as total_s,
  c.total_ms / c.calls as mean_ms,
  c.share,
  c.rows / c.calls as rows_per_call,
  c.pages_read,
  coalesce(100.0 * c.pages_read / nullif(c.pages, 0), 0)::float8 as read_percent,
  c.examined,
  i.stats_reset as since
from counted as c
cross join {pgss}.pg_stat_statements_info as i
order by
  case %(by)s::text
    when 'mean' then c.total_ms / c.calls
    when 'calls' then c.calls
    when 'io' then c.pages_read
    else c.total_ms
  end desc,
  c.query_id
limit %(limit)s;
