"""A metric beside its lines, in words: what `status` says of each."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.command import Direction, Measured, Measurement, Metric, Missing
from bot.report import Cell, Column, Fact, Level, Record, Unit
from commands.wording import quantity, threshold

COLUMNS = tuple(Column(title=title) for title in ("State", "Service level", "Now", "Target", "Alert", "Page"))
SAID = {Level.OK: "ok", Level.INFO: "-", Level.NO_DATA: "no data", Level.ALERT: "alert", Level.PAGE: "page"}


class Judged(Record):
    """A metric with its value; `crossed` is the line it is beyond."""

    title: str
    unit: Unit
    level: Level
    measured: Measured
    target: float | None
    alert: float
    page: float | None
    below: bool
    slo: bool
    repairs: tuple[str, ...]

    @property
    def crossed(self) -> float | None:
        """The worst line that the value is beyond."""
        return {Level.ALERT: self.alert, Level.PAGE: self.page}.get(self.level)

    @property
    def side(self) -> str:
        """On which side of a line it is bad."""
        return "below" if self.below else "over"

    @property
    def value(self) -> str:
        """The value in words."""
        return SAID[self.level] if isinstance(self.measured, Missing) else quantity(self.measured.value, self.unit)

    @property
    def off_target(self) -> bool:
        """Whether it misses what the runbook promises, though no line is crossed."""
        if self.target is None or isinstance(self.measured, Missing):
            return False
        return self.measured.value < self.target if self.below else self.measured.value > self.target

    @property
    def lines(self) -> str:
        """The lines in words, as "alert over 80 %, page over 95 %"."""
        named = (("alert", self.alert), ("page", self.page))
        return ", ".join(f"{name} {self.side} {threshold(at, self.unit)}" for name, at in named if at is not None)


def judged(metrics: Sequence[Metric[Any]], found: Mapping[str, Measurement]) -> list[Judged]:
    """Every metric with its value; one that nobody measured is said to have none."""
    return [_judged(metric, found.get(metric.name)) for metric in metrics]


def is_configured(one: Measurement | Judged) -> bool:
    """Whether there can be a value at all."""
    return not isinstance(one.measured, Missing) or one.measured.configured


def data_lag(freshness: Judged) -> Judged:
    """The runbook's fourth vital: the same age as the service level, with the line of its status query, which is the level's target.

    It is shown and not watched, or one stale table would open two incidents.
    """
    line = freshness.target or freshness.alert
    known = not isinstance(freshness.measured, Missing)
    level = (Level.ALERT if freshness.off_target else Level.OK) if known else freshness.level
    changed = {"title": "Data lag", "slo": False, "target": None, "alert": line, "page": None, "level": level}
    return freshness.model_copy(update=changed)


def row(one: Judged) -> tuple[Cell, ...]:
    """A service level as a row of the table."""
    state = "off target" if one.level is Level.OK and one.off_target else SAID[one.level]
    lines = (one.target, one.alert, one.page)
    return state, one.title, _noted(one), *("-" if at is None else threshold(at, one.unit) for at in lines)


def fact(one: Judged) -> Fact:
    """A vital with its lines."""
    note = "" if isinstance(one.measured, Missing) else one.measured.note
    return Fact(name=one.title, value=one.value, level=one.level, note="; ".join(filter(None, (note, one.lines))))


def breach(one: Judged) -> str:
    """What is wrong, as a clause."""
    line = (
        "" if one.crossed is None else f", {one.side} the {one.level.value} line of {threshold(one.crossed, one.unit)}"
    )
    return f"{one.title}: {one.value}{line}"


def _noted(one: Judged) -> str:
    note = "" if isinstance(one.measured, Missing) else one.measured.note
    return f"{one.value} ({note})" if note else one.value


def _judged(metric: Metric[Any], found: Measurement | None) -> Judged:
    measured = found.measured if found else Missing(reason="nobody measured it")
    return Judged(
        title=metric.title,
        unit=metric.unit,
        level=metric.level(measured),
        measured=measured,
        target=metric.target,
        alert=metric.alert,
        page=metric.page,
        below=metric.worse is Direction.LOWER,
        slo=metric.slo,
        repairs=metric.repairs,
    )
