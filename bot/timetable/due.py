"""What is due, what was missed and what fails, from what is known of a job: pure."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from bot.report import Level, Record
from bot.timetable.job import Job


class RunState(StrEnum):
    """What became of a job at one of its times."""

    UNDER_WAY = "under way"
    DONE = "done"
    NOTHING = "nothing to do"
    SKIPPED = "skipped"
    DENIED = "denied"
    FAILED = "failed"
    MISSED = "missed"

    @property
    def is_well(self) -> bool:
        """Whether the work is done."""
        return self in {RunState.DONE, RunState.NOTHING}

    @property
    def is_bad(self) -> bool:
        """Whether somebody should look."""
        return self in {RunState.FAILED, RunState.MISSED}


def answered(level: Level) -> RunState:
    """What an answer without a plan means for a job: nothing to do, unless it says that something is wrong."""
    return RunState.NOTHING if level in {Level.OK, Level.INFO} else RunState.FAILED


class Ran(Record):
    """One run of a job: its time, or the moment at which a person asked; `approval` is its plan, `by` the person."""

    database: str
    job: str
    slot: datetime
    state: RunState
    said: str = ""
    approval: str = ""
    by: str = ""
    at: datetime


class Paused(Record):
    """Somebody wants it not to run, until a moment or until it is resumed."""

    person: str
    name: str = ""
    why: str = ""
    since: datetime
    until: datetime | None = None


class Standing(Record):
    """What is known of a job: since when its times count, and its pause."""

    database: str
    job: str
    defined: str
    since: datetime
    paused: Paused | None = None

    def pause(self, at: datetime) -> Paused | None:
        """The pause that holds at a moment."""
        holds = self.paused is not None and (self.paused.until is None or at < self.paused.until)
        return self.paused if holds else None

    @property
    def counts_from(self) -> datetime:
        """Times up to this moment are nobody's business."""
        ended = self.paused.until if self.paused else None
        return max(self.since, ended) if ended else self.since


class Due(Record):
    """A time that has come; `missed` when it is too late for it."""

    slot: datetime
    missed: bool


def due(job: Job, standing: Standing, last: datetime | None, at: datetime) -> Due | None:
    """What of a job is due at a moment, once however many of its times have passed; `last` is the time of its last run."""
    if job.off or standing.pause(at) is not None:
        return None
    slot = job.latest(at)
    if slot is None or slot <= standing.counts_from or (last is not None and slot <= last):
        return None
    return Due(slot=slot, missed=at - slot > job.grace)


def failing(runs: Iterable[Ran]) -> Ran | None:
    """The run that somebody should look at: the newest that tells, newest first, where that went badly."""
    telling = next((one for one in runs if one.state.is_well or one.state.is_bad), None)
    return telling if telling is not None and telling.state.is_bad else None
