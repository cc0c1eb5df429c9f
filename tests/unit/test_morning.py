"""The morning report: a day by time and not by count, against the day before, and what grew."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.command import (
    Burning,
    Burnt,
    Duty,
    Keepsake,
    Measured,
    Measurement,
    Metric,
    Missing,
    PastRun,
    PromQuery,
    Value,
)
from bot.report import Button, Fact, Facts, Level, Report, Unit, Verdict
from commands.days import Day, day
from commands.first_things import Known, Thing, things
from commands.morning import Burned, Days, growth, report, verdict
from commands.tables import Size

AT = datetime(2026, 5, 2, 5, 30, tzinfo=UTC)
LAG = Metric[Any](
    name="lag", title="Data freshness", unit=Unit.MINUTES, target=60, alert=120, page=240, source=PromQuery("lag", ""), slo=True,
    repairs=("refresh all",),
)  # fmt: skip
TITLES = {"lag": LAG.title}
GOOD, BAD, BLIND = Day(4, 1.0, 0), Day(90, 0.5, 0), Day(None, 0.0, 86_400)
QUIET = Burned(())
NOTHING_GREW = growth([], None, AT)


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
        (GOOD, Level.OK, "1 of 1 service level had a good day; 0 incidents; nothing to do"),
        (BAD, Level.ALERT, "0 of 1 service level had a good day; 0 incidents; nothing to do"),
        (
            Day(4, 1.0, 50_000),
            Level.NO_DATA,
            "0 of 1 service level had a good day, 1 without enough data; 0 incidents; nothing to do",
        ),
        (
            BLIND,
            Level.NO_DATA,
            "0 of 1 service level had a good day, 1 without enough data; 0 incidents; nothing to do",
        ),
    ],
)
def test_the_first_line_says_how_the_day_was(today: Day, level: Level, said: str) -> None:
    assert verdict([Days(LAG, today, GOOD)], [], []) == Verdict(level=level, text=said)


def parts(told: Report) -> dict[str, tuple[Fact, ...]]:
    return {part.title: part.facts for part in told.parts if isinstance(part, Facts)}


def test_a_service_level_is_told_against_the_day_before() -> None:
    told = report([Days(LAG, BAD, GOOD)], QUIET, NOTHING_GREW, [], AT, TITLES)
    (fact,) = parts(told)["Service levels, last 24 h"]
    assert (fact.value, fact.note) == (
        "1 h 30 min",
        "50.0 % within target; the day before 4 min, 100 %",
    )


def test_what_is_not_measured_here_is_said_small_and_spoils_no_day() -> None:
    told = report(
        [Days(LAG, GOOD, GOOD), Days(LAG, BLIND, BLIND, configured=False)], QUIET, NOTHING_GREW, [], AT, TITLES
    )
    assert told.verdict.level is Level.OK
    assert len(parts(told)["Service levels, last 24 h"]) == 1
    assert told.notes[-1].endswith("Not measured: Data freshness.")


def test_incidents_are_counted_with_the_longest_against_the_day_before() -> None:
    burnt = [
        Burnt(metric="lag", worst=Level.ALERT, since=AT - timedelta(hours=9), until=AT - timedelta(hours=8)),
        Burnt(metric="blocked", worst=Level.PAGE, since=AT - timedelta(minutes=10)),
    ]
    told = report([Days(LAG, GOOD, GOOD)], Burned(burnt, burnt[:1]), NOTHING_GREW, [], AT, TITLES)
    assert "2 incidents, 1 still open" in told.verdict.text
    (fact,) = parts(told)["Incidents, last 24 h"]
    assert (fact.value, fact.note) == ("2", "the longest: Data freshness, 1 h; the day before 1")


def test_what_grew_is_told_against_the_last_report() -> None:
    small = Size(oid=1, name="stores", kind="r", locked=False, opened=True, heap=2**20, indexes=0, toast=0)
    large = small.model_copy(update={"oid": 2, "name": "sales", "heap": 2**30})
    last = Keepsake(at=AT - timedelta(days=1), rows=(small.model_dump(mode="json"), large.model_dump(mode="json")))
    found = growth([small, large.model_copy(update={"heap": 2**30 + 2**25})], last, AT)
    assert [(one.name, one.value, one.note) for one in found.facts] == [("sales", "+32 MB", "to 1 GB")]
    assert found.said == "Tables: 1 GB in all, +32 MB since the report 1 d ago."


# --- what to do first


def run(state: str, text: str, review: str = "") -> PastRun:
    return PastRun(
        id=f"{state}1", text=text, database="main", state=state, requester="Ana", decider="", ended_at=None, outcome="",
        asked_at=AT - timedelta(hours=2), review=review,
    )  # fmt: skip


def duty(name: str, failing: str = "", paused_by: str = "") -> Duty:
    return Duty(name=name, command="maintenance", pace="daily", zone="UTC", failing=failing, paused_by=paused_by)


def ill(*lines: tuple[str, Level]) -> list[Fact]:
    return [Fact(name=name, value="something", level=level) for name, level in lines]


def known(**told: Any) -> Known:  # noqa: ANN401 - any field of what is known
    quiet = Known(burning=(), runs=(), duties=(), diagnoses=(), metrics={"lag": LAG}, at=AT)
    return replace(quiet, **told)


BURNING = Burning(
    id="1", database="main", metric="lag", level=Level.PAGE, since=AT - timedelta(hours=3),
    last=Measurement(name="lag", measured=Value(value=250), level=Level.PAGE, at=AT),
)  # fmt: skip


def test_first_comes_what_burns_then_reviews_failed_jobs_what_is_ill_and_what_waits() -> None:
    found = known(
        burning=[BURNING],
        runs=[run("asked", "vacuum full stores"), run("done", "emergency", "not reviewed yet, due 2026-05-02 18:00")],
        duties=[duty("views"), duty("maintenance", "It failed."), duty("cache", "It failed.", "Ben")],
        diagnoses=ill(
            ("status", Level.PAGE),
            ("blocked", Level.PAGE),
            ("bloat", Level.ALERT),
            ("pool", Level.NO_DATA),
            ("views", Level.INFO),
        ),
    )
    assert [(one.fact.name, one.fact.value, one.fact.note, one.button and one.button.text) for one in things(found)] == [
        ("Data freshness", "4 h 10 min", "for 3 h; nobody has it", "refresh all"),
        (
            "Review", "'emergency' by Ana",
            "it ran without a second person; not reviewed yet, due 2026-05-02 18:00 UTC", "history done1",
        ),
        ("Job maintenance", "It failed.", "", "schedule"),
        ("bloat", "something", "", "bloat"),
        ("Decide", "'vacuum full stores'", "asked by Ana 2 h ago", "history asked1"),
    ]  # fmt: skip


def test_who_has_an_incident_and_that_it_is_silenced_is_said() -> None:
    owned = BURNING.model_copy(update={"owner": "Ben", "silenced_until": AT + timedelta(hours=1), "metric": "gone"})
    (thing,) = things(known(burning=[owned]))
    assert (thing.fact.name, thing.fact.value, thing.fact.note) == ("gone", "page", "for 3 h; Ben has it; silenced")
    assert thing.button is None


def test_jobs_that_fail_are_named_and_their_incident_is_not_told_beside_them() -> None:
    failing = BURNING.model_copy(update={"metric": "schedule"})
    found = things(known(burning=[failing], duties=[duty("maintenance", "It failed.")]))
    assert [one.fact.name for one in found] == ["Job maintenance"]


def test_without_an_incident_the_status_line_counts() -> None:
    assert [one.fact.name for one in things(known(diagnoses=ill(("status", Level.ALERT))))] == ["status"]


def test_five_things_have_room_and_the_rest_is_counted_with_four_buttons_at_most() -> None:
    first = [Thing(Fact(name=f"{n}", value="", level=Level.ALERT), Button(label=f"{n}", text=f"{n}")) for n in range(7)]
    told = report([Days(LAG, GOOD, GOOD)], QUIET, NOTHING_GREW, first, AT, TITLES)
    assert told.verdict.text == "1 of 1 service level had a good day; 0 incidents; 7 things to do"
    assert told.verdict.level is Level.ALERT
    assert len(parts(told)["What to do first"]) == 5
    assert told.notes[0] == "2 more things to do: `health`, `alerts` and `schedule` have them."
    assert [one.label for one in told.buttons] == ["0", "1", "2", "Health"]
    assert told.choices is not None
    assert [one.text for one in told.choices.options] == ["chart lag"]


def test_a_day_of_which_little_was_measured_says_that_and_no_share() -> None:
    told = report([Days(LAG, Day(4, 1.0, 50_000), BLIND)], QUIET, NOTHING_GREW, [], AT, TITLES)
    (fact,) = parts(told)["Service levels, last 24 h"]
    assert (fact.level, fact.note) == (Level.NO_DATA, "no data for 13 h 53 min; the day before no data")
