"""What a command is, what it may look at, and what it may propose.

A command answers with a `Report` or proposes a `Plan`. It never runs anything: execution, progress, limits of time, stopping,
audit and the comparison of before and after are written once, in the runner.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from bot.errors import ScoutError
from bot.report import Level, Record, Report, Unit
from bot.sql import Statement

R = TypeVar("R", bound=BaseModel)


class Row(BaseModel):
    """A row of a statement: its fields are the statement's column aliases."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Args(BaseModel):
    """The arguments of a command that takes none; others subclass it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Risk(StrEnum):
    """What a command can do to others; the order of the members is the order of weight.

    `LOOK` reads. `MEND` is invisible to others: an operator confirms. `DISRUPT` can stop somebody's work: another person approves.
    """

    LOOK = "look"
    MEND = "mend"
    DISRUPT = "disrupt"

    def at_least(self, other: "Risk") -> bool:
        """Whether this is as heavy as another or heavier."""
        order = list(Risk)
        return order.index(self) >= order.index(other)


# --- what a plan is made of ---------------------------------------------------------------------------------------------------------


class Sql(Record):
    """A statement that the database wrote with `format()`; it carries its own guard where it destroys."""

    kind: Literal["sql"] = "sql"
    statement: str


class Pooler(Record):
    """An order on the pooler's admin console, as `RECONNECT scout`."""

    kind: Literal["pooler"] = "pooler"
    order: str


class Program(Record):
    """A program from the settings, run without a shell."""

    kind: Literal["program"] = "program"
    argv: tuple[str, ...]


Do = Annotated[Sql | Pooler | Program, Field(discriminator="kind")]


class Session(Record):
    """A session as people see it: ages in seconds, `doing` redacted."""

    pid: int
    role: str
    application: str = ""
    state: str
    age_s: float
    doing: str = ""
    why: str = ""


class Check(Record):
    """A statement that answers `ok` (boolean) and `found` (text) when a step is over; asked again for `patience_s` seconds."""

    statement: str
    patience_s: float = 0


class Step(Record):
    """One thing to do: shown word for word, run alone, journaled before and after.

    A step that is not `required` may fail and the run goes on. `hits` are the sessions it strikes now; they are shown, and a new one
    voids the approval because the statement names it. `retries` repeats a step that ran into its own lock_timeout.
    """

    title: str
    do: Do
    locks: str
    timeout_s: float
    lock_timeout_s: float = 5
    required: bool = True
    retries: int = 0
    hits: tuple[Session, ...] = ()
    check: Check | None = None

    @property
    def binding(self) -> tuple[str, str, float]:
        """What people approve: the title, what is done, and for how long it may run."""
        return self.title, self.do.model_dump_json(), self.timeout_s


class Plan(Record):
    """What a command means to do, as data.

    `evidence` are command texts whose answers are kept before the first step runs.
    """

    summary: str
    risk: Risk
    steps: tuple[Step, ...]
    spared: tuple[Session, ...] = ()
    notes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


# --- what a command may look at -----------------------------------------------------------------------------------------------------


class Answer(Generic[R]):
    """The rows of one question, once its pipeline has been through."""

    def __init__(self) -> None:
        self._rows: list[R] | None = None
        self.error: ScoutError | None = None

    def settle(self, rows: list[R] | None, error: ScoutError | None) -> None:
        """Keep what came back; called by the database."""
        self._rows, self.error = rows, error

    @property
    def rows(self) -> list[R]:
        """The rows.

        Raises:
            ScoutError: the statement failed; the others of its pipeline may have answered.
        """
        if self.error is not None:
            raise self.error
        if self._rows is None:
            raise RuntimeError("asked before the pipeline was through")
        return self._rows

    @property
    def row(self) -> R:
        """The only row."""
        (row,) = self.rows
        return row


class Together(Protocol):
    """Questions that go to the database in one round trip."""

    def ask(
        self, statement: Statement, row: type[R], names: Mapping[str, str] | None = None, **values: object
    ) -> Answer[R]:
        """Queue one question; the answer is there when the `with` block has ended."""
        ...


class Facts(Row):
    """What Scout learned about a database when it connected."""

    server_version: int
    is_replica: bool
    role: str
    reads_all_stats: bool
    pgss_schema: str | None
    pgss_loaded: bool
    schema_exists: bool


class Database(Protocol):
    """A database in Scout's care, for reading: short limits of time, read-only, own statements named."""

    @property
    def name(self) -> str:
        """The name that people type after `on`."""
        ...

    @property
    def schema(self) -> str:
        """The schema that the runbook is about."""
        ...

    def facts(self) -> Facts:
        """What is installed and allowed; learned at connect and every ten minutes."""
        ...

    def together(self) -> AbstractContextManager[Together]:
        """Ask several questions in one round trip."""
        ...

    def rows(
        self, statement: Statement, row: type[R], names: Mapping[str, str] | None = None, **values: object
    ) -> list[R]:
        """Ask one question.

        Raises:
            ScoutError: the database is down, too slow, or something is missing.
        """
        ...


# --- what is watched ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Probe(Generic[R]):
    """A statement that the watch runs at every tick; `values` are taken from the database's settings by name.

    A `deep` probe is too large for a status answer: there the last sample of the watch is shown. The watch asks for it once in
    `every_s` seconds (0: at every tick) and keeps its readings for `keep_s` seconds, the older the sparser.
    """

    name: str
    statement: Statement
    row: type[R]
    deep: bool = False
    every_s: float = 0
    keep_s: float = 60


@dataclass(frozen=True)
class Kept(Generic[R]):
    """A reading of a probe that the watch has kept, and when it was taken."""

    rows: list[R]
    at: datetime


class Earlier(Protocol):
    """What the watch read some time ago, because a command only sees the present."""

    def __call__(self, probe: Probe[R], seconds: float) -> Kept[R] | None:
        """The youngest reading that is so many seconds old, else the oldest there is; None when there is none."""
        ...


class Doing(Protocol):
    """The redaction door: what of a statement's text may be shown."""

    def __call__(self, text: str, query_id: int | None = None, limit: int = 200) -> str:
        """Its shape without constants, at most so many characters, or only its verb and query id."""
        ...


@dataclass(frozen=True)
class Reading(Generic[R]):
    """The rows of a probe now and at the tick before, and the seconds between them on the database's clock."""

    now: list[R]
    before: list[R] | None
    seconds: float


class Missing(Record):
    """No value, and why.

    `configured` is false where nobody asked for one; `quiet` is true where having none is normal, as at night without traffic:
    neither is worth an alert.
    """

    reason: str
    configured: bool = True
    quiet: bool = False


class Value(Record):
    """A measured value in the metric's unit."""

    value: float
    note: str = ""


Measured = Value | Missing


class Direction(StrEnum):
    """Which way is worse."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True)
class PromQuery:
    """A metric whose source is Prometheus: the name of the query in the settings and its default."""

    name: str
    default: str


@dataclass(frozen=True)
class Metric(Generic[R]):
    """Something watched: its lines from the runbook and how it is computed from a probe.

    `page` is None for something that never wakes anybody. `repairs` are command texts that fit a breach. `alert_from` names the
    field of a database's `Limits` that is its alert line.
    """

    name: str
    title: str
    unit: Unit
    alert: float
    page: float | None
    source: Probe[R] | PromQuery
    measure: Callable[[Reading[R]], Measured] = field(
        default=lambda _: Missing(reason="not measured here", configured=False)
    )
    target: float | None = None
    worse: Direction = Direction.HIGHER
    slo: bool = False
    repairs: tuple[str, ...] = ()
    alert_from: str = ""

    def level(self, measured: Measured) -> Level:
        """Where a value stands against the lines; no data is never OK."""
        if isinstance(measured, Missing):
            return Level.NO_DATA if measured.configured and not measured.quiet else Level.INFO
        if self.page is not None and self.beyond(measured.value, self.page):
            return Level.PAGE
        return Level.ALERT if self.beyond(measured.value, self.alert) else Level.OK

    def beyond(self, value: float, line: float) -> bool:
        """Whether a value is on the bad side of a line."""
        return value > line if self.worse is Direction.HIGHER else value < line


class Measurement(Record):
    """A metric's value at a moment, with its level against the lines."""

    name: str
    measured: Measured
    level: Level
    at: datetime


# --- what else a command is given ---------------------------------------------------------------------------------------------------


class Limits(Record):
    """The settings of one database that commands care about."""

    long_query_seconds: float = 300
    idle_in_transaction_seconds: float = 60
    freshness_table: str = "bronze_transactions_raw"
    freshness_column: str = "created_at"
    ingest_table: str = "bronze_transactions_raw"
    protected_roles: tuple[str, ...] = ()
    protected_applications: tuple[str, ...] = ()
    pooler_database: str = ""
    pooler_restart: tuple[str, ...] = ()
    evidence_days: float = 35


class Offer(Record):
    """A command as help shows it to the asker."""

    name: str
    usage: str
    help: str
    risk: Risk
    words: tuple[str, ...]
    menu: str
    runbook: str = ""


class PastRun(Record):
    """A plan that was asked for, and what became of it."""

    id: str
    text: str
    database: str
    state: str
    requester: str
    decider: str
    asked_at: datetime
    ended_at: datetime | None
    outcome: str


class PastStep(Record):
    """How long a step with this title took in the past, successful ones only, in seconds, newest first."""

    title: str
    seconds: tuple[float, ...]


class Memory(Protocol):
    """What Scout remembers about a database."""

    def runs(self, limit: int) -> Sequence[PastRun]:
        """The last plans, newest first."""
        ...

    def durations(self, titles: Iterable[str]) -> Mapping[str, PastStep]:
        """How long steps took in the past, by title."""
        ...

    def last_done(self, titles: Iterable[str]) -> Mapping[str, datetime]:
        """When steps last succeeded, by title; one that never did is not in it."""
        ...


class Pool(Protocol):
    """The connection pooler in front of a database, for looking."""

    def tables(self, shows: Sequence[str]) -> Sequence[Sequence[Mapping[str, Any]]]:
        """The rows of some SHOW orders, as `SHOW POOLS`, in their order.

        Raises:
            ScoutError: the console does not answer or refuses.
        """
        ...


class Key(Record):
    """A key of a cache: its bytes in memory where that can be asked, and the seconds it has to live; None: for ever."""

    name: str
    size: int | None
    ttl_s: float | None


class Keys(Record):
    """Some keys of a cache; `complete` when there are no others."""

    keys: tuple[Key, ...]
    complete: bool


class KeyStore(Protocol):
    """A cache of keys and values beside a database, for looking."""

    def info(self) -> Mapping[str, str]:
        """What the server says of itself, by field, as of Redis' INFO; `db` is the database that is looked at.

        Raises:
            ScoutError: it does not answer or refuses.
        """
        ...

    def keys(self, most: int, seconds: float) -> Keys:
        """Look at keys until there are so many, or so much time has passed.

        Raises:
            ScoutError: it does not answer or refuses.
        """
        ...


@dataclass(frozen=True)
class Sources:
    """Everything a command may look at."""

    database: Database
    at: datetime
    limits: Limits
    memory: Memory
    offers: Sequence[Offer]
    metrics: Sequence[Metric[Any]]
    measure: Callable[[], Sequence[Measurement]]
    waiting: Callable[[], float]
    earlier: Earlier
    doing: Doing
    pooler: Pool | None = None
    cache: KeyStore | None = None


@dataclass(frozen=True)
class Command:
    """One action of the runbook.

    `words` are plain words that mean it ("slow queries"); `menu` is its label in the short menu, empty when it is not there;
    `place` orders the menu, small numbers first. `probes` are what the watch reads for this command besides the sources of its metrics.
    """

    name: str
    help: str
    runbook: str
    risk: Risk
    plan: Callable[[Sources, Any], Report | Plan]
    args: type[Args] = Args
    words: tuple[str, ...] = ()
    menu: str = ""
    place: int = 50
    metrics: tuple[Metric[Any], ...] = ()
    probes: tuple[Probe[Any], ...] = ()
