-- Some 300,000 rows over the 90 days before now: a chain of shops in the Philippines.
-- Loaded by sets, ordered in time as a real table grows; the seed makes two loads of the same hour alike.
set search_path = scout;
set role scout_owner;
set synchronous_commit = off;
select setseed(0.1701);

insert into dim_store
select
  n,
  city || ' ' || (array['Public Market', 'Town Center', 'Crossing', 'Poblacion', 'Terminal'])[1 + n % 5],
  region,
  city,
  n % 40 <> 0,
  current_date - 200 - (n * 37) % 3000
from generate_series(1, 240) as n
cross join lateral (
  select *
  from (values
    (0, 'NCR', 'Quezon City'), (1, 'NCR', 'Manila'), (2, 'NCR', 'Makati'), (3, 'NCR', 'Pasig'), (4, 'NCR', 'Caloocan'),
    (5, 'Calabarzon', 'Antipolo'), (6, 'Calabarzon', 'Dasmariñas'), (7, 'Calabarzon', 'Calamba'),
    (8, 'Central Luzon', 'San Fernando'), (9, 'Central Luzon', 'Malolos'), (10, 'Central Visayas', 'Cebu City'),
    (11, 'Central Visayas', 'Mandaue'), (12, 'Western Visayas', 'Iloilo City'), (13, 'Western Visayas', 'Bacolod'),
    (14, 'Davao', 'Davao City'), (15, 'Northern Mindanao', 'Cagayan de Oro'), (16, 'Ilocos', 'Dagupan'),
    (17, 'Bicol', 'Naga'), (18, 'Zamboanga Peninsula', 'Zamboanga City'), (19, 'Soccsksargen', 'General Santos')
  ) as place (place_id, region, city)
  where place_id = (n * 7) % 20
) as place;

insert into dim_customer
select
  n,
  (array['Maria', 'Jose', 'Juan', 'Ana', 'Rosa', 'Andres', 'Liza', 'Paolo', 'Carmela', 'Miguel'])[1 + n % 10]
    || ' ' || (array['Santos', 'Reyes', 'Cruz', 'Bautista', 'Ocampo', 'Garcia', 'Mendoza', 'Torres', 'Ramos'])[1 + (n / 10) % 9],
  (array['regular', 'regular', 'regular', 'sari-sari', 'wholesale'])[1 + n % 5],
  (array['NCR', 'Calabarzon', 'Central Luzon', 'Central Visayas', 'Western Visayas', 'Davao'])[1 + n % 6],
  current_date - 100 - (n * 13) % 1500
from generate_series(1, 6000) as n;

insert into dim_product
select
  n,
  (array['Rice 5 kg', 'Instant noodles', 'Canned sardines', 'Coffee 3-in-1', 'Soy sauce', 'Laundry bar', 'Shampoo sachet',
         'Powdered milk', 'Banana ketchup', 'Biscuits', 'Cooking oil', 'Soft drink 1.5 L'])[1 + n % 12] || ' ' || n,
  'Brand ' || chr(65 + n % 17),
  (array['Staples', 'Noodles', 'Canned', 'Beverages', 'Condiments', 'Laundry', 'Personal care',
         'Dairy', 'Condiments', 'Snacks', 'Cooking', 'Beverages'])[1 + n % 12],
  (8 + (n * 17) % 400)::numeric(10, 2)
from generate_series(1, 400) as n;

-- One slot an hour, weighted by the hour in Manila, the day of the week and pay day; each slot is filled in proportion.
insert into silver_transactions_cleaned
  (store_id, customer_id, product_id, region, date_key, quantity, peso_value, payment_method, created_at, deleted_at)
with slot as (
  select
    start,
    (case
       when hour between 11 and 13 then 1.5
       when hour between 17 and 19 then 1.8
       when hour between 7 and 21 then 1.0
       else 0.08
     end)
    * (case when extract(isodow from start at time zone 'Asia/Manila') in (6, 7) then 1.35 else 1.0 end)
    * (case when extract(day from start at time zone 'Asia/Manila') in (15, 16, 30, 31) then 1.4 else 1.0 end) as weight
  from generate_series(now() - interval '90 days', now() - interval '1 hour', interval '1 hour') as start
  cross join lateral (select extract(hour from start at time zone 'Asia/Manila')) as clock (hour)
), sale as (
  select
    start + random() * interval '1 hour' as created_at,
    1 + floor(240 * power(random(), 1.6))::int as store_id,
    1 + floor(6000 * power(random(), 1.3))::int as customer_id,
    1 + floor(400 * power(random(), 1.4))::int as product_id,
    1 + floor(5 * power(random(), 2.5))::smallint as quantity,
    exp(5.2 + 0.9 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())) as peso_value,
    random() as way_of_paying,
    random() as fate
  from (select start, weight / sum(weight) over () as share from slot) as shared
  cross join lateral generate_series(1, round(200000 * share)::int)
)
select
  sale.store_id,
  customer_id,
  product_id,
  region,
  sale.created_at::date,
  quantity,
  peso_value::numeric(12, 2),
  case when way_of_paying < 0.62 then 'cash' when way_of_paying < 0.85 then 'gcash' when way_of_paying < 0.95 then 'maya' else 'card' end,
  sale.created_at,
  case when fate < 0.02 then least(sale.created_at + interval '3 hours', now()) end
from sale
join dim_store on dim_store.store_id = sale.store_id
order by sale.created_at;

-- Raw rows are kept half as long: the newest 100,000, in the form in which the tills send them.
insert into bronze_transactions_raw (source, payload, created_at)
select
  'pos-' || store_id % 4,
  jsonb_build_object('store', store_id, 'customer', customer_id, 'sku', product_id, 'qty', quantity,
                     'peso', peso_value, 'pay', payment_method, 'till', 1 + transaction_id % 6),
  created_at
from (select * from silver_transactions_cleaned order by transaction_id desc limit 100000) as newest
order by transaction_id;

insert into gold_business_metrics
select date_key, region, count(*), sum(peso_value), avg(peso_value), now()
from silver_transactions_cleaned
where deleted_at is null
group by date_key, region;

-- After the load, as a dump would: faster, and dense.
create index idx_bronze_created_at on bronze_transactions_raw (created_at);
create index idx_transactions_store_date on silver_transactions_cleaned (store_id, date_key) where deleted_at is null;
create index idx_transactions_region_value on silver_transactions_cleaned (region, peso_value desc) where deleted_at is null;
create index idx_transactions_created_at on silver_transactions_cleaned (created_at);
-- Nobody reads by this one, and customer_id and product_id have none: something for the index commands to find.
create index idx_transactions_payment on silver_transactions_cleaned (payment_method);
create unique index gold_daily_aggregates_key on gold_daily_aggregates (date_key);
create unique index gold_regional_performance_key on gold_regional_performance (region, month);
create unique index gold_customer_insights_key on gold_customer_insights (customer_id);
create index idx_mv_store_metrics_date on mv_store_daily_metrics (date_key);

reset role;
reset search_path;
