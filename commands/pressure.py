"""How hard sessions press on the database: slots taken, sessions idle in a transaction, blocked ones, the oldest statement."""

from collections.abc import Callable
from typing import Any

from bot.command import Measured, Metric, Missing, Probe, Reading, Row, Value
from bot.report import Unit
from bot.sql import queries
from commands.wording import duration, several

SQL = queries(__file__)


class Counted(Row):
    """All client sessions of the server; `active` and `idle` are those of this database."""

    active: int
    used: int
    hidden: int
    idle: int
    oldest_idle_s: float
    slots: int
    role: str

    @property
    def share(self) -> float:
        """How much of the usable slots is taken, in per cent."""
        return 100 * self.used / max(1, self.slots)


class Pressure(Row):
    """How many sessions wait too long for a lock, and the oldest statement that may be stopped."""

    blocked: int
    longest_s: float
    longest_pid: int
    hidden: int
    role: str


def seen(of: Callable[[Counted], Value]) -> Callable[[Reading[Counted]], Measured]:
    """A measure that has no value while sessions are hidden: what is not seen is not zero."""

    def measure(reading: Reading[Counted]) -> Measured:
        counted = reading.now[0]
        return Missing(reason=hidden(counted.hidden, counted.role)) if counted.hidden else of(counted)

    return measure


def hidden(sessions: int, role: str) -> str:
    """Why a count of sessions is not complete, and what helps."""
    return f"{several(sessions, 'session')} hidden from {role}: grant pg_read_all_stats to {role}"


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


COUNTED = Probe("sessions", SQL["counted"], Counted)
SESSION_METRICS: tuple[Metric[Any], ...] = (
    Metric(
        name="active_connections",
        title="Active connections",
        unit=Unit.COUNT,
        alert=50,
        page=None,
        source=COUNTED,
        measure=seen(lambda counted: Value(value=counted.active)),
        repairs=("emergency",),
    ),
    Metric(
        name="connection_share",
        title="Connection slots taken",
        unit=Unit.PERCENT,
        alert=80,
        page=95,
        source=COUNTED,
        measure=seen(lambda counted: Value(value=counted.share, note=f"{counted.used} of {counted.slots}")),
        repairs=("emergency",),
    ),
    Metric(
        name="idle_in_transaction",
        title="Idle in transaction",
        unit=Unit.COUNT,
        alert=0,
        page=None,
        source=COUNTED,
        measure=seen(
            lambda counted: Value(
                value=counted.idle, note=f"longest {duration(counted.oldest_idle_s)}" if counted.oldest_idle_s else ""
            )
        ),
        repairs=("emergency",),
    ),
)

PRESSURE = Probe("pressure", SQL["pressure"], Pressure)
PRESSURE_METRICS: tuple[Metric[Any], ...] = (
    Metric(
        name="blocked_sessions",
        title="Blocked sessions",
        unit=Unit.COUNT,
        alert=0,
        page=9,
        source=PRESSURE,
        measure=blocked,
        repairs=("emergency",),
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
    ),
)
