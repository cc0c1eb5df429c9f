-- name: tables
-- Which tables could be meant, and how does a partitioned one get the statistics that autovacuum never gives it?
select
  c.relname as name,
  c.relkind = 'p' as is_partitioned,
  c.reltuples >= 0 as analyzed,
  format('analyze %%I.%%I', n.nspname, c.relname) as analyze,
  'select coalesce(bool_and(c.reltuples >= 0), false) as ok, coalesce(max(case when c.reltuples >= 0 then ''statistics of about '' || to_char(c.reltuples, ''FM999,999,999,990'') '
    || '|| '' rows'' else ''no statistics'' end), ''it is not there'') as found from pg_class as c where c.relkind = ''p'' and c.oid = to_regclass('
    || quote_literal(format('%%I.%%I', n.nspname, c.relname)) || ')' as is_analyzed
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = %(schema)s
  and c.relkind in ('r', 'p')
  and not c.relispartition
order by c.relname;
