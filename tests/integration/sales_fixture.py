"""A table with everything that a conversion could lose, and a look at all of it."""

import psycopg

LADEN = """
set role scout_owner;
set search_path = scout;
create sequence "odd numbers";
create table "Odd 100% ""Sales" (
  id bigint generated always as identity (sequence name "odd id" start with 7 increment by 3),
  "The day" date not null,
  gone text,
  code text not null,
  store_id int not null references dim_store on delete cascade,
  total numeric(12, 2) not null default 1.5 constraint "is 100% ""fine" check (total >= 0),
  doubled numeric generated always as (total * 2) stored,
  number int default nextval('"odd numbers"'),
  seen_by name default current_user,
  constraint "odd ""key" primary key (id) include (code),
  constraint odd_code unique (code) deferrable initially deferred,
  constraint odd_day unique ("The day", number)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_enabled = false);
alter table "Odd 100% ""Sales" drop column gone;
alter sequence "odd numbers" owned by "Odd 100% ""Sales".number;
create index "odd 100% ""idx" on "Odd 100% ""Sales" using btree (lower(code) text_pattern_ops desc nulls last) include (total) with (fillfactor = 90) where total > 3;
create index odd_brin on "Odd 100% ""Sales" using brin ("The day");
alter index "odd 100% ""idx" alter column 1 set statistics 77;
create statistics "odd ""stats" on "The day", store_id from "Odd 100% ""Sales";
create function odd_touch() returns trigger language plpgsql as $$ begin new.code := new.code || '!'; return new; end $$;
create function odd_none() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger "odd ""row" before insert on "Odd 100% ""Sales" for each row when (new.total > 100) execute function odd_touch();
create trigger odd_after after update of code on "Odd 100% ""Sales" for each row execute function odd_none();
create trigger odd_statement after delete on "Odd 100% ""Sales" for each statement execute function odd_none();
alter table "Odd 100% ""Sales" disable trigger odd_after;
alter table "Odd 100% ""Sales" enable always trigger odd_statement;
alter table "Odd 100% ""Sales" enable row level security, force row level security;
create policy "odd 100% ""read" on "Odd 100% ""Sales" for select to scout_app, scout_report using (store_id > 0);
create policy odd_write on "Odd 100% ""Sales" for insert to public with check (total < 1000);
create policy odd_strict on "Odd 100% ""Sales" as restrictive using (code <> '100%');
create policy odd_owner on "Odd 100% ""Sales" to scout_owner using (true) with check (true);
alter table "Odd 100% ""Sales" replica identity full;
alter table "Odd 100% ""Sales" alter column code set statistics 500, alter column code set (n_distinct = -0.9), alter column code set storage external,
  alter column code set compression pglz;
revoke all on "Odd 100% ""Sales" from scout_read, scout_report;
grant select, insert on "Odd 100% ""Sales" to scout_app with grant option;
grant select ("The day", id), update (code) on "Odd 100% ""Sales" to scout_report with grant option;
grant usage on sequence "odd id" to scout_report;
comment on table "Odd 100% ""Sales" is 'it''s 100%';
comment on column "Odd 100% ""Sales"."The day" is 'day %I';
comment on constraint "odd ""key" on "Odd 100% ""Sales" is 'key';
comment on constraint "is 100% ""fine" on "Odd 100% ""Sales" is 'check';
comment on index "odd 100% ""idx" is 'index';
comment on policy odd_write on "Odd 100% ""Sales" is 'policy';
comment on trigger odd_after on "Odd 100% ""Sales" is 'trigger';
comment on statistics "odd ""stats" is 'stats';
comment on sequence "odd id" is 'sequence';
create view odd_view with (security_barrier = true, check_option = local) as select id, "The day", total from "Odd 100% ""Sales" where total < 500;
create view odd_above as select * from odd_view;
grant select on odd_view to scout_app;
create materialized view odd_gold as select count(*) as n from "Odd 100% ""Sales";
insert into "Odd 100% ""Sales" ("The day", code, store_id, total) select current_date - n % 400, 'c' || n, 1 + n % 20, n % 90 from generate_series(1, 3000) as n;
reset role;
reset search_path;
create publication "odd ""pub" for table scout."Odd 100% ""Sales" with (publish = 'insert', publish_via_partition_root = true);
alter publication "odd ""pub" set table scout."Odd 100% ""Sales" ("The day", code, store_id) where (store_id > 3);
alter publication "odd ""pub" owner to scout_owner;
"""
GONE = """
drop publication "odd ""pub";
drop table scout."Odd 100% ""Sales" cascade;
drop function scout.odd_touch, scout.odd_none;
drop sequence if exists scout."odd numbers";
"""
LOOK = {
    "table": "select pg_get_userbyid(relowner), relrowsecurity, relforcerowsecurity, relreplident, obj_description(oid, 'pg_class'),"
    " array(select x::text from aclexplode(relacl) as x order by 1) from pg_class where oid = %(it)s::regclass",
    "columns": """
        select a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), a.attstattarget,
          (select string_agg(o, ' ') from unnest(a.attoptions) as o where o ~ '^n_distinct'), a.attstorage, a.attcompression, col_description(a.attrelid, a.attnum),
          array(select x::text from aclexplode(a.attacl) as x order by 1), pg_get_serial_sequence(%(it)s, a.attname)
        from pg_attribute as a left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = %(it)s::regclass and a.attnum > 0 and not a.attisdropped order by a.attname""",
    "constraints": "select conname, contype, condeferrable, condeferred, obj_description(oid, 'pg_constraint'), case when contype in ('c', 'f') then pg_get_constraintdef(oid) end"
    " from pg_constraint where conrelid = %(it)s::regclass and contype <> 't' order by 1",
    "indexes": """
        select x.relname, replace(pg_get_indexdef(x.oid), ' ON ONLY ', ' ON '), obj_description(x.oid, 'pg_class'), i.indisvalid, x.reloptions,
          (select string_agg(concat(a.attname, a.attstattarget), ' ') from pg_attribute as a where a.attrelid = x.oid)
        from pg_index as i join pg_class as x on x.oid = i.indexrelid where i.indrelid = %(it)s::regclass
          and not exists (select from pg_constraint as k where k.conindid = x.oid) order by 1""",
    "policies": "select polname, polcmd, polpermissive, polroles::text, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid), obj_description(oid, 'pg_policy')"
    " from pg_policy where polrelid = %(it)s::regclass order by 1",
    "triggers": "select tgname, pg_get_triggerdef(oid), tgenabled, obj_description(oid, 'pg_trigger') from pg_trigger where tgrelid = %(it)s::regclass and not tgisinternal order by 1",
    "publications": "select p.pubname, t.attnames, t.rowfilter, p.pubinsert, p.pubupdate from pg_publication as p join pg_publication_tables as t using (pubname)"
    " where quote_ident(t.schemaname) || '.' || quote_ident(t.tablename) = %(it)s order by 1",
    "statistics": "select pg_get_statisticsobjdef(oid), obj_description(oid, 'pg_statistic_ext') from pg_statistic_ext where stxrelid = %(it)s::regclass order by 1",
    "views": "select c.relname, c.reloptions, pg_get_viewdef(c.oid), c.relacl::text from pg_class as c where c.relname in ('odd_view', 'odd_above') order by 1",
    "sequences": "select c.relname, p.*, array(select x::text from aclexplode(c.relacl) as x order by 1), obj_description(c.oid, 'pg_class'), pg_get_userbyid(c.relowner)"
    " from pg_class as c cross join lateral (select seqtypid, seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle from pg_sequence where seqrelid = c.oid) as p"
    " where c.relkind = 'S' and c.relname ~ '^odd' order by 1",
}


def look(boss: psycopg.Connection, name: str) -> dict[str, list[tuple[object, ...]]]:
    """Everything about a table that must be the same afterwards, by its kind."""
    return {kind: boss.execute(text.encode(), {"it": name}).fetchall() for kind, text in LOOK.items()}
