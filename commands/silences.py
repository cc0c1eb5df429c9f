"""What is silenced now, until when, by whom and why."""

from collections.abc import Sequence
from datetime import datetime

from bot.command import EVERYTHING, Command, Hush, Risk, Sources
from bot.report import Button, Column, Level, Report, Table, Verdict
from commands.wording import duration, several

MOST_BUTTONS = 4


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Remember, then say."""
    may_end = any(offer.name == "unsilence" for offer in sources.offers)
    return report(sources.memory.silences(sources.at), sources.at, may_end=may_end)


def report(found: Sequence[Hush], at: datetime, *, may_end: bool) -> Report:
    """The silences, the one that ends first before the others, with a button for each that ends it."""
    titles = ("Silenced", "Database", "Ends in", "By", "Why")
    table = Table(
        title="Silences",
        columns=tuple(Column(title=title) for title in titles),
        rows=tuple(
            (what(one), one.database, left(one, at), one.name or one.person, one.why or "not said") for one in found
        ),
    )
    ends = tuple(
        Button(label=f"End {what(one)} on {one.database}"[:70], text=f"unsilence {one.id}")
        for one in found[:MOST_BUTTONS]
    )
    return Report(
        title="Silences",
        verdict=verdict(found, at),
        parts=(table,) if found else (),
        notes=("A silence mutes messages only: cards, `alerts` and `status` go on telling. It ends by itself.",),
        buttons=ends if may_end else (),
    )


def verdict(found: Sequence[Hush], at: datetime) -> Verdict:
    """How many, and which ends first."""
    if not found:
        return Verdict(level=Level.OK, text="Nothing is silenced")
    first = found[0]
    text = (
        f"{several(len(found), 'silence')}; the first to end is {what(first)} on {first.database}, in {left(first, at)}"
    )
    return Verdict(level=Level.INFO, text=text)


def what(one: Hush) -> str:
    """What it mutes."""
    return "everything" if one.metric == EVERYTHING else one.metric


def left(one: Hush, at: datetime) -> str:
    """How long it still lasts."""
    return duration(max(0.0, (one.until - at).total_seconds()))


command = Command(
    name="silences",
    help="What is silenced now, until when, by whom and why",
    runbook="",
    risk=Risk.LOOK,
    place=9,
    plan=plan,
    words=("muted",),
)
