"""A job: a command that is asked for again and again, and when."""

from datetime import UTC, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from bot.report import Record
from bot.timetable.cron import Cron, written

GRACE_SECONDS = 3600.0
SHORTEST_SECONDS = 10.0


class JobSettings(Record):
    """What the settings say of one job; what they leave out, the job of that name that comes with Scout has.

    `command` is what would be typed after `/scout`, without a database. With a `channel` its answer is told there.
    """

    command: str = Field(default="", max_length=200)
    cron: str = ""
    every_seconds: float | None = Field(default=None, ge=SHORTEST_SECONDS, le=31 * 86_400)
    time_zone: str = ""
    grace_seconds: float = Field(default=GRACE_SECONDS, ge=60, le=7 * 86_400)
    enabled: bool = True
    channel: str = ""

    @field_validator("cron")
    @classmethod
    def _is_one(cls, value: str) -> str:
        return written(value) if value.strip() else ""

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        try:
            ZoneInfo(value or "UTC")
        except (OSError, ValueError, KeyError):  # as for Limits.time_zone
            raise ValueError("it is no time zone of this machine, as Europe/Berlin") from None
        return value

    @model_validator(mode="after")
    def _has_one_pace(self) -> Self:
        if self.cron and self.every_seconds is not None:
            raise ValueError("it has both cron and every_seconds; leave one out")
        return self


class Job(Record):
    """A job of one database.

    `off` says why it is not asked for, empty when it is. `why` is the reason for its pace. One with a `channel` tells its answer there.
    """

    database: str
    name: str
    command: str
    cron: str = ""
    every_seconds: float | None = None
    zone: str = "UTC"
    grace_seconds: float = GRACE_SECONDS
    off: str = ""
    why: str = ""
    channel: str = ""

    def after(self, at: datetime) -> datetime:
        """The first time after a moment."""
        if self.every_seconds is None:
            return Cron(text=self.cron, zone=self.zone).after(at)
        return self._beat(at) + timedelta(seconds=self.every_seconds)

    def latest(self, at: datetime) -> datetime | None:
        """The last time at or before a moment."""
        return self._beat(at) if self.every_seconds is not None else Cron(text=self.cron, zone=self.zone).latest(at)

    @property
    def grace(self) -> timedelta:
        """How late it may still be begun."""
        return timedelta(seconds=self.grace_seconds)

    def patience_ends(self, slot: datetime) -> datetime:
        """Until when it is tried again at a time of its own, while something it needs cannot be reached."""
        return slot + min(self.grace, (self.after(slot) - slot) / 2)

    @property
    def pace(self) -> str:
        """How often it comes, as people say it."""
        return in_words(self.every_seconds) if self.every_seconds else Cron(text=self.cron, zone=self.zone).words

    @property
    def defined(self) -> str:
        """What it is: when that changes, times of before do not count as missed."""
        return "|".join([self.command, self.cron, f"{self.every_seconds}", self.zone, self.off])

    def _beat(self, at: datetime) -> datetime:
        """The same for every process: the multiples of the interval since 1970."""
        every = self.every_seconds or GRACE_SECONDS
        return datetime.fromtimestamp(at.timestamp() // every * every, UTC)


def in_words(seconds: float) -> str:
    """An interval, as "every 30 min"."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"every {seconds / size:g} {unit}"
    return f"every {seconds:g} s"
