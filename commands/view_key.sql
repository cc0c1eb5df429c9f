-- name: candidates
-- Which sets of up to four columns could be the key of a materialized view? Those of its indexes, and the first ones of its columns, for what it
-- is grouped by stands there as a rule; the narrow ones first.
select distinct
  k.columns,
  cardinality(k.columns) as width
from (
  select array_agg(a.attname::text order by x.place) as columns
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  join pg_index as i on i.indrelid = c.oid
  cross join lateral unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) with ordinality as x (attnum, place)
  join pg_attribute as a on a.attrelid = c.oid and a.attnum = x.attnum
  where n.nspname = %(schema)s
    and c.relname = %(relation)s
    and i.indexprs is null
  group by i.indexrelid
  union all
  select (array_agg(a.attname::text order by a.attnum))[1:width.of]
  from pg_class as c
  join pg_namespace as n on n.oid = c.relnamespace
  join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  cross join generate_series(1, 4) as width (of)
  where n.nspname = %(schema)s
    and c.relname = %(relation)s
  group by width.of
) as k
where cardinality(k.columns) <= 4
order by width, k.columns
limit 8;

-- name: unique_1
-- Is a column different in every row? Looks at so many rows and no more; `rows` says at how many.
select
  coalesce(sum(s.n), 0)::bigint as rows,
  coalesce(bool_and(s.n = 1), true) as is_unique
from (
  select count(*) as n
  from (select {a} from {schema}.{relation} limit %(most)s) as v
  group by {a}
) as s;

-- name: unique_2
-- The same for two columns together.
select
  coalesce(sum(s.n), 0)::bigint as rows,
  coalesce(bool_and(s.n = 1), true) as is_unique
from (
  select count(*) as n
  from (select {a}, {b} from {schema}.{relation} limit %(most)s) as v
  group by {a}, {b}
) as s;

-- name: unique_3
-- The same for three columns together.
select
  coalesce(sum(s.n), 0)::bigint as rows,
  coalesce(bool_and(s.n = 1), true) as is_unique
from (
  select count(*) as n
  from (select {a}, {b}, {c} from {schema}.{relation} limit %(most)s) as v
  group by {a}, {b}, {c}
) as s;

-- name: unique_4
-- The same for four columns together.
select
  coalesce(sum(s.n), 0)::bigint as rows,
  coalesce(bool_and(s.n = 1), true) as is_unique
from (
  select count(*) as n
  from (select {a}, {b}, {c}, {d} from {schema}.{relation} limit %(most)s) as v
  group by {a}, {b}, {c}, {d}
) as s;
