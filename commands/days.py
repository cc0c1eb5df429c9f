"""How a metric was over a day, by time and not by count: samples are the sparser the older they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from bot.command import Measurement, Metric, Value

LONGEST_S = 900.0
"""So long a sample speaks for at most; beyond that nobody looked."""


@dataclass(frozen=True)
class Day:
    """What was typical (None: nothing was measured), the share of the measured time within the target, and the seconds without data."""

    typical: float | None
    within: float
    blind_s: float


def day(samples: Sequence[Measurement], metric: Metric[Any], begin: datetime, end: datetime) -> Day:
    """A stretch of time; each sample speaks until the next one."""
    spans = [span for span in _spans(samples, begin, end) if span[1] > 0]
    line = metric.target if metric.target is not None else metric.alert
    told = [(one.measured.value, seconds) for one, seconds in spans if isinstance(one.measured, Value)]
    measured = sum(seconds for _, seconds in told)
    blind = (end - begin).total_seconds() - measured
    if not measured:
        return Day(None, 0.0, blind)
    good = sum(seconds for value, seconds in told if not metric.beyond(value, line))
    return Day(_median(told, measured), good / measured, max(0.0, blind))


def _spans(samples: Sequence[Measurement], begin: datetime, end: datetime) -> list[tuple[Measurement, float]]:
    inside = [one for one in samples if begin <= one.at < end]
    nexts = [*(later.at for _, later in pairwise(inside)), end]
    return (
        [
            (one, min(LONGEST_S, (then - one.at).total_seconds()))
            for one, then in zip(inside, nexts, strict=bool(inside))
        ]
        if inside
        else []
    )


def _median(told: Sequence[tuple[float, float]], whole: float) -> float:
    """The value below which half of the time was spent."""
    passed = 0.0
    for value, seconds in sorted(told):
        passed += seconds
        if passed >= whole / 2:
            return value
    return max(value for value, _ in told)
