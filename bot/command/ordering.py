"""What a command may order of Scout itself: a change of Scout's own state, as data.

A new kind is a record here, a member of `Order`, and a case in `bot/orders.py`, which the type check then asks for.
"""

from datetime import datetime
from typing import Literal

from bot.report import Record

EVERYTHING = "all"
"""The metric of a silence that holds for a whole database."""


class Silence(Record):
    """Mute what is told of one metric of a database, or of all of them, until a moment; the incident's card still tells."""

    kind: Literal["silence"] = "silence"
    metric: str
    database: str
    until: datetime
    why: str = ""


class EndSilence(Record):
    """Let a silence end before its time."""

    kind: Literal["end silence"] = "end silence"
    silence: str


class Acknowledge(Record):
    """Make the asker the owner of an open incident."""

    kind: Literal["acknowledge"] = "acknowledge"
    incident: str


class Release(Record):
    """Take an acknowledgement back: the incident has no owner any more."""

    kind: Literal["release"] = "release"
    incident: str


class PauseJob(Record):
    """Let a recurring job not run by itself, until a moment or until it is resumed."""

    kind: Literal["pause job"] = "pause job"
    database: str
    job: str
    until: datetime | None = None
    why: str = ""


class ResumeJob(Record):
    """Let a paused job run again, from its next time on."""

    kind: Literal["resume job"] = "resume job"
    database: str
    job: str


Order = Silence | EndSilence | Acknowledge | Release | PauseJob | ResumeJob
