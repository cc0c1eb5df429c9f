"""Where what is watched comes from: statements, counts by the second, questions to others, and Prometheus."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol

from bot.command.asking import R
from bot.report import Record
from bot.sql import Statement

if TYPE_CHECKING:
    from bot.command.sources import Limits, Sources


class Missing(Record):
    """No value, and why.

    `configured` is false where nobody asked for one; `quiet` is true where having none is normal, as at night without traffic:
    neither is worth an alert.
    """

    reason: str
    configured: bool = True
    quiet: bool = False


FIRST = Missing(reason="the first sample; the next one gives a value", quiet=True)


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


LOOKS_BACK_S = 90
"""How old what a difference of two readings tells of can be: a minute and a tick are between them, and counters come ten seconds late."""


@dataclass(frozen=True)
class Inquiry(Generic[R]):
    """What the watch asks of others than the database: the pooler, a cache, or Scout's own memory.

    `ask` looks as a command does and gives rows, or why there are none; it is asked on a thread of its own, once in `every_s` seconds,
    and must not take longer than `patience_s`.
    """

    name: str
    ask: Callable[["Sources"], Sequence[R] | Missing]
    every_s: float = 0
    patience_s: float = 5


@dataclass(frozen=True)
class PromQuery:
    """What Prometheus is asked: the name of the query in the settings and its default.

    `over` asks for the share, 0 to 1, that is beyond a line, which stands in it as `<le>` in seconds: then the level follows from
    the share that `allowed` leaves, not from the value. `<selector>` is the settings' own choice of series.
    """

    name: str
    default: str
    over: str = ""
    allowed: float = 0.05


@dataclass(frozen=True)
class Census(Generic[R]):
    """A statement that the watch runs every second on its own, where the settings want it: what comes and goes between two ticks.

    Rows of the same `key` are the same thing, seen again; the last one counts.
    """

    name: str
    statement: Statement
    row: type[R]
    key: Callable[[R], Hashable]
    every_s: float = 1


@dataclass(frozen=True)
class Sighting(Generic[R]):
    """A thing that a census saw for the last time, and the seconds from then to the first look without it."""

    row: R
    gap_s: float


@dataclass(frozen=True)
class Crowd(Generic[R]):
    """What a census saw in a window: what is gone, and what is still there; not `whole` when it missed looks, and then `why`."""

    gone: Sequence[Sighting[R]] = ()
    there: Sequence[R] = ()
    whole: bool = True
    why: str = ""


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


@dataclass(frozen=True)
class Reading(Generic[R]):
    """The rows of a source now and about a minute before, and the seconds between them.

    Without `before`, `first` says why: it is the first one, or the server was restarted or replaced in between. `crowd` is what the
    metric's census saw meanwhile, where there is one.
    """

    now: list[R]
    before: list[R] | None
    seconds: float
    first: Missing = FIRST
    at: datetime | None = None
    limits: "Limits | None" = None
    crowd: Crowd[Any] | None = None
