-- name: oldest
-- Which database of the server has used up most of its transaction or multixact numbers? The oldest one stops them all.
select
  d.datname as name,
  greatest(age(d.datfrozenxid), mxid_age(d.datminmxid))::bigint as used
from pg_database as d
order by 2 desc, 1
limit 1;
