"""How hard sessions press on the database: how many wait for locks, and how old the oldest statement is."""

from typing import Any

from bot.command import Measured, Metric, Missing, Probe, Reading, Row, Value
from bot.report import Unit
from bot.sql import queries
from commands.slots import hidden


class Pressure(Row):
    """How many sessions wait too long for a lock, and the oldest statement that may be stopped."""

    blocked: int
    longest_s: float
    longest_pid: int
    hidden: int
    role: str


def blocked(reading: Reading[Pressure]) -> Measured:
    """How many sessions have waited for a lock for more than 5 s."""
    now = reading.now[0]
    return Missing(reason=hidden(now.hidden, now.role)) if now.hidden else Value(value=now.blocked)


def longest(reading: Reading[Pressure]) -> Measured:
    """The age of the oldest running statement in seconds."""
    now = reading.now[0]
    if now.hidden:
        return Missing(reason=hidden(now.hidden, now.role))
    return Value(value=now.longest_s, note=f"pid {now.longest_pid}" if now.longest_pid else "")


PRESSURE = Probe("pressure", queries(__file__)["pressure"], Pressure)
METRICS: tuple[Metric[Any], ...] = (
    Metric(
        name="blocked_sessions",
        title="Blocked sessions",
        unit=Unit.COUNT,
        alert=0,
        page=9,
        source=PRESSURE,
        measure=blocked,
        repairs=("unblock", "emergency"),
        looks=("blocked", "active"),
    ),
    Metric(
        name="longest_query",
        title="Longest running query",
        unit=Unit.SECONDS,
        alert=300,
        page=None,
        source=PRESSURE,
        measure=longest,
        repairs=("emergency",),
        alert_from="long_query_seconds",
        looks=("active", "blocked"),
    ),
)
