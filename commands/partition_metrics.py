"""How far ahead partitions reach and what fell into DEFAULT, as the watch measures it."""

from math import isfinite
from typing import Any

from bot.command import Direction, Inquiry, Measured, Metric, Missing, Reading, Row, Sources, Value
from bot.report import Unit
from commands.partition_look import watched
from commands.partitioned_tables import HORIZON_DAYS, MOST_COUNTED
from commands.wording import listed

EVERY_S = 300


class Reach(Row):
    """A partitioned table: the days for which it has a partition, where that is judged, and the rows that have none."""

    name: str
    days: float | None
    in_default: int


def ask(sources: Sources) -> list[Reach] | Missing:
    """Every partitioned table with its reach."""
    found = watched(sources)
    if not found:
        return Missing(reason="there is no partitioned table", configured=False)
    return [
        Reach(name=one.table.name, days=one.days if one.is_judged else None, in_default=one.rows_in_default)
        for one in found
    ]


def days(reading: Reading[Reach]) -> Measured:
    """For how many days the table that reaches least far has partitions."""
    known = sorted((one.days, one.name) for one in reading.now if one.days is not None)
    if not known:
        return Missing(reason="no table is partitioned by time", configured=False)
    least, name = known[0]
    return (
        Value(value=least, note=name)
        if isfinite(least)
        else Missing(reason="the last partitions have no end", quiet=True)
    )


def stray(reading: Reading[Reach]) -> Measured:
    """How many rows are in DEFAULT partitions."""
    rows = sum(one.in_default for one in reading.now)
    names = [one.name for one in reading.now if one.in_default]
    more = "more; not all were counted: " if any(one.in_default >= MOST_COUNTED for one in reading.now) else ""
    return Value(value=rows, note=more + listed(names, 3))


PARTITIONS = Inquiry("partitions", ask, every_s=EVERY_S)
METRICS: tuple[Metric[Any], ...] = (
    Metric(
        name="partition_horizon",
        title="Days with a partition",
        unit=Unit.COUNT,
        alert=HORIZON_DAYS,
        page=2,
        source=PARTITIONS,
        measure=days,
        worse=Direction.LOWER,
        repairs=("partition ensure", "partitions"),
    ),
    Metric(
        name="default_rows",
        title="Rows in DEFAULT partitions",
        unit=Unit.COUNT,
        alert=0,
        page=None,
        source=PARTITIONS,
        measure=stray,
        repairs=("partitions",),
    ),
)
