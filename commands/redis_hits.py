"""How often Redis has what it is asked for, as the watch measures it."""

from bot.command import Direction, Inquiry, Measured, Metric, Missing, Reading, Sources, Value
from bot.report import Unit
from commands.redis_info import LOW_HIT_PERCENT, Info, read
from commands.wording import several

FEWEST = 100
"""Lookups in a minute below which a ratio tells nothing."""


def ask(sources: Sources) -> list[Info] | Missing:
    """What Redis says of itself; nothing where none is configured."""
    if sources.cache is None:
        return Missing(reason="no Redis is configured", configured=False)
    return [read(sources.cache.info())]


def hits(reading: Reading[Info]) -> Measured:
    """The share of lookups of the last minute that found their key, in per cent."""
    if reading.before is None:
        return reading.first
    now, before = reading.now[0], reading.before[0]
    lookups = now.lookups - before.lookups
    if now.uptime_in_seconds < before.uptime_in_seconds or lookups < 0:
        return Missing(reason="Redis was restarted, or its counters were reset", quiet=True)
    if lookups < FEWEST:
        return Missing(reason=f"too little traffic: {several(lookups, 'lookup')} since the last sample", quiet=True)
    found = now.keyspace_hits - before.keyspace_hits
    return Value(value=100 * found / lookups, note=f"of {several(lookups, 'lookup')}")


HITS = Metric(
    name="redis_hit",
    title="Redis hit ratio",
    unit=Unit.PERCENT,
    alert=LOW_HIT_PERCENT,
    page=None,
    source=Inquiry("redis", ask),
    measure=hits,
    worse=Direction.LOWER,
    repairs=("cache",),
)
