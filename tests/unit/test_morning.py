"""The morning report: a day by time and not by count, against the day before, and what grew."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.command import Burnt, Keepsake, Measured, Measurement, Metric, Missing, PromQuery, Value
from bot.report import Facts, Level, Report, Unit, Verdict
from commands.days import Day, day
from commands.morning import Days, growth, report, verdict
from commands.tables import Size

AT = datetime(2026, 5, 2, 5, 30, tzinfo=UTC)
LAG = Metric[Any](
    name="lag", title="Data freshness", unit=Unit.MINUTES, target=60, alert=120, page=240, source=PromQuery("lag", ""), slo=True
)  # fmt: skip
GOOD, BAD, BLIND = Day(4, 1.0, 0), Day(90, 0.5, 0), Day(None, 0.0, 86_400)
HEALTH = Report(title="Health", verdict=Verdict(level=Level.OK, text="Nothing is wrong"))


def sample(minutes_ago: float, measured: Measured) -> Measurement:
    return Measurement(name="lag", measured=measured, level=Level.OK, at=AT - timedelta(minutes=minutes_ago))


def test_a_sample_speaks_until_the_next_one_so_that_thinned_samples_weigh_as_much() -> None:
    samples = [sample(30, Value(value=10)), sample(20, Value(value=100)), *[sample(one, Value(value=10)) for one in range(10, 0, -1)]]  # fmt: skip
    found = day(samples, LAG, AT - timedelta(minutes=30), AT)
    assert (found.typical, round(found.within, 3), found.blind_s) == (10, 0.667, 0)


def test_what_nobody_measured_is_without_data_and_not_within_the_target() -> None:
    found = day([sample(60, Value(value=10)), sample(30, Missing(reason="empty"))], LAG, AT - timedelta(hours=1), AT)
    assert (found.typical, found.within, found.blind_s) == (10, 1.0, 2700)
    assert day([], LAG, AT - timedelta(hours=1), AT) == Day(None, 0.0, 3600)


@pytest.mark.parametrize(
    ("today", "level", "said"),
    [
        (GOOD, Level.OK, "1 of 1 service level had a good day; 0 incidents"),
        (BAD, Level.ALERT, "0 of 1 service level had a good day; 0 incidents"),
        (Day(4, 1.0, 50_000), Level.NO_DATA, "0 of 1 service level had a good day, 1 without enough data; 0 incidents"),
        (BLIND, Level.NO_DATA, "0 of 1 service level had a good day, 1 without enough data; 0 incidents"),
    ],
)
def test_the_first_line_says_how_the_day_was(today: Day, level: Level, said: str) -> None:
    assert verdict([Days(LAG, today, GOOD)], []) == Verdict(level=level, text=said)


def test_a_service_level_is_told_against_the_day_before() -> None:
    told = report([Days(LAG, BAD, GOOD)], [], growth([], None, AT), HEALTH, AT)
    assert isinstance(told.parts[0], Facts)
    (fact,) = told.parts[0].facts
    assert (fact.value, fact.note) == (
        "1 h 30 min",
        "50.0 % of the time within the target; the day before 4 min, 100 %",
    )


def test_incidents_are_counted_with_the_longest_and_what_is_open() -> None:
    burnt = [
        Burnt(metric="lag", worst=Level.ALERT, since=AT - timedelta(hours=9), until=AT - timedelta(hours=8)),
        Burnt(metric="blocked", worst=Level.PAGE, since=AT - timedelta(minutes=10)),
    ]
    told = report([Days(LAG, GOOD, GOOD)], burnt, growth([], None, AT), HEALTH, AT)
    assert told.verdict.text.endswith("2 incidents, 1 still open")
    assert isinstance(told.parts[1], Facts)
    assert [(one.name, one.value, one.note) for one in told.parts[1].facts] == [
        ("Last 24 h", "2", "the longest: lag, 1 h"),
        ("Still open: blocked", "10 min", ""),
    ]


def test_what_grew_is_told_against_the_last_report() -> None:
    small = Size(oid=1, name="stores", kind="r", locked=False, opened=True, heap=2**20, indexes=0, toast=0)
    large = small.model_copy(update={"oid": 2, "name": "sales", "heap": 2**30})
    last = Keepsake(at=AT - timedelta(days=1), rows=(small.model_dump(mode="json"), large.model_dump(mode="json")))
    found = growth([small, large.model_copy(update={"heap": 2**30 + 2**25})], last, AT)
    assert found.table is not None
    assert found.table.rows == (("sales", 2**25, 2**30 + 2**25),)
    assert found.said == "Tables: 1 GB in all, +32 MB since the report 1 d ago."
