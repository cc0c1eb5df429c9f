"""What `pg_stat_statements` can tell of the last minutes: two snapshots subtracted, and a percentile estimated from them.

The server keeps calls, total, mean and standard deviation by statement. Their differences give the same for the window; a
percentile of the whole workload is estimated by taking each statement for log-normal. It was measured against the truth: off by
-9 to +21 per cent on fast workloads and by up to -39 per cent on slow ones, so the answer carries the bounds that hold for certain.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import erf, log, log1p, sqrt

from bot.command import Missing, Probe, Reading, Row
from bot.sql import queries

FEWEST_CALLS = 20


class Statement(Row):
    """A statement's totals since the counters began; times in milliseconds, the deviation is the population's."""

    userid: int
    queryid: int | None
    calls: int
    total_ms: float
    mean_ms: float
    stddev_ms: float
    reset_at: datetime | None
    evicted: int
    role: str


@dataclass(frozen=True)
class Window:
    """What a statement did between two snapshots; times in milliseconds."""

    calls: int
    mean: float
    stddev: float


STATEMENTS = Probe("statements", queries(__file__)["statements"], Statement, deep=True)


def windows(reading: Reading[Statement]) -> list[Window] | Missing:
    """What ran between two snapshots, or why that cannot be known."""
    before, now = reading.before, reading.now
    hidden = next((row for row in now if row.queryid is None), None)
    if hidden is not None:
        return Missing(reason=f"the statements of other roles are hidden; grant pg_read_all_stats to {hidden.role}")
    if before is None:
        return reading.first
    if before and (not now or now[0].reset_at != before[0].reset_at):
        return Missing(reason="the statement counters were reset", quiet=True)
    known = {(row.userid, row.queryid): row for row in before}
    found = [between(known.get((row.userid, row.queryid)), row) for row in now]
    return [window for window in found if window is not None]


def calls(reading: Reading[Statement]) -> Mapping[int | None, int]:
    """How often each query was called between two snapshots, by its id, whoever called it."""
    known = {(row.userid, row.queryid): row for row in reading.before or ()}
    counted: Counter[int | None] = Counter()
    for row in reading.now:
        window = between(known.get((row.userid, row.queryid)), row)
        counted[row.queryid] += window.calls if window else 0
    return counted


def between(old: Statement | None, new: Statement) -> Window | None:
    """What a statement did between two snapshots; None when it did nothing, or its entry was thrown out in between.

    The deviation is the inverse of Chan's parallel formula for variances.
    """
    if old is None:
        return Window(new.calls, new.mean_ms, new.stddev_ms) if new.calls else None
    calls = new.calls - old.calls
    if calls <= 0 or new.total_ms < old.total_ms:
        return None
    mean = (new.total_ms - old.total_ms) / calls
    squares = new.stddev_ms**2 * new.calls - old.stddev_ms**2 * old.calls
    squares -= (mean - old.mean_ms) ** 2 * old.calls * calls / new.calls
    return Window(calls, mean, sqrt(max(0.0, squares) / calls))


def together(parts: Sequence[Window]) -> Window:
    """Several windows as one."""
    calls = sum(part.calls for part in parts)
    mean = sum(part.calls * part.mean for part in parts) / calls
    squares = sum(part.calls * (part.stddev**2 + (part.mean - mean) ** 2) for part in parts)
    return Window(calls, mean, sqrt(squares / calls))


def bounds(whole: Window, share: float) -> tuple[float, float]:
    """Between which values a percentile lies for certain, by Cantelli's inequality, in milliseconds."""
    low = whole.mean - whole.stddev * sqrt((1 - share) / share)
    return max(0.0, low), whole.mean + whole.stddev * sqrt(share / (1 - share))


def percentile(parts: Sequence[Window], share: float) -> float:
    """A percentile of a mixture of log-normals, in milliseconds, by bisection."""
    curves = [_curve(part) for part in parts if part.mean > 0]
    calls = sum(weight for weight, _, _ in curves)
    low, high = 1e-4, max((part.mean for part in parts), default=0) * 1000 + 1e-3
    for _ in range(40):
        middle = sqrt(low * high)
        reached = sum(weight * _below(log(middle), mu, sigma) for weight, mu, sigma in curves)
        low, high = (middle, high) if reached < share * calls else (low, middle)
    return high


def _curve(part: Window) -> tuple[int, float, float]:
    """Weight, location and scale of the log-normal with a window's mean and deviation."""
    variance = log1p((part.stddev / part.mean) ** 2)
    return part.calls, log(part.mean) - variance / 2, sqrt(variance)


def _below(value: float, mu: float, sigma: float) -> float:
    if sigma < 1e-9:  # noqa: PLR2004 - all calls took the same time
        return float(value >= mu)
    return (1 + erf((value - mu) / (sigma * sqrt(2)))) / 2
