"""What pg_cron does with the materialized views, and whether it does it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.command import Database, Row
from bot.report import Column, Table, Unit
from bot.sql import Statement
from commands.wording import listed, several

COLUMNS = (
    Column(title="Job", unit=Unit.COUNT),
    Column(title="When"),
    Column(title="Views"),
    Column(title="Failed"),
    Column(title="Last run (UTC)"),
    Column(title="Does", unit=Unit.CODE),
)


class Scheduler(Row):
    """Whether pg_cron is here and may be asked; `runs` is None where that is hidden."""

    installed: bool
    lives_in: str
    here: str
    runs: bool | None
    readable: bool
    filtered: bool
    locked: bool
    grants: str
    policies: str

    @property
    def can_be_asked(self) -> bool:
        """Whether its jobs can be read now."""
        return self.installed and self.readable and not self.locked


class Job(Row):
    """A job that touches views, with the runs that are still in pg_cron's log."""

    id: int
    schedule: str
    command: str
    active: bool
    views: tuple[str, ...]
    runs: int
    failed: int
    last_status: str
    last_at: datetime | None
    wants_unique: bool

    @property
    def fails(self) -> bool:
        """Whether its last run failed, so that nobody was told."""
        return self.active and self.last_status == "failed"


@dataclass(frozen=True)
class Schedule:
    """The scheduler and its jobs that touch views."""

    scheduler: Scheduler
    jobs: Sequence[Job]

    def trouble(self) -> str:
        """What is wrong with it, in one line; empty when nothing is."""
        failing = next((job for job in self.jobs if job.fails), None)
        if failing is not None:
            why = ", for want of a unique index" if failing.wants_unique else ""
            runs = f"{failing.failed} of its last {several(failing.runs, 'run')}"
            return f"pg_cron job {failing.id} fails ({runs}{why}), and with it the refresh of {listed(list(failing.views), 3)}"
        if self.scheduler.runs is False and any(job.active for job in self.jobs):
            return "pg_cron does not run: no job will, until the server restarts"
        return ""

    def notes(self) -> Iterable[str]:
        """What of it was examined, and what would have to be granted to see it."""
        scheduler = self.scheduler
        if not scheduler.installed:
            if scheduler.lives_in not in ("", scheduler.here):
                yield f"pg_cron lives in the database {scheduler.lives_in}; its jobs are not seen from here."
            return
        if not scheduler.readable:
            yield f"pg_cron's jobs are hidden from Scout. Run there: {scheduler.grants} {scheduler.policies}"
        elif scheduler.locked:
            yield "pg_cron's tables are locked, so its jobs were left out. See active."
        elif scheduler.filtered:
            yield f"pg_cron shows each role its own jobs only. To see all, run there: {scheduler.policies}"
        else:
            yield f"pg_cron: {several(len(self.jobs), 'job')} of this database touch views; those that build their statements from names are not recognised."


def schedule(database: Database, statement: Statement, scheduler: Scheduler) -> Schedule:
    """The jobs, where they can be read."""
    jobs = database.rows(statement, Job, schema=database.schema) if scheduler.can_be_asked else []
    return Schedule(scheduler, jobs)


def table(jobs: Sequence[Job], texts: Sequence[str]) -> Table:
    """The jobs with what they do, as a reader may see it."""
    return Table(title="pg_cron", columns=COLUMNS, rows=tuple(map(_cells, jobs, texts)))


def _cells(job: Job, text: str) -> tuple[int, str, str, str, str, str]:
    last = f"{job.last_at:%Y-%m-%d %H:%M}" if job.last_at else "never"
    failed = f"{job.failed} of {job.runs}" if job.active else "switched off"
    return job.id, job.schedule, ", ".join(job.views), failed, last, text
