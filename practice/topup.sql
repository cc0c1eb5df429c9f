-- What was stopped for longer than a schedule waits has its views brought up to date at the end, as the schedule would have done.
select set_config('practice.stopped', (max(created_at) < now() - interval '15 minutes')::text, false) from scout.bronze_transactions_raw;

-- The rows that the tills would have sent since the newest one, so that a cached or stopped database is never stale.
-- The newest row is stamped now: freshness begins at zero.
with newest as (
  select least(max(created_at), now()) as since from scout.bronze_transactions_raw
), raw as (
  insert into scout.bronze_transactions_raw (source, payload, created_at)
  select
    'pos-' || n % 4,
    jsonb_build_object('store', 1 + n % 240, 'customer', 1 + (n * 31) % 6000, 'sku', 1 + (n * 7) % 400, 'qty', 1 + n % 3,
                       'peso', round((40 + 900 * power(random(), 3))::numeric, 2), 'pay', 'cash', 'till', 1 + n % 6),
    at
  from newest
  cross join lateral generate_series(now(), since + interval '1 second', interval '-40 seconds') with ordinality as missed (at, n)
  returning payload, created_at
)
insert into scout.silver_transactions_cleaned
  (store_id, customer_id, product_id, region, date_key, quantity, peso_value, payment_method, created_at)
select
  store_id,
  (payload ->> 'customer')::int,
  (payload ->> 'sku')::int,
  region,
  raw.created_at::date,
  (payload ->> 'qty')::smallint,
  (payload ->> 'peso')::numeric,
  payload ->> 'pay',
  raw.created_at
from raw
join scout.dim_store on store_id = (payload ->> 'store')::int
order by raw.created_at;

-- A cache as it looks at any time of day: an hour's worth of rows is live, the rest has expired.
truncate scout.query_cache;
insert into scout.query_cache
select
  md5('dashboard ' || n),
  md5('dashboard ' || n),
  jsonb_build_object('store', n, 'revenue', round((random() * 100000)::numeric, 2)),
  now() - n * interval '1 minute',
  now() + (60 - n) * interval '1 minute',
  n % 17
from generate_series(1, 200) as n;
analyze scout.query_cache;

do $$
declare
  one regclass;
begin
  for one in -- a view is made after those that it reads
    select c.oid from pg_class as c where c.relkind = 'm' and c.relnamespace = 'scout'::regnamespace and c.relispopulated order by c.oid
  loop
    if current_setting('practice.stopped') = 'true' then
      execute format('refresh materialized view %s', one);
    end if;
  end loop;
end $$;
