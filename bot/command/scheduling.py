"""What recurs by itself, as a command sees it, and what a command may ask to be answered instead."""

from datetime import datetime

from pydantic import JsonValue

from bot.report import Record


class LastRun(Record):
    """The last run of a job: its time, what became of it, and the id of its plan; `by` is the person who asked for it."""

    slot: datetime
    state: str
    said: str = ""
    plan: str = ""
    by: str = ""


class Duty(Record):
    """A job of a database: what is asked for, when, and how it went.

    `off` says why it does not run by itself, `failing` what went wrong where the last run that tells went wrong, and since when.
    `pace` is when it comes, in words, `why` the reason for that.
    """

    name: str
    command: str
    pace: str
    zone: str
    next_at: datetime | None = None
    off: str = ""
    why: str = ""
    last: LastRun | None = None
    failing: str = ""
    failing_since: datetime | None = None
    paused_by: str = ""
    paused_until: datetime | None = None
    paused_why: str = ""


class Keepsake(Record):
    """Rows that were kept with the last report, so that the next can say what changed."""

    at: datetime
    rows: tuple[dict[str, JsonValue], ...]


class Instead(Record):
    """Answer as if this had been typed, with the rights of the person who asked; the answer is kept as a run of a job."""

    text: str
    job: str
