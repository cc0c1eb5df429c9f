-- name: purge
-- How many rows of a cache table are expired, and how are they deleted?
-- Departs from the runbook's TRUNCATE, which waits behind every reader, stops those after it, and throws away what is still good.
-- One statement deletes 10,000 rows, commits, and goes on until none is left: no lock is held for long, and what is deleted stays deleted when
-- it is stopped. A row that somebody writes anew meanwhile is not struck. The check counts what had expired when this was planned.
select
  count(q.expires_at)::bigint as expired,
  coalesce(extract(epoch from clock_timestamp() - min(q.expires_at)), 0)::float8 as longest_s,
  'do ' || quote_literal(
    E'declare\n  gone bigint;\nbegin\n  loop\n    delete from ' || made.name || ' where ctid = any (array(select ctid from ' || made.name
    || E' where expires_at < now() limit 10000)) and expires_at < now();\n    get diagnostics gone = row_count;\n    exit when gone = 0;\n    commit;\n  end loop;\nend'
  ) as statement,
  'select count(*) = 0 as ok, count(*) || '' expired rows left'' as found from ' || made.name
    || ' where expires_at < ' || quote_literal(to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || '+00') as purged
from (select quote_ident(%(schema)s) || '.' || quote_ident(%(name)s) as name) as made
left join {schema}.{table} as q on q.expires_at < now()
group by made.name;
