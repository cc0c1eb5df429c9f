"""The census: one short statement a second on an open connection, on a thread of its own, as long as somebody takes what it finds."""

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.command import Census, Crowd, Database
from bot.errors import ScoutError
from bot.watch.sightings import BEGUN, Sightings, merged

log = logging.getLogger(__name__)

IDLE_SECONDS = 900.0
"""For how long it goes on when nobody takes what it finds: another replica may have taken over."""
KEEP = timedelta(seconds=150)


class Lookout:
    """One census of one database."""

    def __init__(self, database: Database, census: Census[Any]) -> None:
        self._database = database
        self._census = census
        self._sightings = Sightings(census)
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._taken_s = 0.0
        self._thread: threading.Thread | None = None

    def take(self) -> Crowd[Any]:
        """What was seen since the last time; the first time it begins to look."""
        self._taken_s = time.monotonic()
        if self._thread is None or not self._thread.is_alive():
            self._begin()
        with self._lock:
            return self._sightings.taken(time.monotonic())

    def close(self) -> None:
        """Look no more."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(5)

    def _begin(self) -> None:
        self._sightings = Sightings(self._census)
        self._thread = threading.Thread(target=self._run, name="census", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._over.wait(max(0.0, due - time.monotonic())) and self._is_wanted():
            self._look()
            due = max(due + self._census.every_s, time.monotonic())

    def _is_wanted(self) -> bool:
        return time.monotonic() < self._taken_s + IDLE_SECONDS

    def _look(self) -> None:
        try:
            rows = self._database.rows(self._census.statement, self._census.row)
        except ScoutError:  # the watch tells that it is down
            self._lost()
        except Exception:
            log.exception("the census %s failed", self._census.name)
            self._lost()
        else:
            with self._lock:
                self._sightings.look(rows, time.monotonic())

    def _lost(self) -> None:
        with self._lock:
            self._sightings.lost()


@dataclass
class Lookouts:
    """All censuses of one database, and what they found in the last minutes."""

    database: Database
    censuses: Iterable[Census[Any]]
    _found: dict[str, list[tuple[datetime, Crowd[Any]]]] = field(
        default_factory=dict[str, list[tuple[datetime, Crowd[Any]]]]
    )

    def __post_init__(self) -> None:
        self._lookouts = {census.name: Lookout(self.database, census) for census in self.censuses}

    def take(self, at: datetime) -> None:
        """Keep what was seen since the last tick."""
        for name, lookout in self._lookouts.items():
            young = [(then, crowd) for then, crowd in self._found.get(name, []) if at - KEEP <= then < at]
            self._found[name] = [*young, (at, lookout.take())]

    def crowd(self, census: Census[Any], since: datetime) -> Crowd[Any]:
        """What was seen since a moment."""
        parts = [crowd for then, crowd in self._found.get(census.name, []) if then > since]
        return merged(parts) if parts else Crowd(whole=False, why=BEGUN)

    def close(self) -> None:
        """Look no more."""
        for lookout in self._lookouts.values():
            lookout.close()
