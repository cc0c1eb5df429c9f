"""Who works on the database while something is done to it, and how it went."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import psycopg

SALE = """
insert into scout.silver_transactions_cleaned (store_id, customer_id, product_id, region, date_key, peso_value, payment_method)
values (1, 1, 1, 'NCR', current_date, 10, 'cash')
returning transaction_id
"""
ANOTHER = "update scout.silver_transactions_cleaned set quantity = quantity + 1 where transaction_id = %s"


@dataclass
class Client:
    """A session that does one thing, given how often it was done, again and again."""

    url: str
    deed: Callable[[psycopg.Connection, int], object]
    done: int = 0
    errors: list[str] = field(default_factory=list[str])
    worst_s: float = 0
    over: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        """Do it until it is over."""
        with psycopg.connect(self.url, autocommit=True) as app:
            while not self.over.is_set():
                begun = time.monotonic()
                self._once(app)
                self.worst_s = max(self.worst_s, time.monotonic() - begun)

    def _once(self, app: psycopg.Connection) -> None:
        try:
            self.deed(app, self.done)
            self.done += 1
        except psycopg.Error as error:
            self.errors.append(str(error))


@contextmanager
def working(url: str, deed: Callable[[psycopg.Connection, int], object]) -> Generator[Client]:
    """A client at work for as long as the block lasts."""
    client = Client(url, deed)
    thread = threading.Thread(target=client.work)
    thread.start()
    try:
        yield client
    finally:
        client.over.set()
        thread.join()


def writing(url: str) -> AbstractContextManager[Client]:
    """Somebody who inserts a row and changes it."""
    return working(url, lambda app, _: app.execute(ANOTHER, app.execute(SALE).fetchone()))


def reading(url: str, statement: str) -> AbstractContextManager[Client]:
    """Somebody who reads."""
    return working(url, lambda app, _: app.execute(statement.encode()))
