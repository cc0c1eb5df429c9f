"""How full the server is: sessions, those that work, those idle in a transaction, and the slots there are."""

from collections.abc import Callable
from typing import Any

from bot.command import Measured, Metric, Missing, Probe, Reading, Row, Value
from bot.report import Unit
from bot.sql import queries
from commands.wording import duration, several


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


def seen(of: Callable[[Counted], Value]) -> Callable[[Reading[Counted]], Measured]:
    """A measure that has no value while sessions are hidden: what is not seen is not zero."""

    def measure(reading: Reading[Counted]) -> Measured:
        counted = reading.now[0]
        return Missing(reason=hidden(counted.hidden, counted.role)) if counted.hidden else of(counted)

    return measure


def hidden(sessions: int, role: str) -> str:
    """Why a count of sessions is not complete, and what helps."""
    return f"{several(sessions, 'session')} hidden from {role}: grant pg_read_all_stats to {role}"


COUNTED = Probe("sessions", queries(__file__)["counted"], Counted)
METRICS: tuple[Metric[Any], ...] = (
    Metric(
        name="active_connections",
        title="Active connections",
        unit=Unit.COUNT,
        alert=50,
        page=None,
        source=COUNTED,
        measure=seen(lambda counted: Value(value=counted.active)),
        repairs=("emergency",),
        follows=("blocked_sessions",),
        looks=("active", "blocked", "connections"),
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
        follows=("blocked_sessions",),
        looks=("connections", "blocked", "active"),
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
        follows=("blocked_sessions",),
        looks=("active", "blocked", "vacuum"),
    ),
)
