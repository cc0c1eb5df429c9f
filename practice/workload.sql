-- name: sell
-- One sale: the raw row as the till sends it and the cleaned one, in one transaction.
with till as (
  select
    1 + floor(240 * power(random(), 1.6))::int as store,
    1 + floor(6000 * power(random(), 1.3))::int as customer,
    1 + floor(400 * power(random(), 1.4))::int as sku,
    1 + floor(5 * power(random(), 2.5))::int as qty,
    round(exp(5.2 + 0.9 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))::numeric, 2) as peso,
    (array['cash', 'cash', 'gcash', 'maya'])[1 + floor(4 * random())::int] as pay
), raw as (
  insert into scout.bronze_transactions_raw (source, payload)
  select 'pos-' || store % 4, to_jsonb(till)
  from till
)
insert into scout.silver_transactions_cleaned
  (store_id, customer_id, product_id, region, date_key, quantity, peso_value, payment_method)
select store, customer, sku, region, current_date, qty, peso, pay
from till
join scout.dim_store on store_id = store;

-- name: transaction
select transaction_id, store_id, peso_value, payment_method, created_at
from scout.silver_transactions_cleaned
where transaction_id = (select 1 + floor(random() * 200000)::bigint);

-- name: store_today
select count(*), sum(peso_value)
from scout.silver_transactions_cleaned
where store_id = (select 1 + floor(random() * 240)::int)
  and date_key = current_date
  and deleted_at is null;

-- name: store_page
select * from scout.gold_store_performance where store_id = (select 1 + floor(random() * 240)::int);

-- name: best_sales
select transaction_id, store_id, peso_value
from scout.silver_transactions_cleaned
where region = 'NCR' and deleted_at is null
order by peso_value desc
limit 20;

-- name: week_by_region
select region, count(*), sum(peso_value)
from scout.silver_transactions_cleaned
where date_key > current_date - 7 and deleted_at is null
group by region
order by region;

-- name: daily_totals
select date_key, transaction_count, total_revenue from scout.gold_daily_aggregates order by date_key desc limit 30;

-- name: best_customers
select customer_id, lifetime_value from scout.gold_customer_insights order by lifetime_value desc limit 50;
