-- name: hints
-- Which columns of larger tables have many values in no order, and lead no index?
-- The runbook's list of missing indexes, repaired: a negative n_distinct is a share of the rows, the correlation counts without its sign, columns
-- that lead a valid index are left out, and so are types that are not looked up by equality. It knows no statement: a hint, not a finding.
select
  c.relname as relation,
  a.attname as column,
  greatest(c.reltuples, 0)::bigint as rows,
  (case when s.n_distinct < 0 then -s.n_distinct * c.reltuples else s.n_distinct end)::bigint as different
from pg_stats as s
join pg_class as c on c.relname = s.tablename and c.relnamespace = (select n.oid from pg_namespace as n where n.nspname = %(schema)s)
join pg_attribute as a on a.attrelid = c.oid and a.attname = s.attname
where s.schemaname = %(schema)s
  and c.relkind in ('r', 'm', 'p')
  and not c.relispartition
  and s.inherited = (c.relkind = 'p')
  and c.reltuples >= 10000
  and case when s.n_distinct < 0 then -s.n_distinct * c.reltuples else s.n_distinct end > 100
  and abs(s.correlation) < 0.1
  and a.atttypid not in ('jsonb'::regtype, 'bytea'::regtype)
  and not exists (
    select
    from pg_index as i
    where i.indrelid = c.oid
      and i.indisvalid
      and i.indkey[0] = a.attnum
  )
order by different desc, relation, a.attnum
limit 10;
