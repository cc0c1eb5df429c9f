"""Mute what is told of a metric for a while: the card and `status` go on telling."""

import re
from collections.abc import Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator, Field

from bot.command import EVERYTHING, Args, Command, Order, Risk, Silence, Sources
from bot.errors import BadInput
from commands.wording import DAY, HOUR, MINUTE, listed

UNITS = {"m": MINUTE, "min": MINUTE, "h": HOUR, "d": DAY}
LONGEST_S = 30 * DAY
PARTS = re.compile(r"(\d{1,5})\s*(min|m|h|d)")


def a_length(text: str) -> str:
    """A length of time as people type it, kept as it was typed."""
    if seconds(text) is None:
        raise ValueError("is a length of time, as 30m, 2h or 1h30m, from a minute to 30 days")
    return text


def seconds(text: str) -> int | None:
    """The seconds of "1h30m"; None when it is none, or too short or too long."""
    typed = text.strip().lower()
    found = PARTS.findall(typed)
    total = sum(int(number) * UNITS[unit] for number, unit in found)
    return total if found and not PARTS.sub("", typed).strip() and MINUTE <= total <= LONGEST_S else None


class Wanted(Args):
    """What is silenced, for how long, and why."""

    metric: str = Field(min_length=1, max_length=60)
    length: Annotated[str, AfterValidator(a_length)] = Field(default="1h", alias="for")
    why: str = Field(default="", max_length=200)


def plan(sources: Sources, args: Wanted) -> Order:
    """Find the metric, then order the silence."""
    open_ones = [one.metric for one in sources.memory.burning() if one.database == sources.database.name]
    known = {name: name for name in (EVERYTHING, *open_ones)}
    known |= {word: metric.name for metric in sources.metrics for word in (metric.title.lower(), metric.name)}
    return Silence(
        metric=named(args.metric, known),
        database=sources.database.name,
        until=sources.at + timedelta(seconds=seconds(args.length) or HOUR),
        why=args.why,
    )


def named(text: str, known: dict[str, str]) -> str:
    """The metric that is meant, by its name or its title.

    Raises:
        BadInput: there is none, with the nearest.
    """
    typed = text.strip().lower()
    found = known.get(typed) or known.get(typed.replace(" ", "_").replace("-", "_"))
    if found is not None:
        return found
    close = get_close_matches(typed, known, 1, 0.5)
    raise BadInput(f"There is no metric '{text[:40]}'. {hint(close, known)}")


def hint(close: Sequence[str], known: dict[str, str]) -> str:
    """What to type instead."""
    if close:
        return f"Did you mean '{known[close[0]]}'? '{EVERYTHING}' silences all of them."
    return f"There are {listed(sorted(set(known.values())), 30)}."


command = Command(
    name="silence",
    help="Mute the messages about a metric, or all; cards and `status` go on telling",
    runbook="",
    risk=Risk.MEND,
    place=9,
    args=Wanted,
    plan=plan,
    words=("mute",),
)
