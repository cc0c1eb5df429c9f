# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# APScheduler 3 ships no types.
"""The clock's door: it stamps the time and ticks; everything inward takes `at`."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bot.errors import Unavailable

log = logging.getLogger(__name__)

SOON_SECONDS = 0.2
LOOK_SECONDS = 1.0
SLACK_SECONDS = 1.0


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class StoreTime:
    """The store's time, which all replicas share, carried on by the monotonic clock between two looks.

    So it makes no difference whether the wall clock of this machine is right, or what becomes of it.
    """

    def __init__(self, ask: Callable[[], datetime]) -> None:
        self._ask = ask
        self._known = now(), time.monotonic()

    def look(self) -> None:
        """Ask the store once more.

        Raises:
            Unavailable: it cannot be reached, and what was known goes on.
        """
        at = self._ask()
        self._known = at, time.monotonic()

    def now(self) -> datetime:
        """The time, in UTC."""
        at, since = self._known
        return at + timedelta(seconds=time.monotonic() - since)


class Clock:
    """A scheduler that calls jobs with the time of the call, which `told` tells.

    APScheduler's default grace of one second drops late runs in silence: here a late run still runs, once. It plans by the wall
    clock, so that one put back by an hour would mean an hour without a call: what is planned later than its pace allows is called now.
    Each job has a thread, where APScheduler has ten for all: however many hang, the others are called.
    """

    def __init__(self, on_trouble: Callable[[str], None], told: Callable[[], datetime] = now) -> None:
        self._told = told
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": 60, "coalesce": True, "max_instances": 1},
        )
        self._on_trouble = on_trouble
        self._over = threading.Event()
        self._scheduler.add_listener(self._heard, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)

    def every(self, seconds: float, name: str, job: Callable[[datetime], object]) -> None:
        """Call a job again and again, the first time at once."""
        self._scheduler.add_job(
            lambda: _called(name, job, self._told),
            "interval",
            seconds=seconds,
            id=name,
            next_run_time=now() + timedelta(seconds=SOON_SECONDS),
        )

    def soon(self, name: str) -> None:
        """Call a job now, then at its pace again."""
        self._scheduler.modify_job(name, next_run_time=now() + timedelta(seconds=SOON_SECONDS))

    def start(self) -> None:
        """Begin to tick."""
        jobs: list[Any] = self._scheduler.get_jobs()
        self._scheduler.add_executor(ThreadPoolExecutor(len(jobs)))
        self._scheduler.start()
        threading.Thread(target=self._mind_jumps, name="wall clock", daemon=True).start()

    def stop(self) -> None:
        """Tick no more; a job under way is waited for."""
        self._over.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def _mind_jumps(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            jobs: list[Any] = self._scheduler.get_jobs()
            for job in jobs:
                if job.next_run_time > now() + job.trigger.interval + timedelta(seconds=SLACK_SECONDS):
                    log.warning("the wall clock was put back: %s is called now", job.id)
                    self.soon(job.id)

    def _heard(self, event: JobEvent) -> None:
        if event.code == EVENT_JOB_MAX_INSTANCES:
            log.debug("%s is still busy from before", event.job_id)
        else:
            self._on_trouble(f"{event.job_id} {'failed' if event.code == EVENT_JOB_ERROR else 'was missed'}")


def _called(name: str, job: Callable[[datetime], object], told: Callable[[], datetime]) -> None:
    """Call a job; that the store is gone is told by the health of the process, and the next call makes up for it."""
    try:
        job(told())
    except Unavailable as error:
        log.warning("%s has to wait: %s", name, error)
