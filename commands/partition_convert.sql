-- name: tables
-- Which tables could be meant?
select
  c.relname as name,
  c.relkind = 'p' as is_partitioned
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = %(schema)s
  and c.relkind in ('r', 'p')
  and not c.relispartition
order by c.relname;
