"""Partitioned tables with one trap each; their months are counted from now on."""

# scout.months(parent, key's type, from, to) makes the partitions of whole months, counted from this one; -1 is the month before.
PREPARE = """
set role scout_owner;
set search_path = scout;
create procedure months(parent text, first int, last int, suffix text default '') language plpgsql as $$
declare low date;
begin
  for n in first .. last loop
    low := date_trunc('month', current_date)::date + make_interval(months => n);
    execute format('create table %I partition of %I for values from (%L) to (%L)',
      parent || to_char(low, '"_y"YYYY"m"MM') || suffix, parent, low, low + interval '1 month');
  end loop;
end $$;
"""
TRAPS = """
create table far (at date not null, n int) partition by range (at);
call months('far', -2, 3);
create table far_tz (at timestamptz not null, n int) partition by range (at);
call months('far_tz', -2, 3);
create table near (at timestamp not null, n int) partition by range (at);
call months('near', -1, 0);
create table "Odd 100% ""Part" ("The day" date not null, n int) partition by range ("The day");
call months('Odd 100% "Part', -1, 0);
create table gapped (at date not null) partition by range (at);
call months('gapped', -6, -5);
call months('gapped', -3, 3);
create table spilled (at date not null) partition by range (at);
call months('spilled', -1, 3);
create table spilled_rest partition of spilled default;
insert into spilled select current_date + interval '1 year' from generate_series(1, 7);
create table closed (at date not null) partition by range (at);
call months('closed', -2, -1);
create table caught (at date not null) partition by range (at);
call months('caught', -2, -1);
create table caught_rest partition of caught default;
create table endless (at date not null) partition by range (at);
create table endless_all partition of endless for values from (minvalue) to (maxvalue);
create table renamed (at date not null) partition by range (at);
call months('renamed', 0, 3);
do $$ begin
  execute format('alter table %I rename to renamed_y2019m01', 'renamed' || to_char(current_date, '"_y"YYYY"m"MM'));
end $$;
create table listed (region text) partition by list (region);
create table listed_north partition of listed for values in ('north');
create table listed_rest partition of listed default;
insert into listed values ('north'), ('south'), ('west');
create table hashed (n int) partition by hash (n);
create table hashed_0 partition of hashed for values with (modulus 1, remainder 0);
create table wide (at date, region text) partition by range (at, region);
create table wide_1 partition of wide for values from ('2020-01-01', 'a') to ('2020-01-01', 'm');
create table expressed (at timestamptz) partition by range ((at at time zone 'UTC'));
create table expressed_1 partition of expressed for values from ('2020-01-01') to ('2020-02-01');
create domain date_number as int;
create table coded (d date_number) partition by range (d);
create table coded_rest partition of coded default;
create table spanned (during daterange) partition by range (during);
create table spanned_rest partition of spanned default;
create table until_ever (at timestamptz not null) partition by range (at);
create table until_ever_all partition of until_ever for values from ('-infinity') to ('infinity');
create table numbered (n bigint) partition by range (n);
create table numbered_1 partition of numbered for values from (0) to (1000);
create table nested (region text, at date not null) partition by list (region);
create table nested_north partition of nested for values in ('north') partition by range (at);
call months('nested_north', 0, 0);
create table nested_south partition of nested for values in ('south') partition by range (at);
call months('nested_south', 0, 3);
create table old_year (at date not null) partition by range (at);
call months('old_year', 0, 3);
create table old_year_2020 partition of old_year for values from ('2020-01-01') to ('2021-01-01') partition by range (at);
create table old_year_2020_h1 partition of old_year_2020 for values from ('2020-01-01') to ('2020-07-01');
create table archive (at date not null) partition by range (at);
call months('archive', -6, -3);
create table ancient (at date not null) partition by range (at);
create table ancient_all partition of ancient for values from ('0044-03-15 BC') to ('294000-01-01');
create table far_y2019m07 (at date not null, n int);
create table far_y2019m08 (n int);
"""
CLEAR = """
do $$
declare one record;
begin
  for one in select c.oid::regclass::text as name from pg_class as c
    where c.relnamespace = 'scout'::regnamespace and c.relkind = 'p' and not c.relispartition
  loop
    execute 'drop table ' || one.name || ' cascade';
  end loop;
end $$;
drop procedure scout.months;
drop domain if exists scout.date_number;
drop table if exists scout.far_y2019m07, scout.far_y2019m08;
"""
