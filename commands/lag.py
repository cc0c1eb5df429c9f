"""How far standbys are behind, and what slots keep for those who are gone, as the watch measures it."""

from typing import Any

from bot.command import Measured, Metric, Missing, Probe, Reading, Row, Value
from bot.report import Unit
from bot.sql import queries
from commands.replicas import KEPT_BYTES, LATE_S
from commands.wording import several


class Lag(Row):
    """The worst of standbys and slots; `seconds` is None where nothing was written of late."""

    seconds: float | None
    is_replica: bool
    standbys: int
    standby: str
    slots: int
    unused: int
    kept_bytes: float
    slot: str


def lag(reading: Reading[Lag]) -> Measured:
    """How many seconds the last standby is behind, or this one."""
    now = reading.now[0]
    if now.is_replica:
        return Value(value=max(0.0, now.seconds or 0), note="this standby")
    if not now.standbys:
        return Missing(reason="no standby is connected", configured=False)
    return Value(value=max(0.0, now.seconds or 0), note=now.standby)


def kept(reading: Reading[Lag]) -> Measured:
    """How much of the log the hungriest slot keeps, in bytes."""
    now = reading.now[0]
    return Value(value=max(0.0, now.kept_bytes), note=now.slot) if now.slots else _no_slot()


def unused(reading: Reading[Lag]) -> Measured:
    """How many slots nobody uses."""
    now = reading.now[0]
    return Value(value=now.unused, note=f"of {several(now.slots, 'slot')}") if now.slots else _no_slot()


def _no_slot() -> Missing:
    return Missing(reason="there is no replication slot", configured=False)


LAG = Probe("lag", queries(__file__)["lag"], Lag)
METRICS: tuple[Metric[Any], ...] = (
    Metric(
        name="replication_lag",
        title="Replication lag",
        unit=Unit.SECONDS,
        alert=LATE_S,
        page=600,
        source=LAG,
        measure=lag,
        repairs=("replication",),
    ),
    Metric(
        name="slot_wal",
        title="Log kept by a slot",
        unit=Unit.BYTES,
        alert=KEPT_BYTES,
        page=5 * KEPT_BYTES,
        source=LAG,
        measure=kept,
        repairs=("replication",),
    ),
    Metric(
        name="unused_slots",
        title="Slots that nobody uses",
        unit=Unit.COUNT,
        alert=0,
        page=None,
        source=LAG,
        measure=unused,
        repairs=("replication",),
    ),
)
