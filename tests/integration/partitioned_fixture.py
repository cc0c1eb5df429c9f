"""Sales in partitions, and somebody who sells all the time."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

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


@dataclass
class Seller:
    """Somebody who sells through the parent, and how it went."""

    url: str
    written: int = 0
    errors: list[str] = field(default_factory=list[str])
    worst_s: float = 0
    over: threading.Event = field(default_factory=threading.Event)

    def sell(self) -> None:
        """Insert a row and change it, until it is over."""
        with psycopg.connect(self.url, autocommit=True) as app:
            while not self.over.is_set():
                begun = time.monotonic()
                self._once(app, 1000 + self.written % 3000)
                self.worst_s = max(self.worst_s, time.monotonic() - begun)

    def _once(self, app: psycopg.Connection, number: int) -> None:
        try:
            with app.transaction():
                app.execute("insert into scout.sales (id, store_id, amount) values (%s, 1, 1)", [number])
                app.execute("update scout.sales set amount = amount + 1 where id = %s", [number])
            self.written += 1
        except psycopg.Error as error:
            self.errors.append(str(error))


@contextmanager
def selling(url: str) -> Generator[Seller]:
    """A seller for as long as the block lasts."""
    seller = Seller(url)
    thread = threading.Thread(target=seller.sell)
    thread.start()
    try:
        yield seller
    finally:
        seller.over.set()
        thread.join()
