-- name: ledger
-- What has every statement of this database cost since the counters began? One packed row, numbers in network order; two of these are subtracted.
-- Without the texts (`false`): the file that holds them is not read. Only what clients sent themselves (`toplevel`), without Scout's own.
-- Departs from the runbook's slow_queries, whose totals since the last reset let yesterday's incident lead for ever.
select
  i.stats_reset as reset_at,
  i.dealloc as evicted,
  coalesce(a.keys, '') as keys,
  coalesce(a.figures, '') as figures
from {pgss}.pg_stat_statements_info as i
cross join (
  select
    string_agg(int8send(g.queryid), '') as keys,
    string_agg(
      float8send(g.calls) || float8send(g.total_ms) || float8send(g.rows)
        || float8send(g.pages_hit) || float8send(g.pages_read) || float8send(g.temp_pages),
      ''
    ) as figures
  from (
    select
      s.queryid,
      sum(s.calls::float8) as calls,
      sum(s.total_exec_time) as total_ms,
      sum(s.rows::float8) as rows,
      sum(s.shared_blks_hit::float8) as pages_hit,
      sum(s.shared_blks_read::float8) as pages_read,
      sum((s.temp_blks_read + s.temp_blks_written)::float8) as temp_pages
    from {pgss}.pg_stat_statements(false) as s
    where s.dbid = (select oid from pg_database where datname = current_database())
      and s.toplevel
      and s.calls > 0
      and s.queryid is not null
      and s.userid <> (select oid from pg_roles where rolname = current_user)
    group by s.queryid
  ) as g
) as a;

-- name: counting
-- What keeps statements from being counted, and how many entries are left out: of Scout itself, called by other statements, of other databases?
-- Without an id PostgreSQL counts no statement, whatever pg_stat_statements is told.
select
  current_setting('compute_query_id') as query_ids,
  current_setting('pg_stat_statements.track') as track,
  count(*) filter (where s.dbid = d.oid and s.userid = r.oid)::int as own,
  count(*) filter (where s.dbid = d.oid and s.userid <> r.oid and not s.toplevel)::int as nested,
  count(*) filter (where s.dbid <> d.oid)::int as elsewhere
from {pgss}.pg_stat_statements(false) as s
cross join (select oid from pg_database where datname = current_database()) as d
cross join (select oid from pg_roles where rolname = current_user) as r;
