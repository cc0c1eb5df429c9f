"""How long statements take by the histogram of `pg_stat_monitor`, where the settings choose it: no estimate, but no finer than its ranges.

It counts in time buckets that begin at zero one after another and are overwritten in turn; what a window held is the difference of
two readings, bucket by bucket. Source: the documentation and the source text of pg_stat_monitor 2, `histogram_bucket_timings`.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from math import exp, inf, isinf, log

from bot.command import Measured, Missing, Origin, Probe, Reading, Row, Value
from bot.sql import queries
from commands.census import SHARE
from commands.percentile import FEWEST_CALLS
from commands.wording import several

LONGEST_MS = 50_000_000
"""How far its histogram can reach; one that ends before has a last range for all that takes longer."""
Range = tuple[float, float]


class Bucket(Row):
    """A time bucket: how many statements it has counted in each range; the settings' ends of the histogram in milliseconds."""

    bucket: int
    began: datetime
    calls: list[int]
    least_ms: float | None
    most_ms: float | None


def monitored_p95(reading: Reading[Bucket]) -> Measured:
    """The 95th percentile of the statements that ended in the window, in seconds, with the ends of the range that it lies in."""
    if reading.before is None:
        return reading.first
    counted = ended(reading.before, reading.now)
    if isinstance(counted, Missing):
        return counted
    if sum(counted) < FEWEST_CALLS:
        return Missing(reason=f"too little traffic: {several(sum(counted), 'call')} since the last sample", quiet=True)
    found = ranges(reading.now[0])
    return percentile(counted, found) if found else Missing(reason="pg_stat_monitor has no such histogram before 2.0")


def ended(before: Sequence[Bucket], now: Sequence[Bucket]) -> list[int] | Missing:
    """How many statements each range has counted between two readings, or why that cannot be known."""
    there, known = {_key(one) for one in now}, {_key(one): one.calls for one in before}
    newest = max(known, key=lambda key: key[1], default=None)
    if newest is not None and newest not in there:
        return Missing(
            reason="pg_stat_monitor was reset, or overwrites its buckets too soon: pgsm_max_buckets times pgsm_bucket_time"
            " has to be three minutes or more"
        )
    new = [[count - old for count, old in _beside(one.calls, known.get(_key(one)))] for one in now]
    if any(count < 0 for counts in new for count in counts):
        return Missing(reason="pg_stat_monitor was reset", quiet=True)
    return [sum(counts) for counts in zip(*new, strict=False)]


def ranges(bucket: Bucket) -> list[Range]:
    """From where to where the ranges of a histogram go, in milliseconds; none when it is not one of these.

    Between its ends they widen by the same factor; below the first end, where that is not zero, and beyond the last one is one more.
    """
    least, most = bucket.least_ms, bucket.most_ms
    if least is None or most is None or most - least <= 1:
        return []
    below: list[Range] = [(0.0, least)] if least > 0 else []
    beyond: list[Range] = [(most, inf)] if most < LONGEST_MS else []
    inner = len(bucket.calls) - len(below) - len(beyond)
    if inner < 1:
        return []
    ends = [least + exp(log(most - least) * number / inner) for number in range(1, inner + 1)]
    return [*below, *pairwise([least, *ends]), *beyond]


def percentile(counted: Sequence[int], spans: Sequence[Range]) -> Value:
    """Where the percentile lies, interpolated within its range as the ranges widen."""
    rank, reached = SHARE * sum(counted), 0
    for count, (low, high) in zip(counted, spans, strict=True):
        if count and reached + count >= rank:
            return _said(low / 1000, high / 1000, (rank - reached) / count)
        reached += count
    raise AssertionError("the ranges hold all that was counted")


def _said(low: float, high: float, share: float) -> Value:
    if isinf(high):
        return Value(value=low, note=f"over {low:.3g} s, where pg_stat_monitor's histogram ends")
    value = low * (high / low) ** share if low else high * share
    return Value(value=value, note=f"by pg_stat_monitor's histogram, between {low:.3g} and {high:.3g} s")


def _key(one: Bucket) -> tuple[int, datetime]:
    return one.bucket, one.began


def _beside(calls: Sequence[int], old: Sequence[int] | None) -> list[tuple[int, int]]:
    return list(zip(calls, old if old is not None else [0] * len(calls), strict=False))


MONITOR = Origin("pg_stat_monitor", Probe("histogram", queries(__file__)["buckets"], Bucket, deep=True), monitored_p95)
