"""Sales in partitions, and somebody who sells all the time."""

from contextlib import AbstractContextManager

import psycopg

from tests.integration.meanwhile import Client, working

PLAIN = """
set role scout_owner;
create table scout.sales (id int not null, store_id int, amount int, gone timestamptz) partition by range (id);
create table scout.sales_1 partition of scout.sales for values from (1000) to (2000);
create table scout.sales_2 (gone timestamptz, amount int, store_id int, id int not null);
alter table scout.sales attach partition scout.sales_2 for values from (2000) to (3000);
create table scout.sales_3 partition of scout.sales for values from (3000) to (4000);
insert into scout.sales select n, n % 7, n % 100 from generate_series(1000, 3999) as n;
grant select, insert, update on scout.sales to scout_app;
reset role;
"""
NESTED = """
set role scout_owner;
create table scout.sales (id int not null, store_id int, amount int, gone timestamptz) partition by range (id);
create table scout.sales_1 partition of scout.sales for values from (1000) to (2000);
create table scout.sales_2 partition of scout.sales for values from (2000) to (3000) partition by hash (store_id);
create table scout.sales_2a partition of scout.sales_2 for values with (modulus 2, remainder 0);
create table scout.sales_2b partition of scout.sales_2 for values with (modulus 2, remainder 1);
create table scout.sales_3 partition of scout.sales for values from (3000) to (4000);
insert into scout.sales select n, n % 7, n % 100 from generate_series(1000, 3999) as n;
reset role;
"""
GONE = "rollback; reset role; drop table if exists scout.sales cascade"


def selling(url: str) -> AbstractContextManager[Client]:
    """Somebody who sells through the parent."""
    return working(url, _sell)


def _sell(app: psycopg.Connection, done: int) -> None:
    number = 1000 + done % 3000
    with app.transaction():
        app.execute("insert into scout.sales (id, store_id, amount) values (%s, 1, 1)", [number])
        app.execute("update scout.sales set amount = amount + 1 where id = %s", [number])
