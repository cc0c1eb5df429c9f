"""The day in one screen: what to do first, service levels against the day before, incidents, and what grew."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.command import Burnt, Command, Keepsake, Metric, Probe, Risk, Sources
from bot.report import Button, Choices, Fact, Facts, Level, Report, Verdict, worst
from commands import tables
from commands.chart import CHARTS, chart_button
from commands.days import Day, day
from commands.first_things import Thing, known, things
from commands.judged import is_configured
from commands.tables import Size
from commands.wording import duration, listed, quantity, several, size

SIZES = Probe("sizes", tables.SQL["sizes"], Size)
"""Kept with each report, so that the next one can say what grew."""
DAY = timedelta(days=1)
FIRST, GROWN, BUTTONS = 5, 3, 4
WORTH_BYTES = 1024**2


@dataclass(frozen=True)
class Days:
    """A service level today and the day before."""

    metric: Metric[Any]
    today: Day
    before: Day
    configured: bool = True

    @property
    def level(self) -> Level:
        """How the day was: by the share of time within the target; a day of which less than half was measured is none."""
        if self.today.typical is None or self.today.blind_s > DAY.total_seconds() / 2:
            return Level.NO_DATA
        return Level.OK if self.today.within >= GOOD else Level.ALERT


BLIND_S = 600
"""From how many seconds on it is said that nothing was measured: less is a restart."""
GOOD = 0.99
"""The share of a day within its target that is called good."""


@dataclass(frozen=True)
class Burned:
    """The incidents of the last day, and those of the day before."""

    today: Sequence[Burnt]
    before: Sequence[Burnt] = ()


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Remember the day, look at the sizes, ask every diagnosis, then say."""
    days = [days_of(sources, metric) for metric in sources.metrics if metric.slo]
    now = sources.database.rows(SIZES.statement, SIZES.row, schema=sources.database.schema)
    last = sources.memory.keepsake(SIZES.name)
    found = known(sources)
    titles = {name: metric.title for name, metric in found.metrics.items()}
    return report(days, burned(sources), growth(now, last, sources.at), things(found), sources.at, titles)


def days_of(sources: Sources, metric: Metric[Any]) -> Days:
    """A service level over two days."""
    at = sources.at
    samples = sources.memory.samples(metric.name, at - 2 * DAY)
    today, before = day(samples, metric, at - DAY, at), day(samples, metric, at - 2 * DAY, at - DAY)
    return Days(metric, today, before, configured=not samples or any(is_configured(one) for one in samples))


def burned(sources: Sources) -> Burned:
    """Those of the last day are told, those of the day before are counted."""
    yesterday = sources.at - DAY
    both = sources.memory.burnt(sources.at - 2 * DAY)
    today = [one for one in both if one.until is None or one.until >= yesterday]
    return Burned(today, [one for one in both if one.since < yesterday])


def report(
    days: Sequence[Days],
    burnt: Burned,
    grown: "Growth",
    first: Sequence[Thing],
    at: datetime,
    titles: Mapping[str, str],
) -> Report:
    """The verdict, what to do first, a line for each service level, and the rest."""
    told = [one for one in days if one.configured]
    parts = (
        Facts(title="What to do first", facts=tuple(one.fact for one in first[:FIRST])),
        Facts(title="Service levels, last 24 h", facts=tuple(level(one) for one in told)),
        Facts(title="Incidents, last 24 h", facts=(incidents(burnt, at, titles),)),
        Facts(title="What grew", facts=grown.facts),
    )
    metrics = [one.metric for one in told]
    return Report(
        title="Morning",
        verdict=verdict(told, burnt.today, first),
        parts=tuple(part for part in parts if part.facts),
        notes=tuple(notes(days, grown, len(first) - FIRST)),
        buttons=buttons(first),
        choices=Choices(label=CHARTS, options=tuple(chart_button(one) for one in metrics)) if metrics else None,
    )


def verdict(days: Sequence[Days], burnt: Sequence[Burnt], first: Sequence[Thing]) -> Verdict:
    """How many service levels had a good day, what still burns, and how much there is to do."""
    measured = [one for one in days if one.level is not Level.NO_DATA]
    good = sum(1 for one in measured if one.level is Level.OK)
    burning = sum(1 for one in burnt if one.until is None)
    said = f"{good} of {several(len(days), 'service level')} had a good day"
    blind = len(days) - len(measured)
    said += f", {blind} without enough data" if blind else ""
    said += f"; {several(len(burnt), 'incident')}" + (f", {burning} still open" if burning else "")
    said += f"; {several(len(first), 'thing')} to do" if first else "; nothing to do"
    found = [one.level for one in days] + [one.fact.level for one in first]
    return Verdict(level=worst(found) if found else Level.NO_DATA, text=said)


def notes(days: Sequence[Days], grown: "Growth", left: int) -> Iterable[str]:
    """What is small, what is not measured here, and what there was no room for."""
    if left > 0:
        yield f"{several(left, 'more thing')} to do: `health`, `alerts` and `schedule` have them."
    off = [one.metric.title for one in days if not one.configured]
    more = f" Not measured: {listed(off)}." if off else ""
    yield f"{grown.said} Good is a day with {100 * GOOD:.0f} % of its measured time within target.{more}"


def buttons(first: Sequence[Thing]) -> tuple[Button, ...]:
    """What begins each of the first things, and the whole list."""
    fitting = list(dict.fromkeys(one.button for one in first if one.button))[: BUTTONS - 1]
    whole = Button(label="Health", text="health")
    return (*(one for one in fitting if one.text != whole.text), whole)


def level(one: Days) -> Fact:
    """A service level: what is typical, how long it was within its target, and the same of the day before."""
    before = said(one, one.before, "the day before")
    if one.today.typical is None:
        return Fact(name=one.metric.title, value="no data", level=Level.NO_DATA, note=before)
    within = f"{share(one.today.within)} within target" if one.level is not Level.NO_DATA else ""
    blind = f"no data for {duration(one.today.blind_s)}" if one.today.blind_s >= BLIND_S else ""
    note = "; ".join(filter(None, (within, blind, before)))
    return Fact(name=one.metric.title, value=quantity(one.today.typical, one.metric.unit), level=one.level, note=note)


def said(one: Days, found: Day, when: str) -> str:
    """A day in a few words."""
    if found.typical is None:
        return f"{when} no data"
    return f"{when} {quantity(found.typical, one.metric.unit)}, {share(found.within)}"


def share(within: float) -> str:
    """A share that is never rounded up to all."""
    return "100 %" if within >= 1 else f"{min(99.9, 100 * within):.1f} %"


def incidents(burnt: Burned, at: datetime, titles: Mapping[str, str]) -> Fact:
    """How many there were and the longest, and how many the day before; what is still open stands first of all."""
    before = f"the day before {len(burnt.before) or 'none'}"
    if not burnt.today:
        return Fact(name="There were", value="none", level=Level.OK, note=before)
    longest = max(burnt.today, key=lambda one: (one.until or at) - one.since)
    lasted = duration(((longest.until or at) - longest.since).total_seconds())
    title = titles.get(longest.metric, longest.metric)
    return Fact(name="There were", value=str(len(burnt.today)), note=f"the longest: {title}, {lasted}; {before}")


@dataclass(frozen=True)
class Growth:
    """What grew, and what it was compared with."""

    facts: tuple[Fact, ...]
    said: str


def growth(now: Sequence[Size], last: Keepsake | None, at: datetime) -> Growth:
    """The tables that grew most since the last report."""
    total = sum(one.total for one in now)
    if last is None:
        return Growth((), f"The tables have {size(total)}; what grew is said from the next report on.")
    before = {one.oid: one.total for one in map(Size.model_validate, last.rows)}
    grown = sorted(((one.total - before.get(one.oid, 0), one) for one in now), key=lambda pair: -pair[0])
    told = [(gained, one) for gained, one in grown[:GROWN] if gained >= WORTH_BYTES]
    facts = tuple(Fact(name=one.name, value=_signed(gained), note=f"to {size(one.total)}") for gained, one in told)
    since = f"since the report {duration((at - last.at).total_seconds())} ago"
    return Growth(facts, f"Tables: {size(total)} in all, {_signed(total - sum(before.values()))} {since}.")


def _signed(number: float) -> str:
    return f"{'+' if number >= 0 else '-'}{size(abs(number))}"


command = Command(
    name="morning",
    help="The last day: what to do first, service levels, incidents, what grew",
    runbook="",
    risk=Risk.LOOK,
    place=11,
    plan=plan,
    words=("daily report", "morning report"),
    keeps=SIZES,
)
