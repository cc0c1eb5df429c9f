"""Commands asked as people ask them, of a real database, with a real memory and real measuring."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from psycopg import Connection

from bot.chat import Profile
from bot.command import (
    Check,
    Database,
    Instead,
    Kept,
    KeyStore,
    Limits,
    Measurement,
    Order,
    Plan,
    Pool,
    Probe,
    R,
    Sources,
    Sql,
    Step,
    Warmth,
)
from bot.database import Operation, Watched
from bot.parse import arguments, parse
from bot.policy import Policy
from bot.recollection import Recollection
from bot.redact import redact
from bot.registry import Registry, discover, entry
from bot.report import Report, Table
from bot.rota import Rota
from bot.store import Store
from bot.timetable import Job
from bot.watch import Gauge
from practice.database import PracticeDatabase

ANA = Profile(id="U1", name="Ana")
POLICY = Policy(operators=frozenset({"U1"}), approvers=frozenset({"U1"}))
IMPATIENT = Limits(long_query_seconds=0.5, idle_in_transaction_seconds=3600)


@dataclass
class House:
    """One database in Scout's care, with everything a command may look at."""

    database: Watched
    store: Store
    limits: Limits = IMPATIENT
    asker: Profile = ANA
    registry: Registry = field(default_factory=lambda: discover("commands"))
    last: dict[str, Measurement] = field(default_factory=dict[str, Measurement])
    pooler: Pool | None = None
    cache: KeyStore | None = None
    replicas: tuple[Database, ...] = ()
    warmth: Warmth | None = None
    jobs: tuple[Job, ...] = ()

    def __post_init__(self) -> None:
        self._gauge = Gauge(self.database, self.limits, self.registry.metrics, probes=self.registry.probes)

    def ask(self, text: str) -> Report | Plan:
        """What a command says to a text."""
        answer = self.said(text)
        assert isinstance(answer, Report | Plan)
        return answer

    def said(self, text: str) -> Report | Plan | Order | Instead:
        """What a command says to a text, whatever it is."""
        call = parse(text, self.registry.entries)
        command = self.registry.named(call.name)
        return command.plan(self.sources(), arguments(entry(command), call.args))

    def report(self, text: str) -> Report:
        """An answer."""
        answer = self.ask(text)
        assert isinstance(answer, Report)
        return answer

    def plan(self, text: str) -> Plan:
        """A proposal."""
        answer = self.ask(text)
        assert isinstance(answer, Plan)
        return answer

    def tick(self, ago_s: float = 0) -> dict[str, Measurement]:
        """Measure as the watch does, and keep it; `ago_s` back-dates the readings, so that no test waits for a window."""
        at = datetime.now(UTC) - timedelta(seconds=ago_s)
        self.last = {one.name: one for one in self._gauge.sample(at)}
        return self.last

    def sources(self) -> Sources:
        """Everything a command may look at."""
        at = datetime.now(UTC)

        def earlier(probe: Probe[R], seconds: float) -> Kept[R] | None:
            return self._gauge.earlier(probe, seconds, at)

        return Sources(
            database=self.database,
            at=at,
            limits=self.limits,
            memory=Recollection(self.store, self.database.name),
            offers=self.registry.offers(POLICY, self.asker),
            metrics=self.registry.metrics,
            measure=lambda: self._gauge.measure(at, self.last),
            waiting=lambda: 0.0,
            earlier=earlier,
            doing=redact,
            pooler=self.pooler,
            cache=self.cache,
            replicas=self.replicas,
            warmth=self.warmth,
            duties=lambda: Rota(self.store, {self.database.name: self.jobs}).duties(self.database.name, at),
        )

    def carry_out(self, step: Step) -> str:
        """Do one step as the operator, and what its check found when it was content."""
        assert isinstance(step.do, Sql)
        assert step.check is not None
        with self.database.operate("scout run test/1") as hand:
            for statement in filter(None, (step.do.first, step.do.statement)):
                hand.run(statement, step.timeout_s, step.lock_timeout_s)
            return found(hand, step.check)

    def check(self, step: Step) -> tuple[bool, str]:
        """What a step's check finds now."""
        assert step.check is not None
        with self.database.operate("scout run test/1") as hand:
            return hand.check(step.check.statement)


def found(hand: Operation, check: Check) -> str:
    """What a check finds when it is content."""
    said = [""]

    def is_content() -> bool:
        ok, said[0] = hand.check(check.statement)
        return ok

    await_that(is_content, check.patience_s + 3)
    return said[0]


@contextmanager
def house_of(practice: PracticeDatabase, folder: Path, url: str = "", limits: Limits = IMPATIENT) -> Generator[House]:
    """A house around a practice database; `url` is another login than that of the reading role."""
    database = Watched("scout", url or practice.read_url, practice.operate_url, "scout")
    store = Store.open(f"sqlite:///{folder}/scout.db")
    try:
        yield House(database, store, limits)
    finally:
        database.close()
        store.close()


def await_that(reached: Callable[[], bool], seconds: float = 15) -> None:
    """Wait until something is so, or fail."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "not reached in time"
        time.sleep(0.05)


def await_counters(connection: Connection, reached: Callable[[], bool], seconds: float = 15) -> None:
    """Wait for what a session has counted: on PostgreSQL 14 it tells so with its next statement only."""

    def told() -> bool:
        connection.execute("select 1")
        return reached()

    await_that(told, seconds)


def table(report: Report) -> Table:
    """The only table of a report."""
    (one,) = [part for part in report.parts if isinstance(part, Table)]
    return one
