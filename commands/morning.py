"""The day in one screen: service levels against the day before, incidents, what grew, and what to do first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.command import Burnt, Command, Keepsake, Metric, Probe, Risk, Sources
from bot.report import Button, Column, Fact, Facts, Level, Report, Table, Unit, Verdict
from commands import health, tables
from commands.days import Day, day
from commands.tables import Size
from commands.wording import duration, quantity, several, size

SIZES = Probe("sizes", tables.SQL["sizes"], Size)
"""Kept with each report, so that the next one can say what grew."""
DAY = timedelta(days=1)
FIRST, GROWN = 3, 5
WORTH_BYTES = 1024**2


@dataclass(frozen=True)
class Days:
    """A service level today and the day before."""

    metric: Metric[Any]
    today: Day
    before: Day

    @property
    def level(self) -> Level:
        """How the day was: by the share of time within the target; a day of which less than half was measured is none."""
        if self.today.typical is None or self.today.blind_s > DAY.total_seconds() / 2:
            return Level.NO_DATA
        return Level.OK if self.today.within >= GOOD else Level.ALERT


GOOD = 0.99
"""The share of a day within its target that is called good."""


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Remember the day, look at the sizes, ask every diagnosis, then say."""
    days = [days_of(sources, metric) for metric in sources.metrics if metric.slo]
    burnt = sources.memory.burnt(sources.at - DAY)
    now = sources.database.rows(SIZES.statement, SIZES.row, schema=sources.database.schema)
    last = sources.memory.keepsake(SIZES.name)
    return report(days, burnt, growth(now, last, sources.at), health.plan(sources, None), sources.at)


def days_of(sources: Sources, metric: Metric[Any]) -> Days:
    """A service level over two days."""
    at = sources.at
    samples = sources.memory.samples(metric.name, at - 2 * DAY)
    return Days(metric, day(samples, metric, at - DAY, at), day(samples, metric, at - 2 * DAY, at - DAY))


def report(days: Sequence[Days], burnt: Sequence[Burnt], grown: "Growth", found: Report, at: datetime) -> Report:
    """The verdict, a line for each service level, and the rest."""
    urgent = [fact for part in found.parts if isinstance(part, Facts) for fact in part.facts][:FIRST]
    parts = [
        Facts(title="Service levels, last 24 h", facts=tuple(level(one) for one in days)) if days else None,
        Facts(title="Incidents", facts=tuple(incidents(burnt, at))),
        grown.table,
        Facts(title="What to do first", facts=tuple(urgent)) if urgent else None,
    ]
    return Report(
        title="Morning",
        verdict=verdict(days, burnt),
        parts=tuple(part for part in parts if part is not None),
        notes=(grown.said, f"Good is a day with {100 * GOOD:.0f} % of the measured time within the target."),
        buttons=(*found.buttons[:FIRST], Button(label="Health", text="health")),
    )


def verdict(days: Sequence[Days], burnt: Sequence[Burnt]) -> Verdict:
    """How many service levels had a good day, and what still burns."""
    measured = [one for one in days if one.level is not Level.NO_DATA]
    good = sum(1 for one in measured if one.level is Level.OK)
    burning = [one for one in burnt if one.until is None]
    said = f"{good} of {several(len(days), 'service level')} had a good day"
    blind = len(days) - len(measured)
    said += f", {blind} without enough data" if blind else ""
    said += f"; {several(len(burnt), 'incident')}" + (f", {len(burning)} still open" if burning else "")
    worst = [one.level for one in days] + [Level.ALERT for _ in burning]
    order = list(Level)
    return Verdict(level=max(worst, key=order.index, default=Level.NO_DATA), text=said)


def level(one: Days) -> Fact:
    """A service level: what is typical, how long it was within its target, and the same of the day before."""
    if one.today.typical is None:
        return Fact(
            name=one.metric.title, value="no data", level=Level.NO_DATA, note=said(one, one.before, "the day before")
        )
    note = f"{share(one.today.within)} of the time within the target"
    blind = f"no data for {duration(one.today.blind_s)}" if one.today.blind_s >= 60 else ""  # noqa: PLR2004 - a minute is no news
    more = "; ".join(filter(None, (note, blind, said(one, one.before, "the day before"))))
    return Fact(name=one.metric.title, value=quantity(one.today.typical, one.metric.unit), level=one.level, note=more)


def said(one: Days, found: Day, when: str) -> str:
    """A day in a few words."""
    if found.typical is None:
        return f"{when} no data"
    return f"{when} {quantity(found.typical, one.metric.unit)}, {share(found.within)}"


def share(within: float) -> str:
    """A share that is never rounded up to all."""
    return "100 %" if within >= 1 else f"{min(99.9, 100 * within):.1f} %"


def incidents(burnt: Sequence[Burnt], at: datetime) -> Iterable[Fact]:
    """How many there were, the longest, and what is still open."""
    if not burnt:
        yield Fact(name="Last 24 h", value="none", level=Level.OK)
        return
    longest = max(burnt, key=lambda one: (one.until or at) - one.since)
    lasted = duration(((longest.until or at) - longest.since).total_seconds())
    yield Fact(name="Last 24 h", value=str(len(burnt)), note=f"the longest: {longest.metric}, {lasted}")
    for one in [one for one in burnt if one.until is None][:FIRST]:
        yield Fact(name=f"Still open: {one.metric}", value=duration((at - one.since).total_seconds()), level=one.worst)


@dataclass(frozen=True)
class Growth:
    """What grew, as a table, and what it was compared with."""

    table: Table | None
    said: str


def growth(now: Sequence[Size], last: Keepsake | None, at: datetime) -> Growth:
    """The tables that grew most since the last report."""
    total = sum(one.total for one in now)
    if last is None:
        return Growth(None, f"The tables have {size(total)}; what grew is said from the next report on.")
    before = {one.oid: one.total for one in map(Size.model_validate, last.rows)}
    grown = sorted(((one.total - before.get(one.oid, 0), one) for one in now), key=lambda pair: -pair[0])
    told = [(one.name, gained, one.total) for gained, one in grown[:GROWN] if gained >= WORTH_BYTES]
    since = f"since the report {duration((at - last.at).total_seconds())} ago"
    more = f"{size(total)} in all, {_signed(total - sum(before.values()))} {since}"
    columns = (
        Column(title="Grew", unit=Unit.CODE),
        Column(title="By", unit=Unit.BYTES),
        Column(title="To", unit=Unit.BYTES),
    )
    return Growth(Table(title="What grew", columns=columns, rows=tuple(told)) if told else None, f"Tables: {more}.")


def _signed(number: float) -> str:
    return f"{'+' if number >= 0 else '-'}{size(abs(number))}"


command = Command(
    name="morning",
    help="The last day: service levels, incidents, what grew, what to do first",
    runbook="",
    risk=Risk.LOOK,
    place=11,
    plan=plan,
    words=("daily report", "morning report"),
    keeps=SIZES,
)
