"""The watch keeps what its probes read, the older the sparser, and gives a command the reading of the age it asks for."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from bot.command import Command, Limits, Probe, Risk, Row
from bot.database import Watched
from bot.registry import Registry
from bot.report import Level, Report, Verdict
from bot.sql import Statement
from bot.watch import Gauge
from practice.database import PracticeDatabase

START = datetime(2026, 3, 1, tzinfo=UTC)


class Count(Row):
    number: int


EVERY = Probe("every", Statement("every", "select 1 as number"), Count)
MINUTES = Probe("minutes", Statement("minutes", "select 1 as number"), Count, every_s=300, keep_s=86_400)
MORTAL = Probe("mortal", Statement("mortal", "select id as number from scout.mortal"), Count)


@pytest.fixture
def gauge(practice_database: PracticeDatabase) -> Generator[Gauge]:
    database = Watched("scout", practice_database.read_url, practice_database.operate_url, "scout")
    yield Gauge(database, Limits(), [], probes=[EVERY, MINUTES, MORTAL])
    database.close()


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def kept(gauge: Gauge, probe: Probe[Count], until: float) -> set[datetime]:
    found = [gauge.earlier(probe, back, later(until)) for back in range(0, 90_000, 15)]
    return {one.at for one in found if one is not None}


def test_nothing_is_kept_before_the_watch_has_been_round(gauge: Gauge) -> None:
    assert gauge.earlier(EVERY, 60, START) is None


def test_the_youngest_reading_of_that_age_is_given_else_the_oldest(gauge: Gauge) -> None:
    for tick in range(5):
        gauge.sample(later(15 * tick))
    found = [gauge.earlier(EVERY, seconds, later(70)) for seconds in (0, 20, 60, 3600)]
    assert [one.at for one in found if one] == [later(60), later(45), later(0), later(0)]


def test_a_probe_is_asked_no_more_often_than_it_wants_though_ticks_come_early(gauge: Gauge) -> None:
    for tick in range(9):
        gauge.sample(later(75 * tick - 0.1 * tick))
    assert kept(gauge, MINUTES, 700) == {later(0), later(299.6), later(599.2)}


def test_two_days_stay_small_and_a_reading_of_every_age_is_near(gauge: Gauge) -> None:
    for five_minutes in range(2 * 288):
        gauge.sample(later(300 * five_minutes))
    end = 300 * 576
    assert 20 < len(kept(gauge, MINUTES, end)) < 50
    for back in (300, 3600, 6 * 3600, 80_000):
        found = gauge.earlier(MINUTES, back, later(end))
        assert found is not None
        assert 0 <= (later(end) - found.at).total_seconds() - back <= max(300, back / 5)


def test_a_probe_that_fails_keeps_what_it_had(gauge: Gauge, admin: psycopg.Connection) -> None:
    admin.execute("create table scout.mortal as select 7 as id")
    admin.execute("grant select on scout.mortal to scout_read")
    try:
        gauge.sample(START)
    finally:
        admin.execute("drop table scout.mortal")
    gauge.sample(later(15))
    found = gauge.earlier(MORTAL, 10, later(30))
    assert found is not None
    assert (found.at, found.rows[0].number) == (START, 7)


def test_probes_that_two_commands_share_are_asked_once() -> None:
    report = Report(title="", verdict=Verdict(level=Level.OK, text=""))
    commands = [
        Command(name=name, help="", runbook="", risk=Risk.LOOK, plan=lambda _sources, _args: report, probes=(EVERY,))
        for name in ("one", "two")
    ]
    assert Registry(commands).probes == [EVERY]
