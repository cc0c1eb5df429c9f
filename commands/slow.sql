-- name: described
-- What are these statements called, whose are they, and are they commands such as CREATE or VACUUM rather than questions?
-- The verb is looked for behind leading comments, which tags of frameworks leave there. Asked only for the few that rank highest: the same
-- look at every text costs ten times as much.
select
  s.queryid as query_id,
  min(s.query) as query,
  min(s.userid::regrole::text) as role,
  count(distinct s.userid)::int as roles,
  regexp_replace(min(s.query), '^([[:space:](]|--[^\n]*\n|/[*].*?[*]/)+', '') ~* '^(create|alter|drop|vacuum|analyze|reindex|refresh|cluster|truncate|copy|grant|revoke|set|reset|show|begin|commit|rollback|end|start|savepoint|release|checkpoint|comment|discard|listen|unlisten|notify|explain|do|deallocate|declare|close|fetch|lock|prepare)\M' as is_command
from {pgss}.pg_stat_statements as s
where s.dbid = (select oid from pg_database where datname = current_database())
  and s.toplevel
  and s.queryid = any(%(query_ids)s::bigint[])
  and s.userid <> (select oid from pg_roles where rolname = current_user)
group by s.queryid;
