"""How long statements take, from what pg_stat_statements counted between two samples."""

from bot.command import Measured, Metric, Missing, Reading, Value
from bot.report import Unit
from commands.percentile import FEWEST_CALLS, STATEMENTS, Statement, bounds, percentile, together, windows
from commands.wording import several

SLOW_MS = 2000


def query_p95(reading: Reading[Statement]) -> Measured:
    """The 95th percentile of all statements in the window, in seconds, with the bounds that hold for certain."""
    parts = windows(reading)
    if isinstance(parts, Missing):
        return parts
    calls = sum(part.calls for part in parts)
    if calls < FEWEST_CALLS:
        return Missing(reason=f"too little traffic: {several(calls, 'call')} since the last sample", quiet=True)
    low, high = bounds(together(parts), 0.95)
    note = f"estimate, between {low / 1000:.3g} and {high / 1000:.3g} s"
    return Value(value=percentile(parts, 0.95) / 1000, note=note)


def slow_calls(reading: Reading[Statement]) -> Measured:
    """The calls of statements whose mean in the window is over 2 s; the runbook's figure was of all time and never fell."""
    parts = windows(reading)
    if isinstance(parts, Missing):
        return parts
    return Value(value=sum(part.calls for part in parts if part.mean > SLOW_MS), note="since the last samples")


QUERY_P95 = Metric(
    name="query_p95",
    title="Query latency (p95)",
    unit=Unit.SECONDS,
    target=2,
    alert=3,
    page=5,
    source=STATEMENTS,
    measure=query_p95,
    slo=True,
    repairs=("slow", "emergency"),
    follows=("blocked_sessions",),
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
    looks=("slow", "blocked", "active"),
)
