"""How far the clocks of the database and of Scout are apart."""

from datetime import datetime

from bot.command import Measured, Metric, Missing, Probe, Reading, Row, Value
from bot.report import Unit
from bot.sql import queries


class Clock(Row):
    """The server's clock."""

    at: datetime


def skew(reading: Reading[Clock]) -> Measured:
    """The seconds between the database's clock and Scout's; the time that the question took is in it."""
    if reading.at is None:
        return Missing(reason="nobody knows when it was asked", quiet=True)
    ahead_s = (reading.now[0].at - reading.at).total_seconds()
    return Value(value=abs(ahead_s), note=f"the database is {'ahead' if ahead_s > 0 else 'behind'}")


SKEW = Metric(
    name="clock_skew",
    title="Clock skew",
    unit=Unit.SECONDS,
    alert=30,
    page=None,
    source=Probe("clock", queries(__file__)["clock"], Clock),
    measure=skew,
)
