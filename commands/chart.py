"""The course of one metric, drawn with its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator

from bot.command import Args, Command, Course, Measurement, Metric, Missing, Risk, Sources, Value, course, drawn
from bot.errors import BadInput
from bot.report import Button, Cell, Column, Level, Report, Table, Unit, Verdict
from commands.since import length
from commands.wording import duration, listed, quantity, several

SHORTEST_S, LONGEST_S = 300, 400 * 86_400
COLUMNS = ("From (UTC)", "Worst", "State", "Samples")
CHARTS = "Chart of"
"""What stands on a list of charts."""
SAID = {Level.OK: "ok", Level.ALERT: "alert", Level.PAGE: "page"}


def _window(text: str) -> str:
    if not SHORTEST_S <= length(text) <= LONGEST_S:
        raise ValueError("should be between 5min and 400d")
    return text


class Wanted(Args):
    """Which metric, by its name, and for how long back."""

    metric: str
    window: Annotated[str, AfterValidator(_window)] = "24h"


@dataclass(frozen=True)
class Told:
    """A metric, its samples in a window, and what became of them."""

    metric: Metric[Any]
    samples: Sequence[Measurement]
    begin: datetime
    end: datetime

    @property
    def course(self) -> Course:
        """The points of the chart."""
        return course(self.samples, self.metric, self.begin, self.end)

    @property
    def values(self) -> list[float]:
        """All measured values."""
        return [one.measured.value for one in self.samples if isinstance(one.measured, Value)]


def plan(sources: Sources, args: Wanted) -> Report:
    """Remember, then say.

    Raises:
        BadInput: there is no metric of the name.
    """
    metric = named(args.metric, sources.metrics)
    begin = sources.at - timedelta(seconds=length(args.window))
    samples = sources.memory.samples(metric.name, begin)
    return report(Told(metric, samples, begin, sources.at), args.window)


def named(text: str, metrics: Sequence[Metric[Any]]) -> Metric[Any]:
    """The metric that is meant.

    Raises:
        BadInput: there is none, with those that sound alike.
    """
    wanted = text.strip().lower().replace(" ", "_")
    found = next((one for one in metrics if wanted in (one.name, one.title.lower().replace(" ", "_"))), None)
    if found is not None:
        return found
    names = [one.name for one in metrics]
    close = get_close_matches(wanted, names, 3, 0.4)
    hint = f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(sorted(names))}."
    raise BadInput(f"There is no metric '{text[:40]}'. {hint}")


def report(told: Told, window: str) -> Report:
    """The chart, and its points as a table for those who see no picture."""
    chart = drawn(told.course, told.metric)
    return Report(
        title=f"{told.metric.title}, last {window}",
        verdict=verdict(told, window),
        parts=(chart,) if chart else (),
        more=(table(told),) if chart else (),
        notes=tuple(notes(told)),
        buttons=tuple(buttons(told.metric, window)),
    )


def verdict(told: Told, window: str) -> Verdict:
    """What it is now and was at worst, in one line."""
    metric, values = told.metric, told.values
    last = told.samples[-1] if told.samples else None
    if last is None or not values:
        why = (
            last.measured.reason
            if last and isinstance(last.measured, Missing)
            else "the watch has kept no sample of it"
        )
        level = last.level if last else Level.NO_DATA
        return Verdict(level=level, text=f"No value of {metric.title} in the last {window}: {why}")
    worst = max(values) if not metric.beyond(0, 1) else min(values)
    now = (
        quantity(last.measured.value, metric.unit)
        if isinstance(last.measured, Value)
        else f"no value ({last.measured.reason})"
    )
    at_worst = f"; at worst {quantity(worst, metric.unit)}" if len(values) > 1 else ""
    return Verdict(level=last.level, text=f"{metric.title}: now {now}{at_worst} in the last {window}")


def table(told: Told) -> Table:
    """The points of the chart, newest first."""
    units = (Unit.TEXT, told.metric.unit, Unit.TEXT, Unit.COUNT)
    columns = tuple(Column(title=title, unit=unit) for title, unit in zip(COLUMNS, units, strict=True))
    rows: list[tuple[Cell, ...]] = [
        (
            f"{one.begin:%Y-%m-%d %H:%M}",
            one.value,
            SAID.get(told.metric.level(Value(value=one.value)), "-"),
            one.samples,
        )
        for one in reversed(told.course.points)
    ]
    return Table(title="Its points", columns=columns, rows=tuple(rows))


def notes(told: Told) -> list[str]:
    """What the points are, and where there are none."""
    found = told.course
    if not found.points:
        return []
    said = [
        f"Each point is the worst of {duration(found.width.total_seconds())}, of {several(len(told.values), 'sample')} in all."
    ]
    gaps = [f"{begin:%d %b %H:%M} to {end:%H:%M}" for begin, end in found.gaps]
    if gaps:
        said.append(f"Nothing was measured, and nothing is drawn, from {listed(gaps, 5)} UTC.")
    if found.points[0].begin > told.begin + 2 * found.width:
        said.append(f"The first sample that was kept is of {found.points[0].begin:%d %b %H:%M} UTC.")
    return said


def chart_button(metric: Metric[Any], database: str = "") -> Button:
    """What opens the course of a metric, of another database when it is named."""
    where = f" on {database}" if database else ""
    return Button(label=f"{metric.title}{where}", text=f"chart {metric.name}{where}")


def buttons(metric: Metric[Any], window: str) -> list[Button]:
    """Other windows, and the status."""
    windows = [other for other in ("1h", "24h", "7d") if other != window]
    return [
        *(Button(label=f"Last {other}", text=f"chart {metric.name} {other}") for other in windows),
        Button(label="Status", text="status"),
    ]


command = Command(
    name="chart",
    help="The course of one metric, with its lines",
    runbook="Performance Monitoring Dashboard",
    risk=Risk.LOOK,
    place=2,
    args=Wanted,
    plan=plan,
    words=("graph", "trend", "course"),
)
