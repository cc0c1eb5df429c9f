"""How much of everything the replicas take, measured every second, and how punctual the one who measures is."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median

import psutil
import psycopg

from tests.soak.ground import REPLICAS, Ground

EVERY_S = 1.0
BEAT_S = 0.1
STALL_S = 0.5
"""From how late a beat on it is told."""
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
    files: int = 0


@dataclass(frozen=True)
class Backends:
    """Connections of both replicas together to the patient and to the store."""

    at: float
    patient: int
    store: int


@dataclass(frozen=True)
class Stall:
    """A time in which the machine did not let the soak itself go on, so that what it measured then is late by so many seconds."""

    at: float
    seconds: float


@dataclass
class Gauges:
    """Everything that was read so far."""

    ground: Ground
    readings: list[Reading] = field(default_factory=list[Reading])
    backends: list[Backends] = field(default_factory=list[Backends])
    stalls: list[Stall] = field(default_factory=list[Stall])
    _next: float = 0.0

    def start(self) -> None:
        """Begin to beat."""
        threading.Thread(target=self._beat, name="metronome", daemon=True).start()

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

    def _beat(self) -> None:
        while True:
            began = time.monotonic()
            time.sleep(BEAT_S)
            late = time.monotonic() - began - BEAT_S
            if late > STALL_S:
                self.stalls.append(Stall(began, late))

    def _replica(self, number: int, at: float) -> None:
        pid = self.ground.replica(number).pid
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            with process.oneshot():
                megabytes = process.memory_info().rss / MEGABYTE
                threads, files = process.num_threads(), process.num_fds()
            if megabytes:
                self.readings.append(Reading(at, number, pid, megabytes, threads, files))


@dataclass(frozen=True)
class Life:
    """What one process took, from its start to the end."""

    readings: Sequence[Reading]

    @classmethod
    def of_the_elder(cls, readings: Sequence[Reading]) -> "Life":
        """The first replica's last life, which began in the first third."""
        first = [one for one in readings if one.replica == 0]
        return cls([one for one in first if one.pid == first[-1].pid])

    def thirds(self, of: Callable[[Reading], float], began: float, ended: float) -> tuple[float, float]:
        """The medians in the second and in the last third of the whole time."""
        span = (ended - began) / 3
        second = [of(one) for one in self.readings if began + span <= one.at < began + 2 * span]
        third = [of(one) for one in self.readings if began + 2 * span <= one.at <= ended]
        return median(second or third), median(third or second)


def megabytes(reading: Reading) -> float:
    """Resident memory."""
    return reading.megabytes


def threads(reading: Reading) -> float:
    """Threads of the process."""
    return float(reading.threads)


def files(reading: Reading) -> float:
    """Open files and sockets of the process."""
    return float(reading.files)


def _count(url: str, statement: str) -> int:
    with psycopg.connect(url, autocommit=True, connect_timeout=2) as admin:
        row = admin.execute(statement.encode()).fetchone()
    return int(row[0]) if row else 0
