-- name: age
-- The newest rows move back in time until nothing is younger than 150 minutes; the ids are what `rejuvenate` needs.
with aged as (
  update scout.bronze_transactions_raw
  set created_at = created_at - interval '150 minutes'
  where created_at > now() - interval '150 minutes'
  returning raw_id
)
select coalesce(array_agg(raw_id), '{}') from aged;

-- name: rejuvenate
update scout.bronze_transactions_raw
set created_at = created_at + interval '150 minutes'
where raw_id = any(%(ids)s);

-- name: is_stale
select coalesce(max(created_at) < now() - interval '2 hours', true) from scout.bronze_transactions_raw;

-- name: hold_back
-- Sets aside the sales of the last three hours, so that the views are made as they would have been made then.
create temporary table held_back as
select * from scout.silver_transactions_cleaned where created_at > now() - interval '3 hours';
delete from scout.silver_transactions_cleaned
where transaction_id in (select transaction_id from held_back);

-- name: put_back
insert into scout.silver_transactions_cleaned overriding system value select * from held_back;
drop table held_back;

-- name: is_behind
-- Whether a gold view lacks the sales of the last two hours and more.
select least(
    (select max(last_transaction_at) from scout.gold_daily_aggregates),
    (select max(last_transaction_at) from scout.gold_regional_performance),
    (select max(last_transaction_at) from scout.gold_customer_insights)
  ) < max(created_at) - interval '2 hours'
from scout.silver_transactions_cleaned
where deleted_at is null;

-- name: disable_autovacuum
alter table scout.bronze_transactions_raw set (autovacuum_enabled = off);

-- name: churn
-- Every row becomes a new version of itself; the old versions stay.
update scout.bronze_transactions_raw set source = source;

-- name: is_bloated
select n_dead_tup > 50000 from pg_stat_user_tables where relid = 'scout.bronze_transactions_raw'::regclass;

-- name: enable_autovacuum
alter table scout.bronze_transactions_raw reset (autovacuum_enabled);

-- name: rewrite
vacuum (full, analyze) scout.bronze_transactions_raw;

-- name: hold_snapshot
-- A reader of another table: its old snapshot is what a concurrent index build has to wait for.
select count(*) from scout.dim_store;

-- name: build_index
create index concurrently idx_transactions_customer on scout.silver_transactions_cleaned (customer_id);

-- name: is_invalid
select exists (
  select from pg_index
  where indexrelid = to_regclass('scout.idx_transactions_customer') and not indisvalid
);

-- name: drop_index
drop index concurrently if exists scout.idx_transactions_customer;
