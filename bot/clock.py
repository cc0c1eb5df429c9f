# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# APScheduler 3 ships no types.
"""The clock's door: it stamps the time and ticks; everything inward takes `at`."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.background import BackgroundScheduler

log = logging.getLogger(__name__)

SOON_SECONDS = 0.2


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class Clock:
    """A scheduler that calls jobs with the time of the call.

    APScheduler's default grace of one second drops late runs in silence: here a late run still runs, once.
    """

    def __init__(self, on_trouble: Callable[[str], None]) -> None:
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": 60, "coalesce": True, "max_instances": 1},
        )
        self._on_trouble = on_trouble
        self._scheduler.add_listener(self._heard, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)

    def every(self, seconds: float, name: str, job: Callable[[datetime], object]) -> None:
        """Call a job again and again, the first time at once."""
        self._scheduler.add_job(
            lambda: job(now()),
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
        self._scheduler.start()

    def stop(self) -> None:
        """Tick no more; a job under way is waited for."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def _heard(self, event: JobEvent) -> None:
        if event.code == EVENT_JOB_MAX_INSTANCES:
            log.debug("%s is still busy from before", event.job_id)
        else:
            self._on_trouble(f"{event.job_id} {'failed' if event.code == EVENT_JOB_ERROR else 'was missed'}")
