"""How many of the transaction numbers are used up, as the watch measures it."""

from typing import Any

from bot.command import Measured, Metric, Probe, Reading, Row, Value
from bot.report import Unit
from bot.sql import queries

END = 2**31
"""Half of all numbers; the server refuses new ones three million before."""


class Oldest(Row):
    """The database that stops the server first, and the age of its oldest row in transactions or multixacts."""

    name: str
    used: int


def share(reading: Reading[Oldest]) -> Measured:
    """How much of the numbers is used up, in per cent."""
    now = reading.now[0]
    return Value(value=100 * now.used / END, note=now.name)


# Autovacuum begins at 200 million, a tenth; the failsafe at 1,600 million, three quarters.
METRICS: tuple[Metric[Any], ...] = (
    Metric(
        name="xid_age",
        title="Transaction numbers used",
        unit=Unit.PERCENT,
        alert=25,
        page=75,
        source=Probe("numbers", queries(__file__)["oldest"], Oldest),
        measure=share,
        repairs=("wraparound", "maintenance"),
        looks=("wraparound", "vacuum"),  # who holds the oldest snapshot, and what vacuum cannot clean for it
    ),
)
