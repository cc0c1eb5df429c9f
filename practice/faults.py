"""The faults of the group *database* on the panel *Break something*."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

import psycopg

from practice.data_faults import Bloat, DatabaseDown, InvalidIndex, StaleData, UnrefreshedViews
from practice.database import PracticeDatabase
from practice.fault import Fault
from practice.session_faults import Connections, LockQueue, LongQueries
from practice.workload import Workload

PANEL = {
    "long-query": (
        "Long queries",
        "Three queries that would run for hours; Scout should list them and offer to end them.",
    ),
    "lock-queue": (
        "Lock queue",
        "A forgotten transaction blocks a migration, which blocks eight queries; Scout should name the root and end only that.",
    ),
    "stale-data": (
        "Stale data",
        "No sales arrive, the newest is two and a half hours old; Scout should raise the freshness alert.",
    ),
    "unrefreshed-views": (
        "Unrefreshed views",
        "The materialized views are three hours behind; Scout should offer to refresh them.",
    ),
    "connections": (
        "Connection pile-up",
        "An application keeps three fifths of all connections, most idle in a transaction; Scout should say who.",
    ),
    "bloat": (
        "Bloat",
        "As many dead rows as living ones with autovacuum off; Scout should offer a vacuum.",
    ),
    "invalid-index": (
        "Invalid index",
        "A failed index build left an invalid index; Scout should offer to rebuild or drop it.",
    ),
    "database-down": (
        "Database down",
        "The server is stopped; Scout should say so, keep what it knows and come back by itself.",
    ),
}
"""What the panel calls each fault, and what it says of it."""


class Cause(Protocol):
    """What a fault does to the database."""

    @property
    def is_on(self) -> bool:
        """Whether it is to be seen in the database; asked only between `start` and `undo`."""
        ...

    def start(self) -> None:
        """Bring it about and wait until it is."""
        ...

    def undo(self) -> None:
        """Take it away; when the database is down, see to it that it goes at the next start."""
        ...


@dataclass
class DatabaseFault:
    """A cause with its words on the panel; it may be started and undone in any order and as often as one likes."""

    name: str
    title: str
    detail: str
    cause: Cause
    group: Literal["database"] = "database"
    momentary: bool = False
    _started: bool = field(default=False, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    @property
    def is_on(self) -> bool:
        """Whether it is in force now; false also when Scout has mended it."""
        return self._started and self.cause.is_on

    def start(self) -> None:
        """Break it; nothing happens when it is broken already.

        Raises:
            RuntimeError: The database is down, or another fault is in the way.
        """
        with self._lock:
            if not self.is_on:
                if self._started:
                    self._do(self.cause.undo)  # what Scout's repair may have left of the time before
                self._started = True
                self._do(self.cause.start)

    def undo(self) -> None:
        """Mend it; harmless when it is not in force.

        Raises:
            RuntimeError: Another fault is in the way.
        """
        with self._lock:
            if self._started:
                self._do(self.cause.undo)
                self._started = False

    def _do(self, action: Callable[[], None]) -> None:
        try:
            action()
        except (psycopg.Error, TimeoutError) as error:
            message = f"“{self.title}” cannot be changed now: {str(error).strip()}. Undo the other faults first."
            raise RuntimeError(message) from error


def database_faults(database: PracticeDatabase, workload: Workload) -> list[Fault]:
    """The faults that can be put upon a practice database, in the order of the panel."""
    causes: dict[str, Cause] = {
        "long-query": LongQueries(database),
        "lock-queue": LockQueue(database),
        "stale-data": StaleData(database, workload),
        "unrefreshed-views": UnrefreshedViews(database),
        "connections": Connections(database),
        "bloat": Bloat(database),
        "invalid-index": InvalidIndex(database),
        "database-down": DatabaseDown(database),
    }
    return [DatabaseFault(name, *PANEL[name], cause) for name, cause in causes.items()]
