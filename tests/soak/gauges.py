"""How much of everything the replicas take, measured every second."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median

import psutil
import psycopg

from tests.soak.ground import REPLICAS, Ground

EVERY_S = 1.0
MEGABYTE = 2**20
PATIENT = "select count(*) from pg_stat_activity where usename in ('scout_read', 'scout_operate')"
STORE = "select count(*) from pg_stat_activity where application_name = 'scout store'"


@dataclass(frozen=True)
class Reading:
    """A replica at one moment; `pid` tells its lives apart."""

    at: float
    replica: int
    pid: int
    megabytes: float
    threads: int


@dataclass(frozen=True)
class Backends:
    """Connections of both replicas together to the patient and to the store."""

    at: float
    patient: int
    store: int


@dataclass
class Gauges:
    """Everything that was read so far."""

    ground: Ground
    readings: list[Reading] = field(default_factory=list[Reading])
    backends: list[Backends] = field(default_factory=list[Backends])
    _next: float = 0.0

    def look(self) -> None:
        """Read all, if it is time again; what cannot be reached now is not read."""
        at = time.monotonic()
        if at < self._next:
            return
        self._next = at + EVERY_S
        for number in range(REPLICAS):
            self._replica(number, at)
        with suppress(psycopg.Error):
            patient = _count(self.ground.database.admin_url, PATIENT)
            store = _count(self.ground.store_database.url("postgres", "postgres"), STORE)
            self.backends.append(Backends(at, patient, store))

    def _replica(self, number: int, at: float) -> None:
        pid = self.ground.replica(number).pid
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            with process.oneshot():
                megabytes, threads = process.memory_info().rss / MEGABYTE, process.num_threads()
            if megabytes:
                self.readings.append(Reading(at, number, pid, megabytes, threads))

    def elder(self) -> "Life":
        """The first replica's last life, which began in the first third."""
        last = [one for one in self.readings if one.replica == 0]
        return Life([one for one in last if one.pid == last[-1].pid])


@dataclass(frozen=True)
class Life:
    """What one process took, from its start to the end."""

    readings: Sequence[Reading]

    def thirds(self, of: Callable[[Reading], float], began: float, ended: float) -> tuple[float, float]:
        """The medians in the second and in the last third of the whole time."""
        span = (ended - began) / 3
        second = [of(one) for one in self.readings if began + span <= one.at < began + 2 * span]
        third = [of(one) for one in self.readings if began + 2 * span <= one.at <= ended]
        return median(second or third), median(third or second)


def _count(url: str, statement: str) -> int:
    with psycopg.connect(url, autocommit=True, connect_timeout=2) as admin:
        row = admin.execute(statement.encode()).fetchone()
    return int(row[0]) if row else 0
