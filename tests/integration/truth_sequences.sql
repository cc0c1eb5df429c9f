-- Sequences whose use is known, each with a trap; the numbers are set, not drawn.
alter default privileges in schema scout grant select on sequences to scout_read;

create table plain_bigint (id bigint generated always as identity);
create table identity_int (id int generated always as identity);
select setval('identity_int_id_seq', 1932735283);
create table serial_small (id smallserial);
select setval('serial_small_id_seq', 32000);
create table barely_used (id serial);
select setval('barely_used_id_seq', 21474837);

-- the sequence reaches further than its column
create sequence wider_than_its_column;
create table narrow_column (id int default nextval('wider_than_its_column'));
select setval('wider_than_its_column', 1825361101);

-- two columns: the narrower one is full first
create sequence shared_by_two;
create table first_user (id bigint default nextval('shared_by_two'));
create table second_user (id smallint default nextval('shared_by_two'));
select setval('shared_by_two', 29491);

-- owned by one column, the default of another, narrower one
create table owner (id bigserial);
create table borrower (id smallint default nextval('owner_id_seq'));
select setval('owner_id_seq', 31129);

create domain order_number as int check (value > 0);
create domain special_order_number as order_number;
create sequence of_a_domain;
create table orders (id special_order_number default nextval('of_a_domain'));
select setval('of_a_domain', 1825361101);

create sequence descending_int as int increment by -1;
create table downwards (id int default nextval('descending_int'));
select setval('descending_int', -1825361101);
create sequence descending_into_small increment by -1;
create table downwards_small (id smallint default nextval('descending_into_small'));
select setval('descending_into_small', -26214);
create sequence descending_to_zero minvalue 0 maxvalue 1000 start 1000 increment by -1;
select setval('descending_to_zero', 100);
create sequence descending_new increment by -1;

create sequence cycles_in_time maxvalue 1000 cycle;
create table cycling (id int default nextval('cycles_in_time'));
select setval('cycles_in_time', 999);
create sequence cycles_too_late cycle;
create table cycling_small (id smallint default nextval('cycles_too_late'));
select setval('cycles_too_late', 31129);

create sequence orphan maxvalue 1000;
select setval('orphan', 950);
create sequence "Odd ""näme"" %s <!channel>" maxvalue 100;
create table "Odd ""Täble""" ("The Id" int default nextval('"Odd ""näme"" %s <!channel>"'));
select setval('"Odd ""näme"" %s <!channel>"', 90);
create sequence steps_of_ten increment 10 maxvalue 1000;
select setval('steps_of_ten', 991);
create sequence never_used maxvalue 10;
create sequence begins_high start 1900000000;
create table begins_high_user (id int default nextval('begins_high'));
select setval('begins_high', 1932735283);
create sequence exhausted as smallint;
select setval('exhausted', 32767);
create table into_text (id text default 'n' || nextval('exhausted'));
create sequence of_numeric;
create table into_numeric (id numeric default nextval('of_numeric'));
select setval('of_numeric', 5000000000);
create sequence negative_minimum minvalue -1000 maxvalue 1000 start -1000;
select setval('negative_minimum', 0);
create sequence default_dropped as int;
create table once (id int);
alter sequence default_dropped owned by once.id;
select setval('default_dropped', 1932735283);
create table parts (id int generated always as identity, at date) partition by range (at);
create table parts_now partition of parts default;
select setval('parts_id_seq', 1932735283);
create temporary sequence temporary_one maxvalue 2;

create sequence hidden_from_scout maxvalue 10;
select setval('hidden_from_scout', 10);
revoke select on sequence hidden_from_scout from scout_read;
