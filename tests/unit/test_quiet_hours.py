"""In quiet hours low throughput is no fault."""

from datetime import UTC, datetime

import pytest

from bot.command import Limits, Reading, Value
from bot.report import Level
from commands.counters import THROUGHPUT, Counters

AT = datetime(2026, 3, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "level"),
    [
        ("daily 22:00-06:00", Level.INFO),
        ("daily 06:00-22:00", Level.PAGE),
        ("Sat 22:00-06:00", Level.INFO),
        ("", Level.PAGE),
    ],
)
def test_low_throughput_in_them_is_shown_and_not_judged(hours: str, level: Level) -> None:
    now, before = (Counters(transactions=count, hit=0, read=0, reset_at=AT, started_at=AT) for count in (1150, 1000))
    reading = Reading(now=[now], before=[before], seconds=15, at=AT, limits=Limits(quiet_hours=hours))
    measured = THROUGHPUT.measure(reading)
    assert isinstance(measured, Value)
    assert (measured.value, THROUGHPUT.level(measured)) == (10, level)
