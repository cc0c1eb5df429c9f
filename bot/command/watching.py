"""What is watched: metrics with their lines, and what was measured."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Generic

from bot.command.asking import R
from bot.command.probing import Census, Inquiry, Missing, Probe, PromQuery, Reading
from bot.report import Level, Record, Unit


class Value(Record):
    """A measured value in the metric's unit; `level` where something else than its lines decides, as an exact share does."""

    value: float
    note: str = ""
    level: Level | None = None


Measured = Value | Missing


PERCENT = 100


class Direction(StrEnum):
    """Which way is worse."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True)
class Origin(Generic[R]):
    """Another source of a metric, which the settings may choose by the name of the extension that it reads."""

    extension: str
    source: Probe[R]
    measure: Callable[[Reading[R]], Measured]


@dataclass(frozen=True)
class Metric(Generic[R]):
    """Something watched: its lines from the runbook and how it is computed from a probe.

    `page` is None for something that never wakes anybody. `repairs` are command texts that fit a breach. `alert_from` names the
    field of a database's `Limits` that is its alert line. A value has to come back behind `alert_exit` and `page_exit`, by default
    `margin` of the line inside of it. It must be bad for `alert_for` seconds, by default `patience` times as long as others.
    `follows` are the metrics whose incidents explain one of this, also for as long as its value `looks_back`, in seconds; `looks` are
    the questions asked when it has one. `census` is what is counted by the second for it, `origins` what else it can be measured by.
    `charted` is false of the watch's own, which no command knows.
    """

    name: str
    title: str
    unit: Unit
    alert: float
    page: float | None
    source: Probe[R] | Inquiry[R] | PromQuery
    measure: Callable[[Reading[R]], Measured] = field(
        default=lambda _: Missing(reason="not measured here", configured=False)
    )
    target: float | None = None
    worse: Direction = Direction.HIGHER
    slo: bool = False
    repairs: tuple[str, ...] = ()
    alert_from: str = ""
    alert_exit: float | None = None
    page_exit: float | None = None
    margin: float = 0.1
    patience: float = 1
    alert_for: float | None = None
    follows: tuple[str, ...] = ()
    looks_back: float = 0
    looks: tuple[str, ...] = ("blocked", "slow")
    census: Census[Any] | None = None
    origins: tuple[Origin[Any], ...] = ()
    charted: bool = True

    def out_of(self, extension: str) -> "Metric[Any]":
        """The same, measured by an extension; as it is where the extension does not measure it."""
        origin = next((one for one in self.origins if one.extension == extension), None)
        return self if origin is None else replace(self, source=origin.source, measure=origin.measure, census=None)

    def level(self, measured: Measured) -> Level:
        """Where a value stands against the lines; no data is never OK."""
        if isinstance(measured, Missing):
            return Level.NO_DATA if measured.configured and not measured.quiet else Level.INFO
        if measured.level is not None:
            return measured.level
        if self.page is not None and self.beyond(measured.value, self.page):
            return Level.PAGE
        return Level.ALERT if self.beyond(measured.value, self.alert) else Level.OK

    def exit_line(self, line: float, told: float | None = None) -> float:
        """Behind which a value has to come back; of a percentage of which less is worse, a share of what is left to the whole."""
        if told is not None:
            return told
        if self.worse is Direction.HIGHER:
            return line * (1 - self.margin)
        room = PERCENT - line if self.unit is Unit.PERCENT else line
        return line + room * self.margin

    def beyond(self, value: float, line: float) -> bool:
        """Whether a value is on the bad side of a line."""
        return value > line if self.worse is Direction.HIGHER else value < line


STRAGGLER = timedelta(minutes=1)


def is_put_back(last: datetime, at: datetime) -> bool:
    """Whether a clock was put back between the last sample and one that is older.

    One process at a time measures a database, one tick after another, so that what is late by more than replicas' clocks differ is
    no straggler.
    """
    return at < last - STRAGGLER


class Measurement(Record):
    """A metric's value at a moment, with its level against the lines."""

    name: str
    measured: Measured
    level: Level
    at: datetime
