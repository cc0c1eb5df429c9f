"""What burns now: the open incidents of all databases, the worst first, with whose they are and what is silenced."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.command import Burning, Command, Metric, Missing, Risk, Sources
from bot.report import Button, Choices, Fact, Facts, Level, Report, Verdict
from commands.chart import CHARTS, chart_button
from commands.wording import duration, quantity, several

SAID = {Level.NO_DATA: "no data", Level.ALERT: "alert", Level.PAGE: "page"}
ON_A_SCREEN = 10


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Remember, then say."""
    silences = len(sources.memory.silences(sources.at))
    return report(sources.memory.burning(), {one.name: one for one in sources.metrics}, sources.at, silences)


def report(found: Sequence[Burning], metrics: Mapping[str, Metric[Any]], at: datetime, silences: int) -> Report:
    """The verdict with the worst, then a line for each; what fits no screen stands behind More."""
    facts = [fact(one, metrics.get(one.metric), at) for one in found]
    shown, more = facts[:ON_A_SCREEN], facts[ON_A_SCREEN:]
    return Report(
        title="Alerts",
        verdict=verdict(found, metrics, at),
        parts=(Facts(title="Open incidents", facts=tuple(shown)),) if shown else (),
        more=(Facts(title="And these", facts=tuple(more)),) if more else (),
        notes=(f"{several(silences, 'silence')} in force: `silences` lists them.",) if silences else (),
        buttons=(*repairs(found, metrics), Button(label="Status", text="status")),
        choices=charts(found, metrics),
    )


def charts(found: Sequence[Burning], metrics: Mapping[str, Metric[Any]]) -> Choices | None:
    """The course of each metric that burns."""
    burning = [(metric, one.database) for one in found if (metric := metrics.get(one.metric))]
    options = tuple(chart_button(metric, database) for metric, database in burning)
    return Choices(label=CHARTS, options=options) if options else None


def verdict(found: Sequence[Burning], metrics: Mapping[str, Metric[Any]], at: datetime) -> Verdict:
    """How many, which is worst and whether it has an owner."""
    if not found:
        return Verdict(level=Level.OK, text="Nothing burns: no incident is open")
    first = found[0]
    whose = f", {first.owner} has it" if first.owner else ", nobody has it"
    text = f"{several(len(found), 'open incident')}; the worst: {title(first, metrics.get(first.metric))}, {SAID.get(first.level, first.level.value)} for {age(first, at)}{whose}"
    return Verdict(level=first.level, text=text)


def fact(one: Burning, metric: Metric[Any] | None, at: datetime) -> Fact:
    """An incident: how bad and what value, since when, whose, until when it is silenced."""
    whose = f"{one.owner} has it" if one.owner else "nobody has it"
    quiet = f"silenced for {duration((one.silenced_until - at).total_seconds())}" if one.silenced_until else ""
    note = "; ".join(filter(None, (f"for {age(one, at)}, since {one.since:%b %d %H:%M} UTC", whose, quiet)))
    return Fact(name=title(one, metric), value=value(one, metric), level=one.level, note=note)


def value(one: Burning, metric: Metric[Any] | None) -> str:
    """What it stands at now."""
    said = SAID.get(one.level, one.level.value)
    if one.last is None or metric is None or isinstance(one.last.measured, Missing):
        return said
    return f"{said}, now {quantity(one.last.measured.value, metric.unit)}"


def title(one: Burning, metric: Metric[Any] | None) -> str:
    """The metric and its database."""
    return f"{metric.title if metric else one.metric} on {one.database}"


def age(one: Burning, at: datetime) -> str:
    """For how long it has been open."""
    return duration(max(0.0, (at - one.since).total_seconds()))


def repairs(found: Sequence[Burning], metrics: Mapping[str, Metric[Any]]) -> Sequence[Button]:
    """The repair that fits each of the worst."""
    texts = [
        f"{metric.repairs[0]} on {one.database}"
        for one in found
        if (metric := metrics.get(one.metric)) and metric.repairs
    ]
    return [Button(label=text.capitalize()[:70], text=text) for text in dict.fromkeys(texts)][:3]


command = Command(
    name="alerts",
    help="The open incidents of all databases, worst first",
    runbook="",
    risk=Risk.LOOK,
    place=2,
    plan=plan,
    words=("incidents", "what burns", "open incidents"),
    menu="Alerts",
)
