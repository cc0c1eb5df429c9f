"""A plan carried out as a run does it, and somebody who writes meanwhile."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
import pytest

from bot.command import Plan, Sql, Step
from bot.database import Stopped
from bot.errors import DatabaseDown, ScoutError
from tests.integration.command_fixture import House

SALE = """
insert into scout.silver_transactions_cleaned (store_id, customer_id, product_id, region, date_key, peso_value, payment_method)
values (1, 1, 1, 'NCR', current_date, 10, 'cash')
returning transaction_id
"""
ANOTHER = "update scout.silver_transactions_cleaned set quantity = quantity + 1 where transaction_id = %s"


@dataclass
class Writer:
    """Somebody who inserts a row and changes it, all the time, and how it went."""

    url: str
    written: int = 0
    errors: list[str] = field(default_factory=list[str])
    worst_s: float = 0
    over: threading.Event = field(default_factory=threading.Event)

    def write(self) -> None:
        """Write until it is over."""
        with psycopg.connect(self.url, autocommit=True) as app:
            while not self.over.is_set():
                begun = time.monotonic()
                self._once(app)
                self.worst_s = max(self.worst_s, time.monotonic() - begun)

    def _once(self, app: psycopg.Connection) -> None:
        try:
            app.execute(ANOTHER, app.execute(SALE).fetchone())
            self.written += 1
        except psycopg.Error as error:
            self.errors.append(str(error))


@contextmanager
def writing(url: str) -> Generator[Writer]:
    """A writer for as long as the block lasts."""
    writer = Writer(url)
    thread = threading.Thread(target=writer.write)
    thread.start()
    try:
        yield writer
    finally:
        writer.over.set()
        thread.join()


@dataclass
class Reader:
    """Somebody who reads all the time, and how it went."""

    url: str
    statement: str
    done: int = 0
    errors: list[str] = field(default_factory=list[str])
    worst_s: float = 0
    over: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        """Read until it is over."""
        with psycopg.connect(self.url, autocommit=True) as app:
            while not self.over.is_set():
                begun = time.monotonic()
                self._once(app)
                self.worst_s = max(self.worst_s, time.monotonic() - begun)

    def _once(self, app: psycopg.Connection) -> None:
        try:
            app.execute(self.statement.encode())
            self.done += 1
        except psycopg.Error as error:
            self.errors.append(str(error))


@contextmanager
def reading(url: str, statement: str) -> Generator[Reader]:
    """A reader for as long as the block lasts."""
    reader = Reader(url, statement)
    thread = threading.Thread(target=reader.read)
    thread.start()
    try:
        yield reader
    finally:
        reader.over.set()
        thread.join()


def carry_out(house: House, plan: Plan) -> list[str]:
    """What became of each step; a required one that fails ends it, as in a run."""
    said: list[str] = []
    for step in plan.steps:
        try:
            said.append(house.carry_out(step))
        except (ScoutError, AssertionError) as error:
            said.append(f"failed: {type(error).__name__}")
            if step.required:
                break
    return said


def stop_in_the_middle(house: House, step: Step, seconds: float = 0.5) -> None:
    """Somebody presses Stop while a step is at work."""
    assert isinstance(step.do, Sql)
    with house.database.operate("scout run test/1") as hand:
        stop = threading.Timer(seconds, hand.cancel)
        stop.start()
        with pytest.raises(Stopped):
            hand.run(step.do.statement, step.timeout_s, step.lock_timeout_s)
        stop.join()


def kill_in_the_middle(house: House, step: Step, boss: psycopg.Connection, seconds: float = 0.5) -> None:
    """The session that does a step is ended from outside."""
    assert isinstance(step.do, Sql)
    with house.database.operate("scout run test/1") as hand:
        kill = threading.Timer(seconds, boss.execute, ["select pg_terminate_backend(%s)", [hand.backend_pid]])
        kill.start()
        with pytest.raises(DatabaseDown):
            hand.run(step.do.statement, step.timeout_s, 60)
        kill.join()


def hasty(plan: Plan, seconds: float) -> Plan:
    """The same plan with less patience for locks."""
    steps = tuple(step.model_copy(update={"lock_timeout_s": seconds}) for step in plan.steps)
    return plan.model_copy(update={"steps": steps})
