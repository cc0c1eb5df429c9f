"""From when on something is counted: what was asked for, and what the watch has kept."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator

from bot.command import Row
from commands.wording import duration

SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
RESET = "reset"
SHORTEST_S = 15
"""PostgreSQL publishes counters up to ten seconds late: over less than this a rate is wrong."""
LONGEST_S = 86_400


def asked(text: str) -> float | None:
    """How many seconds back somebody wants to look; None for since the counters began."""
    return None if text == RESET else seconds(text)


def _checked(text: str) -> str:
    if text != RESET:
        seconds(text)
    return text


def seconds(text: str) -> float:
    """A length of time as people type it, as `90s`, `10min`, `1h`.

    Raises:
        ValueError: it is no such length, or longer than the watch keeps.
    """
    asked = length(text, "10min, 1h or 24h, or 'reset' for everything since the counters began")
    if not SHORTEST_S <= asked <= LONGEST_S:
        raise ValueError("should be between 15s and 24h, or 'reset' for everything since the counters began")
    return asked


def length(text: str, such: str = "1h, 24h or 7d") -> float:
    """A length of time in seconds.

    Raises:
        ValueError: it is none.
    """
    found = re.fullmatch(r"(\d{1,6}) ?(s|m|min|h|d)", text.strip().lower())
    if found is None:
        raise ValueError(f"should be a time such as {such}")
    return int(found[1]) * SECONDS[found[2]]


Since = Annotated[str, AfterValidator(_checked)]
"""`10min`, `1h`, or `reset`."""


def is_too_close(then: datetime, now: datetime) -> bool:
    """Whether two readings are too close for a rate."""
    return (now - then).total_seconds() < SHORTEST_S


class Span(Row):
    """The time over which something was counted; without `begin` nobody knows since when.

    `since_reset` says that it is all that was ever counted, and `wanted_s` how much was asked for, when it is something else.
    """

    begin: datetime | None
    end: datetime
    since_reset: bool = False
    wanted_s: float = 0

    @property
    def seconds(self) -> float | None:
        """How long it is."""
        return (self.end - self.begin).total_seconds() if self.begin else None

    @property
    def said(self) -> str:
        """As a clause: since when, and how long that is."""
        if self.begin is None:
            return "since the counters began, nobody knows when"
        day = "%H:%M" if self.begin.date() == self.end.date() else "%Y-%m-%d %H:%M"
        length = duration((self.end - self.begin).total_seconds())
        return f"since {'the counters were reset at ' if self.since_reset else ''}{self.begin:{day}} UTC ({length})"

    @property
    def note(self) -> str:
        """Why it is not what was asked for; empty when it is."""
        if self.since_reset and self.wanted_s:
            return f"Not the last {duration(self.wanted_s)}: there is no earlier reading to compare with, so these are totals."
        if self.wanted_s and (self.seconds or 0) < 0.9 * self.wanted_s:
            return f"Not the last {duration(self.wanted_s)}: the watch has kept no older reading."
        return ""
