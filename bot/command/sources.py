"""Everything a command may look at besides its database."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from bot.command.asking import Database
from bot.command.incidents import Burning, Burnt, Hush
from bot.command.probing import Earlier
from bot.command.proposing import Risk, Step
from bot.command.scheduling import Duty, Keepsake
from bot.command.watching import Measurement, Metric
from bot.command.window import Window, window
from bot.report import Record


class Doing(Protocol):
    """The redaction door: what of a statement's text may be shown."""

    def __call__(self, text: str, query_id: int | None = None, limit: int = 200) -> str:
        """Its shape without constants, at most so many characters, or only its verb and query id."""
        ...


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
    look_again_seconds: float = 300
    quiet_hours: str = ""
    window: str = ""
    time_zone: str = "UTC"
    rewrite_percent: float = Field(default=30, ge=0, le=100)
    rewrite_bytes: int = Field(default=1_073_741_824, ge=0)
    rebuild_bytes: int = Field(default=104_857_600, ge=0)
    free_disk_program: tuple[str, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (
            OSError,
            ValueError,
            KeyError,
        ):  # an unknown one is a KeyError, a folder an OSError, a path a ValueError
            raise ValueError("it is no time zone of this machine, as Europe/Berlin") from None
        return value

    @model_validator(mode="after")
    def _is_a_window(self) -> Self:
        for text in filter(None, (self.window, self.quiet_hours)):
            window(text, self.time_zone)
        return self

    @property
    def maintenance(self) -> Window | None:
        """When repairs that stop others may run; None when the settings name no window."""
        return window(self.window, self.time_zone) if self.window else None

    @property
    def quiet(self) -> Window | None:
        """When little traffic is no fault; None when the settings name no such hours."""
        return window(self.quiet_hours, self.time_zone) if self.quiet_hours else None


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
    """A plan that was asked for, and what became of it; `review` tells of one whose requester broke the glass."""

    id: str
    text: str
    database: str
    state: str
    requester: str
    decider: str
    asked_at: datetime
    ended_at: datetime | None
    outcome: str
    command: str = ""
    requester_id: str = ""
    reason: str = ""
    review: str = ""


class Journaled(Record):
    """A step of a past plan and what became of it; `said` is what its check found."""

    step: Step
    state: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    said: str = ""


class Remembered(Record):
    """A past plan with all its steps."""

    run: PastRun
    risk: Risk
    steps: tuple[Journaled, ...]


class Entry(Record):
    """A row of the audit: who did what when; `said` is what it tells besides."""

    at: datetime
    actor: str
    action: str
    said: str = ""


class Trail(Record):
    """The audit of one plan, and how many rows of the chain were checked, from its first to its last; `broken` says where it does not hold."""

    entries: tuple[Entry, ...]
    checked: int
    broken: str = ""


class PastStep(Record):
    """How long a step with this title took in the past, successful ones only, in seconds, newest first."""

    title: str
    seconds: tuple[float, ...]


class Memory(Protocol):
    """What Scout remembers about a database."""

    def runs(self, limit: int) -> Sequence[PastRun]:
        """The last plans, newest first."""
        ...

    def run(self, run: str) -> Remembered | None:
        """The plan of an id, or of the beginning of one that no other has; None when there is none."""
        ...

    def trail(self, run: str) -> Trail:
        """The audit of the plan of an id, oldest first."""
        ...

    def durations(self, titles: Iterable[str]) -> Mapping[str, PastStep]:
        """How long steps took in the past, by title."""
        ...

    def last_done(self, titles: Iterable[str]) -> Mapping[str, datetime]:
        """When steps last succeeded, by title; one that never did is not in it."""
        ...

    def samples(self, metric: str, since: datetime) -> Sequence[Measurement]:
        """What was measured of a metric since a moment, oldest first; the older the sparser."""
        ...

    def burning(self) -> Sequence[Burning]:
        """The open incidents of all databases, the worst first."""
        ...

    def burnt(self, since: datetime) -> Sequence[Burnt]:
        """The incidents of this database that were open at a moment or later, oldest first."""
        ...

    def keepsake(self, name: str) -> Keepsake | None:
        """What was kept with the last report under a name; None when there was none."""
        ...

    def silences(self, at: datetime) -> Sequence[Hush]:
        """The silences of all databases that hold at a moment, the one that ends first before the others."""
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


class Counted(Record):
    """How many keys there are of a kind, and how many of them never expire; `complete` when all were counted."""

    keys: int
    lasting: int
    complete: bool


class Warmth(Record):
    """What `cache warm` writes: a row of a relation of the schema for each key, `columns` as JSON, below `prefix` and the value of `key`.

    Each key lives twice `interval_seconds`, the time after which it is warmed again.
    """

    relation: str = Field(min_length=1, max_length=63)
    key: str = Field(min_length=1, max_length=63)
    columns: tuple[str, ...] = Field(min_length=1, max_length=50)
    prefix: str = Field(min_length=3, max_length=100)
    interval_seconds: float = Field(default=300, ge=1, le=604_800)
    most: int = Field(default=100_000, ge=1, le=1_000_000)


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

    def count(self, prefix: str, seconds: float) -> Counted:
        """Count the keys that begin so, until so much time has passed.

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
    replicas: Sequence[Database] = ()
    """The standbys that the settings name, each by its address without user and password."""
    warmth: Warmth | None = None
    duties: Callable[[], Sequence[Duty]] = tuple
    """What recurs by itself on this database."""
