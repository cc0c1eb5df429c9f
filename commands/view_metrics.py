"""How old the materialized views are, as the watch measures it."""

from typing import Any

from bot.command import Inquiry, Measured, Metric, Missing, Reading, Row, Sources, Value
from bot.report import Unit
from commands.staleness import look, stale
from commands.wording import MINUTE, listed, several

EVERY_S = 60


class Aged(Row):
    """A view, how far it is behind what it reads, where that can be told, and why it is stale; empty when it is not."""

    name: str
    behind_s: float | None
    why: str
    empty: bool


def ask(sources: Sources) -> list[Aged] | Missing:
    """Every view with its age."""
    seen = look(sources)
    if not seen:
        return Missing(reason="there is no materialized view", configured=False)
    late = stale(seen, sources.at)
    return [
        Aged(name=one.view.name, behind_s=one.behind_s, why=late.get(one.view.name, ""), empty=not one.view.populated)
        for one in seen
    ]


def oldest(reading: Reading[Aged]) -> Measured:
    """How far the oldest view is behind what it reads, in minutes."""
    known = sorted((one.behind_s, one.name) for one in reading.now if one.behind_s is not None)
    if not known:
        return Missing(reason="no materialized view shows its age", configured=False)
    return Value(value=known[-1][0] / MINUTE, note=known[-1][1])


def unreadable(reading: Reading[Aged]) -> Measured:
    """How many views were never populated, so that nobody can read them."""
    empty = [one.name for one in reading.now if one.empty]
    late = sum(bool(one.why) for one in reading.now)
    return Value(
        value=len(empty), note=listed(empty, 3) or (f"{several(late, 'view')} could be refreshed" if late else "")
    )


VIEWS = Inquiry("views", ask, every_s=EVERY_S, patience_s=5)
METRICS: tuple[Metric[Any], ...] = (
    Metric(
        name="view_age",
        title="Oldest materialized view",
        unit=Unit.MINUTES,
        target=60,
        alert=120,
        page=240,
        source=VIEWS,
        measure=oldest,
        repairs=("refresh stale", "views"),
    ),
    Metric(
        name="empty_views",
        title="Views never populated",
        unit=Unit.COUNT,
        alert=0,
        page=None,
        source=VIEWS,
        measure=unreadable,
        repairs=("refresh stale", "views"),
    ),
)
