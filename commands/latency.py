"""How long statements take: counted by the second, or estimated from what pg_stat_statements counted between two samples."""

from collections.abc import Sequence
from math import inf

from bot.command import LOOKS_BACK_S, Measured, Metric, Missing, Reading, Value
from bot.report import Unit
from commands.census import FINEST_S, SHARE, p95, uncounted
from commands.census import STATEMENTS as CENSUS
from commands.histogram import MONITOR
from commands.percentile import (
    FEWEST_CALLS,
    STATEMENTS,
    Statement,
    Window,
    bounds,
    calls,
    percentile,
    together,
    windows,
)
from commands.wording import duration, seconds, several

SLOW_MS = 2000


def query_p95(reading: Reading[Statement]) -> Measured:
    """The 95th percentile of all statements in the window, in seconds: counted where the census saw it, else an estimate with bounds."""
    parts = windows(reading)
    if isinstance(parts, Missing):
        return parts
    crowd = reading.crowd if reading.crowd and reading.crowd.whole else None
    statements = sum(part.calls for part in parts) + (uncounted(crowd, calls(reading), reading.seconds) if crowd else 0)
    if statements < FEWEST_CALLS:
        return Missing(reason=f"too little traffic: {several(statements, 'call')} since the last sample", quiet=True)
    counted = p95(crowd, statements, reading.seconds) if crowd else None
    if counted is not None:
        return Value(value=counted, note=f"counted, of {several(statements, 'statement')}{lost(reading)}")
    return estimate(parts, FINEST_S if crowd else inf, f"{missed(reading)}{lost(reading)}")


def estimate(parts: Sequence[Window], most_s: float, more: str) -> Measured:
    """A percentile guessed from means and deviations, between the bounds that hold for certain; the census may have set a lower one."""
    if not parts:
        return Missing(reason="nothing that ended was counted", quiet=True)
    low, high = bounds(together(parts), SHARE)
    low_s, high_s = min(low / 1000, most_s), min(high / 1000, most_s)
    value = min(max(percentile(parts, SHARE) / 1000, low_s), high_s)
    return Value(value=value, note=f"estimate, between {seconds(low_s)} and {seconds(high_s)}{more}")


def missed(reading: Reading[Statement]) -> str:
    """Why the census does not count for this window; empty when it does, or is not wanted."""
    return f"; not counted: {reading.crowd.why}" if reading.crowd and not reading.crowd.whole else ""


def lost(reading: Reading[Statement]) -> str:
    """That pg_stat_statements has thrown entries out meanwhile, with what they had counted."""
    before = reading.before or ()
    thrown_out = reading.now[0].evicted - before[0].evicted if reading.now and before else 0
    return f"; pg_stat_statements threw {several(thrown_out, 'entry', 'entries')} out" if thrown_out > 0 else ""


def slow_calls(reading: Reading[Statement]) -> Measured:
    """The calls of statements whose mean in the window is over 2 s; the runbook's figure was of all time and never fell."""
    parts = windows(reading)
    if isinstance(parts, Missing):
        return parts
    slow = sum(part.calls for part in parts if part.mean > SLOW_MS)
    return Value(value=slow, note=f"in {duration(reading.seconds)}{lost(reading)}")


QUERY_P95 = Metric(
    name="query_p95",
    title="Query latency (p95)",
    unit=Unit.SECONDS,
    target=2,
    alert=3,
    page=5,
    source=STATEMENTS,
    measure=query_p95,
    census=CENSUS,
    origins=(MONITOR,),
    slo=True,
    repairs=("slow", "emergency"),
    follows=("blocked_sessions", "idle_in_transaction"),
    looks_back=LOOKS_BACK_S,
    patience=2,  # what was over a minute ago is still in its window
    looks=("slow", "blocked", "active"),
)
SLOW_QUERIES = Metric(
    name="slow_queries",
    title="Slow queries (over 2 s)",
    unit=Unit.COUNT,
    alert=10,
    page=None,
    source=STATEMENTS,
    measure=slow_calls,
    repairs=("emergency",),
    follows=("blocked_sessions",),
    looks_back=LOOKS_BACK_S,
    looks=("slow", "blocked", "active"),
)
