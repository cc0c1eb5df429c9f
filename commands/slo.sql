-- name: freshness
-- How old is the newest row of the table that data arrive in? Needs a btree index on the column.
-- Unlike the runbook's, an empty table and a time in the future are no answer, not "OK".
select
  (extract(epoch from clock_timestamp() - max({column})) / 60)::float8 as minutes
from {schema}.{table};
