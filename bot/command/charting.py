"""From the samples of a metric to a chart with its lines, at most as wide as a phone can show; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from bot.command.watching import Direction, Measurement, Metric, Value
from bot.report import Chart, Series

MOST_POINTS = 20
WIDTHS_S = (
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1200,
    1800,
    3600,
    5400,
    7200,
    10_800,
    14_400,
    21_600,
    28_800,
    43_200,
    86_400,
)
MINUTE_S, DAY_S = 60, 86_400
BEFORE = timedelta(hours=1)
"""How much of what was before an incident its chart shows."""
FEWEST_POINTS = 3
LONGEST_GAP = timedelta(minutes=10)
"""What the store may leave between two samples of a metric when it thins out what is older than an hour."""
AFTER_GAP = "\u2026"
"""Before the label of a point that does not follow the one to its left: nothing is drawn where nothing was measured."""


@dataclass(frozen=True)
class Point:
    """The worst value of a stretch of time, and how many were measured in it."""

    begin: datetime
    value: float
    samples: int


@dataclass(frozen=True)
class Course:
    """A metric's points over a window, `width` apart where none is missing."""

    points: Sequence[Point]
    width: timedelta

    @property
    def gaps(self) -> list[tuple[datetime, datetime]]:
        """From when to when nothing was measured between two points."""
        pairs = pairwise(self.points)
        return [(one.begin + self.width, after.begin) for one, after in pairs if after.begin > one.begin + self.width]


def course(samples: Sequence[Measurement], metric: Metric[Any], begin: datetime, end: datetime) -> Course:
    """The worst value of each of at most twenty equal stretches; a stretch without a value has no point."""
    width = _width((end - begin).total_seconds())
    found: dict[datetime, list[float]] = {}
    for one in samples:
        if isinstance(one.measured, Value):
            found.setdefault(_floor(one.at, width), []).append(one.measured.value)
    worst = max if metric.worse is Direction.HIGHER else min
    inside = sorted((at, values) for at, values in found.items() if begin <= at <= end)
    return Course([Point(at, worst(values), len(values)) for at, values in inside], width)


def chart_of(samples: Sequence[Measurement], metric: Metric[Any], begin: datetime, end: datetime) -> Chart | None:
    """The course of a metric over a window with its lines beside it; None when nothing was measured in it."""
    return drawn(course(samples, metric, begin, end), metric)


def window_of(opened: datetime, closed: datetime | None, at: datetime) -> tuple[datetime, datetime]:
    """What the chart of an incident shows: from an hour before it opened until it was over, or until now."""
    return opened - BEFORE, closed or at


def chart_around(
    samples: Sequence[Measurement], metric: Metric[Any], window: tuple[datetime, datetime]
) -> Chart | None:
    """The chart of an incident; None when there is too little to see a course in, or when nobody measured for a while.

    A card has no room to explain a gap: `chart` shows those.
    """
    found = course(samples, metric, *window)
    gapped = any(end - begin > LONGEST_GAP for begin, end in found.gaps)
    return None if gapped or len(found.points) < FEWEST_POINTS else drawn(found, metric)


def drawn(found: Course, metric: Metric[Any]) -> Chart | None:
    """A course as a chart."""
    if not found.points:
        return None
    lines = (("page", metric.page), ("alert", metric.alert), ("target", metric.target))
    values = tuple(point.value for point in found.points)
    return Chart(
        title=metric.title,
        labels=labels(found),
        series=(
            Series(name="worst", values=values),
            *(Series(name=name, values=(at,) * len(values)) for name, at in lines if at is not None),
        ),
        unit=metric.unit,
    )


def labels(found: Course) -> tuple[str, ...]:
    """When each point begins, in UTC; one after a gap is marked."""
    after_gap = {end for _, end in found.gaps}
    long = found.points[-1].begin - found.points[0].begin >= timedelta(days=1)
    clock = "%H:%M:%S" if found.width.total_seconds() < MINUTE_S else "%d %b %H:%M" if long else "%H:%M"
    return tuple(f"{AFTER_GAP if one.begin in after_gap else ''}{one.begin:{clock}}" for one in found.points)


def _width(seconds: float) -> timedelta:
    """The stretch of a clock's own measure that leaves at most twenty in a window, the first one whole."""
    fitting = (width for width in WIDTHS_S if seconds / width <= MOST_POINTS - 1)
    days = -(-seconds // ((MOST_POINTS - 1) * DAY_S))
    return timedelta(seconds=next(fitting, days * DAY_S))


def _floor(at: datetime, width: timedelta) -> datetime:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if width > timedelta(days=1):
        midnight -= timedelta(days=midnight.toordinal() % width.days)
    return at - (at - midnight) % width
