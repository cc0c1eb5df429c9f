"""What a database has done since its counters began: throughput and the cache's hit ratio, from two samples subtracted."""

from datetime import datetime

from bot.command import LOOKS_BACK_S, Direction, Measured, Metric, Missing, Probe, Reading, Row, Value
from bot.report import Level, Unit
from bot.sql import queries
from commands.wording import several

# The runbook's figure is 100,000 blocks for a window of minutes. In the seconds between two ticks 80 MB of pages are traffic enough:
# a short dip below the line does not last, and only what lasts is told.
FEWEST_BLOCKS = 100_000


class Counters(Row):
    """A database's counters since they began."""

    transactions: int
    hit: int
    read: int
    reset_at: datetime | None
    started_at: datetime


def throughput(reading: Reading[Counters]) -> Measured:
    """Transactions per second, committed and rolled back."""
    unknown = incomparable(reading)
    if unknown is not None or reading.before is None:
        return unknown or reading.first
    rate = (reading.now[0].transactions - reading.before[0].transactions) / reading.seconds
    quiet = reading.limits.quiet if reading.limits else None
    if quiet and reading.at and quiet.opening(reading.at).is_open(reading.at):
        return Value(value=rate, note="quiet hours, so not judged", level=Level.INFO)
    return Value(value=rate)


def cache_hit(reading: Reading[Counters]) -> Measured:
    """The share of pages found in shared buffers, in per cent; a miss may still come from the system's cache."""
    unknown = incomparable(reading)
    if unknown is not None or reading.before is None:
        return unknown or reading.first
    hit = reading.now[0].hit - reading.before[0].hit
    all_pages = hit + reading.now[0].read - reading.before[0].read
    if all_pages < FEWEST_BLOCKS:
        return Missing(
            reason=f"too little traffic: {several(all_pages, 'page')} read since the last sample", quiet=True
        )
    return Value(value=100 * hit / all_pages, note=f"of {several(all_pages, 'page')}")


def incomparable(reading: Reading[Counters]) -> Missing | None:
    """Why two samples cannot be subtracted; None when they can."""
    if reading.before is None or reading.seconds <= 0:
        return reading.first
    now, before = reading.now[0], reading.before[0]
    same = (now.reset_at, now.started_at) == (before.reset_at, before.started_at)
    backwards = now.transactions < before.transactions or now.hit < before.hit or now.read < before.read
    return None if same and not backwards else Missing(reason="counters were reset", quiet=True)


COUNTERS = Probe("counters", queries(__file__)["counters"], Counters)
THROUGHPUT = Metric(
    name="throughput",
    title="Transaction throughput",
    unit=Unit.PER_SECOND,
    target=10_000,
    alert=5_000,
    page=1_000,
    source=COUNTERS,
    measure=throughput,
    worse=Direction.LOWER,
    slo=True,
    follows=("blocked_sessions",),
    looks_back=LOOKS_BACK_S,
    looks=("tps", "blocked", "active"),
)
CACHE_HIT = Metric(
    name="cache_hit",
    title="Cache hit ratio",
    unit=Unit.PERCENT,
    alert=90,
    page=None,
    source=COUNTERS,
    measure=cache_hit,
    worse=Direction.LOWER,
    looks=("hitratio", "slow"),
)
