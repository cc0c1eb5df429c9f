-- The tables of the lock queues in truth_blocked.py.
create schema truth_blocked;
set search_path = truth_blocked;
create table row_chain (id int primary key, n int);
create table ddl_queue (id int);
create table built (id int);
create table shared (id int);
create table two_holders (id int);
create table "Prepared ""Täble"" of rows" (id int primary key, n int);
create table prepared_lock (id int);
create table parent (id int primary key);
create table child (parent int references parent);
create table twins (id int primary key);
create table quiet (id int primary key, n int);
insert into row_chain values (1, 0);
insert into parent values (1);
insert into "Prepared ""Täble"" of rows" values (1, 0);
insert into quiet values (1, 0), (2, 0);
