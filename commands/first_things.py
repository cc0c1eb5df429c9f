"""What to do first: what burns, what waits for people, what failed, and what the diagnoses say besides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.command import Burning, Duty, Metric, Missing, PastRun, Sources
from bot.report import Button, Fact, Level
from commands import health, schedule, status
from commands.wording import duration, quantity

LOOKED_THROUGH = 100
"""How many of the last plans are looked through for those that wait."""
UNREVIEWED, ASKED = "not reviewed yet", "asked"
FAILING = "schedule"
"""The metric of which each failing job says more."""
PRESSING = frozenset({Level.ALERT, Level.PAGE})


@dataclass(frozen=True)
class Thing:
    """Something that somebody should do, and the button that begins it."""

    fact: Fact
    button: Button | None = None


@dataclass(frozen=True)
class Known:
    """What Scout knows of one database at a moment."""

    burning: Sequence[Burning]
    runs: Sequence[PastRun]
    duties: Sequence[Duty]
    diagnoses: Sequence[Fact]
    metrics: Mapping[str, Metric[Any]]
    at: datetime


def known(sources: Sources) -> Known:
    """Remember, and ask every diagnosis."""
    here = sources.database.name
    return Known(
        burning=[one for one in sources.memory.burning() if one.database == here],
        runs=sources.memory.runs(LOOKED_THROUGH),
        duties=sources.duties(),
        diagnoses=health.lines(sources),
        metrics={metric.name: metric for metric in sources.metrics},
        at=sources.at,
    )


def things(found: Known) -> list[Thing]:
    """All of them, the most urgent first: what burns, what is owed a review, what failed, what is ill, what waits for a decision."""
    return [*_incidents(found), *_reviews(found), *_jobs(found), *_diagnoses(found), *_decisions(found)]


def _incidents(found: Known) -> Iterable[Thing]:
    for one in found.burning:
        if one.metric == FAILING and found.duties:
            continue
        metric = found.metrics.get(one.metric)
        since = f"for {duration((found.at - one.since).total_seconds())}"
        whose = f"{one.owner} has it" if one.owner else "nobody has it"
        quiet = "silenced" if one.silenced_until else ""
        note = "; ".join(filter(None, (since, whose, quiet)))
        title = metric.title if metric else one.metric
        yield Thing(Fact(name=title, value=_value(one, metric), level=one.level, note=note), _mending(metric))


def _value(one: Burning, metric: Metric[Any] | None) -> str:
    if one.last is None or metric is None or isinstance(one.last.measured, Missing):
        return "no value" if one.level is Level.NO_DATA else one.level.value
    return quantity(one.last.measured.value, metric.unit)


def _mending(metric: Metric[Any] | None) -> Button | None:
    """The repair that fits, whoever reads it: whether they may ask for it is decided when they press."""
    texts = metric.repairs if metric else ()
    return next((Button(label=text.capitalize(), text=text) for text in texts), None)


def _reviews(found: Known) -> Iterable[Thing]:
    for run in found.runs:
        if run.review.startswith(UNREVIEWED):
            fact = Fact(
                name="Review", value=f"'{run.text}' by {run.requester}", level=Level.ALERT,
                note=f"it ran without a second person; {run.review} UTC",
            )  # fmt: skip
            yield Thing(fact, _looking(run))


def _jobs(found: Known) -> Iterable[Thing]:
    for duty in schedule.failing(found.duties):
        fact = Fact(name=f"Job {duty.name}", value=duty.failing, level=Level.ALERT)
        yield Thing(fact, Button(label="Schedule", text="schedule"))


def _diagnoses(found: Known) -> Iterable[Thing]:
    """What is wrong and is no incident: of what burns, its own diagnoses and the status answer say nothing new."""
    told = {name for one in found.burning for name in _told_by(one, found)}
    for fact in found.diagnoses:
        if fact.level in PRESSING and fact.name not in told:
            short = fact.model_copy(update={"value": fact.value.partition("; ")[0]})
            yield Thing(short, Button(label=fact.name.capitalize(), text=fact.name))


def _told_by(one: Burning, found: Known) -> Iterable[str]:
    metric = found.metrics.get(one.metric)
    return (status.command.name, *(metric.looks if metric else ()))


def _decisions(found: Known) -> Iterable[Thing]:
    for run in found.runs:
        if run.state == ASKED:
            asked = f"asked by {run.requester} {duration((found.at - run.asked_at).total_seconds())} ago"
            yield Thing(Fact(name="Decide", value=f"'{run.text}'", note=asked), _looking(run))


def _looking(run: PastRun) -> Button:
    return Button(label="Look at it", text=f"history {run.id}")
