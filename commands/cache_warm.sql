-- name: source
-- Is the relation there, has it the columns, and which one statement reads key and value of every row?
-- Departs from the runbook's warm-up, which asks once for every row, puts the driver's whole answer into the cache, and does not renew
-- what is about to expire. Values: schema, relation, key, columns, most. What is `missing` is told, and then nothing is run.
with wanted as (
  select
    w.name,
    w.place
  from unnest(%(columns)s::text[]) with ordinality as w (name, place)
)
select
  made.name as relation,
  greatest(0, c.reltuples)::bigint as about,
  array(
    select w.name from (select %(key)s::text as name union select name from wanted) as w
    where not exists (
      select from pg_attribute as a where a.attrelid = c.oid and a.attname = w.name and a.attnum > 0 and not a.attisdropped
    )
    order by w.name
  ) as missing,
  exists (
    select from pg_index as i
    join pg_attribute as a on a.attrelid = c.oid and a.attnum = i.indkey[0]
    where i.indrelid = c.oid
      and i.indisunique
      and i.indisvalid
      and i.indpred is null
      and i.indnkeyatts = 1
      and a.attname = %(key)s::text
  ) as is_unique,
  'select ' || quote_ident(%(key)s::text) || '::text as key, jsonb_build_object('
    || (select string_agg(quote_literal(w.name) || ', ' || quote_ident(w.name), ', ' order by w.place) from wanted as w)
    || ')::text as value from ' || made.name || ' where ' || quote_ident(%(key)s::text) || ' is not null limit ' || (%(most)s::int + 1) as statement
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
cross join lateral (select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name) as made
where n.nspname = %(schema)s
  and c.relname = %(relation)s
  and c.relkind in ('r', 'p', 'm', 'v');
