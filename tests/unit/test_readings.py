"""Readings that differences are taken from, when the clock that stamps them was ahead and is right again."""

from datetime import UTC, datetime, timedelta

from bot.command import Probe, Row
from bot.sql import queries
from bot.watch.readings import Readings

PROBE = Probe("clock", queries("commands/clock.py")["clock"], Row, every_s=30)
START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def kept(*moments: datetime) -> Readings:
    """Readings of some moments, in the order in which they were taken."""
    readings = Readings()
    for at in moments:
        readings.keep("clock", 600, [], at)
    return readings


def test_the_next_reading_is_due_though_the_last_one_is_from_the_future() -> None:
    assert kept(START + HOUR).is_due(PROBE, START)


def test_a_reading_from_the_future_is_forgotten_as_soon_as_the_clock_is_right() -> None:
    readings = kept(START, START + HOUR, START + MINUTE)
    before = readings.before("clock", 30, START + 2 * HOUR)
    assert before is not None
    assert before.at == START + MINUTE
