"""One source that is slow, hangs, fails or is not there keeps no other waiting, and is said; a restart in between is noticed."""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.command import Inquiry, Limits, Measured, Metric, Missing, Probe, Reading, Row, Sources, Value
from bot.database import Watched
from bot.errors import Unavailable
from bot.report import Level, Unit
from bot.sql import Statement
from bot.watch import Gauge
from commands.clock import SKEW
from commands.counters import THROUGHPUT
from practice.database import PracticeDatabase
from tests.integration.command_fixture import house_of

AT = datetime(2026, 3, 1, tzinfo=UTC)


class Number(Row):
    number: int


def value(reading: Reading[Number]) -> Measured:
    return Value(value=reading.now[0].number)


def metric(name: str, source: Probe[Number] | Inquiry[Number]) -> Metric[Any]:
    return Metric(name=name, title=name, unit=Unit.COUNT, alert=5, page=None, source=source, measure=value)


def probe(name: str, text: str) -> Probe[Number]:
    return Probe(name, Statement(name, text), Number)


FINE = metric("fine", probe("fine", "select 1 as number"))
SLOW = metric("slow", probe("slow", "select 1 as number from pg_sleep(20)"))
Gauged = Callable[[Sequence[Metric[Any]]], Gauge]


@pytest.fixture
def gauged(practice_database: PracticeDatabase) -> Generator[Gauged]:
    database = Watched("scout", practice_database.read_url, practice_database.operate_url, "scout")
    yield lambda metrics: Gauge(database, Limits(), metrics, probe_seconds=0.5)
    database.close()


def measured(gauge: Gauge, after_s: float = 0) -> list[Measured]:
    return [one.measured for one in gauge.sample(AT + timedelta(seconds=after_s))]


def test_a_slow_probe_is_ended_and_the_others_answer(gauged: Gauged) -> None:
    began = time.monotonic()
    slow, fine = measured(gauged([SLOW, FINE]))
    assert time.monotonic() - began < 10
    assert isinstance(slow, Missing)
    assert not slow.quiet
    assert fine == Value(value=1)


def test_a_slow_probe_is_left_alone_for_a_while_and_still_is_no_data(gauged: Gauged) -> None:
    gauge = gauged([SLOW, FINE])
    measured(gauge)
    began = time.process_time(), time.monotonic()
    slow, fine = measured(gauge, 15)
    assert time.monotonic() - began[1] < 0.5
    assert (isinstance(slow, Missing), fine) == (True, Value(value=1))


def test_people_have_their_own_time_after_a_tick(gauged: Gauged) -> None:
    gauge = gauged([FINE])
    measured(gauge)
    rows = gauge.database.rows(Statement("slow", "select 2 as number from pg_sleep(1)"), Number)
    assert rows == [Number(number=2)]


class Elsewhere:
    """Something beside the database that answers as the test wants."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer: Callable[[], list[Number] | Missing] = lambda: [Number(number=7)]

    def ask(self, sources: Sources) -> list[Number] | Missing:
        assert sources.database.name == "scout"
        self.asked += 1
        return self.answer()


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def gauge(
    gauged: Gauged, elsewhere: Elsewhere, practice_database: PracticeDatabase, tmp_path: Path
) -> Generator[Gauge]:
    one = gauged([metric("elsewhere", Inquiry("elsewhere", elsewhere.ask, every_s=60, patience_s=0.3)), FINE])
    with house_of(practice_database, tmp_path) as house:
        one.introduce(lambda _: house.sources())
        yield one


def test_others_than_the_database_are_asked_and_remembered(gauge: Gauge, elsewhere: Elsewhere) -> None:
    assert measured(gauge) == [Value(value=7), Value(value=1)]
    assert measured(gauge, 15)[0] == Value(value=7)
    assert elsewhere.asked == 1
    measured(gauge, 61)
    assert elsewhere.asked == 2


def test_one_that_hangs_is_no_data_and_is_not_asked_again_before_it_is_back(gauge: Gauge, elsewhere: Elsewhere) -> None:
    over = threading.Event()
    elsewhere.answer = lambda: [Number(number=8)] if over.wait(20) else []
    assert measured(gauge) == [Missing(reason="no answer within 0.3 s"), Value(value=1)]
    assert measured(gauge, 15)[0] == Missing(reason="no answer within 0.3 s")
    over.set()
    assert measured(gauge, 30)[0] == Value(value=8)
    assert elsewhere.asked == 1


def test_one_that_fails_is_no_data_with_its_reason(gauge: Gauge, elsewhere: Elsewhere) -> None:
    def fails() -> list[Number]:
        raise Unavailable("The pooler's console does not answer.")

    elsewhere.answer = fails
    (sample, _) = gauge.sample(AT)
    assert (sample.level, sample.measured) == (Level.NO_DATA, Missing(reason="The pooler's console does not answer."))


def test_a_bug_in_one_shows_a_reference_and_no_words_of_it(gauge: Gauge, elsewhere: Elsewhere) -> None:
    def breaks() -> list[Number]:
        raise ZeroDivisionError("hunter2")

    elsewhere.answer = breaks
    (found, fine) = measured(gauge)
    assert isinstance(found, Missing)
    assert "hunter2" not in found.reason
    assert fine == Value(value=1)


def test_what_is_not_configured_is_said_and_is_no_alarm(gauge: Gauge, elsewhere: Elsewhere) -> None:
    elsewhere.answer = lambda: Missing(reason="no pooler is configured", configured=False)
    (sample, _) = gauge.sample(AT)
    assert sample.level is Level.INFO
    gauge.sample(AT + timedelta(seconds=100))
    assert elsewhere.asked == 1


def test_clocks_that_are_apart_are_said(gauged: Gauged) -> None:
    (skew,) = gauged([SKEW]).sample(datetime.now(UTC) + timedelta(minutes=5))
    assert isinstance(skew.measured, Value)
    assert (round(skew.measured.value / 60), skew.measured.note, skew.level) == (
        5,
        "the database is behind",
        Level.ALERT,
    )


@pytest.mark.slow
def test_a_restart_between_two_readings_is_said_and_no_rate_is_made_of_it() -> None:
    with PracticeDatabase() as practice:
        database = Watched("scout", practice.read_url, practice.operate_url, "scout")
        gauge = Gauge(database, Limits(), [THROUGHPUT])
        assert [one.reason for one in measured(gauge) if isinstance(one, Missing)] == [
            "the first sample; the next one gives a value"
        ]
        assert isinstance(measured(gauge, 15)[0], Value)
        practice.restart()
        (found,) = measured(gauge, 30)
        assert isinstance(found, Missing)
        assert found.quiet
        assert found.reason.startswith("the server was restarted at ")
        database.close()
