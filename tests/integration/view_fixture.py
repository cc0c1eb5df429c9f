"""A materialized view with everything that a rebuild could lose, and a look at all of it."""

import psycopg

LADEN = """
set role scout_owner;
create materialized view scout."Odd 100% ""View" with (fillfactor = 70, autovacuum_enabled = false) as
  select store_id as "The Store", region, count(*) as n, sum(peso_value) as total, 'it''s 100%'::text as said
  from scout.silver_transactions_cleaned group by store_id, region;
create unique index "key 100% ""of it" on scout."Odd 100% ""View" ("The Store", region);
create index odd_partial on scout."Odd 100% ""View" (lower(region) desc) include (n) where n > 1;
alter index scout.odd_partial alter column 1 set statistics 77;
comment on index scout.odd_partial is 'for %s and "it''s"';
comment on materialized view scout."Odd 100% ""View" is 'a view''s 100%';
comment on column scout."Odd 100% ""View"."The Store" is 'which %I';
alter materialized view scout."Odd 100% ""View" alter column n set statistics 500;
alter materialized view scout."Odd 100% ""View" alter column region set (n_distinct = -0.5);
alter materialized view scout."Odd 100% ""View" alter column said set storage external;
alter materialized view scout."Odd 100% ""View" alter column said set compression pglz;
alter materialized view scout."Odd 100% ""View" cluster on "key 100% ""of it";
create statistics scout."odd 100% ""stats" (ndistinct, mcv) on "The Store", region, (n + 1) from scout."Odd 100% ""View";
comment on statistics scout."odd 100% ""stats" is 'both';
revoke all on scout."Odd 100% ""View" from scout_report, scout_app;
grant select on scout."Odd 100% ""View" to scout_app with grant option;
grant select ("The Store", n) on scout."Odd 100% ""View" to scout_report;
reset role;
"""
LOOK = """
select
  c.oid::regclass::text, pg_get_userbyid(c.relowner), c.relispopulated, c.reloptions,
  array(select x::text from aclexplode(c.relacl) as x order by 1),
  array(
    select concat_ws('/', a.attname, format_type(a.atttypid, a.atttypmod), a.attstattarget, (select string_agg(o, ' ') from unnest(a.attoptions) as o where o ~ '^n_distinct'), a.attstorage, a.attcompression,
      col_description(c.oid, a.attnum), (select string_agg(x::text, ' ' order by x::text) from aclexplode(a.attacl) as x))
    from pg_attribute as a where a.attrelid = c.oid and a.attnum > 0 order by a.attnum
  ),
  array(
    select concat_ws('/', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered, obj_description(i.indexrelid, 'pg_class'),
      (select string_agg(concat(a.attname, a.attstattarget), ' ') from pg_attribute as a where a.attrelid = i.indexrelid))
    from pg_index as i where i.indrelid = c.oid order by 1
  ),
  array(
    select concat_ws('/', pg_get_statisticsobjdef(e.oid), pg_get_userbyid(e.stxowner), obj_description(e.oid, 'pg_statistic_ext'))
    from pg_statistic_ext as e where e.stxrelid = c.oid order by 1
  ),
  obj_description(c.oid, 'pg_class'), pg_get_viewdef(c.oid)
from pg_class as c
where c.oid = to_regclass(%s)
"""


def look(boss: psycopg.Connection, name: str) -> tuple[object, ...]:
    """Everything about a view that must be the same afterwards."""
    return boss.execute(LOOK, [name]).fetchone() or ()
