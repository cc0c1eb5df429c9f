-- name: buckets
-- How many statements took how long, by the time bucket in which pg_stat_monitor counted them? Two of these are subtracted.
-- Only this database, only what clients sent themselves, not Scout's own. `resp_calls` has a text for each range of the histogram, and the
-- ranges follow from its settings, which pg_settings tells in milliseconds and current_setting() with a unit.
-- The runbook knows no percentile. What failed is not in the histogram.
with counted as (
  select
    m.bucket,
    m.bucket_start_time as began,
    r.place,
    sum(r.calls::bigint)::bigint as calls
  from {pgsm}.pg_stat_monitor as m
  cross join lateral unnest(m.resp_calls) with ordinality as r (calls, place)
  where m.datname = current_database()
    and m.toplevel
    and m.userid::oid <> (select oid from pg_roles where rolname = current_user)
  group by m.bucket, m.bucket_start_time, r.place
)
select
  c.bucket,
  c.began,
  array_agg(c.calls order by c.place) as calls,
  (select setting::float8 from pg_settings where name = 'pg_stat_monitor.pgsm_histogram_min') as least_ms,
  (select setting::float8 from pg_settings where name = 'pg_stat_monitor.pgsm_histogram_max') as most_ms
from counted as c
group by c.bucket, c.began
order by c.began;
