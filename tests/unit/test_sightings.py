"""What a census sees from look to look, and the percentile that follows from it."""

from datetime import UTC, datetime

import pytest

from bot.command import Crowd, Missing, Reading, Sighting, Value
from bot.watch.sightings import BEGUN, Sightings, merged
from commands.census import STATEMENTS, Statement, durations, p95, uncounted
from commands.latency import query_p95
from commands.percentile import Statement as Totals

AT = datetime(2026, 3, 1, tzinfo=UTC)


def row(pid: int, age_s: float, finished: bool = False, query_id: int | None = 7) -> Statement:  # noqa: FBT001, FBT002 - as the server says it
    return Statement(pid=pid, began=AT, query_id=query_id, finished=finished, age_s=age_s)


def begun() -> Sightings:
    sightings = Sightings(STATEMENTS)
    sightings.look([], 0)
    sightings.taken(0)
    return sightings


def test_the_first_window_is_not_whole() -> None:
    sightings = Sightings(STATEMENTS)
    sightings.look([row(1, 1)], 0)
    assert (sightings.taken(0.5).whole, sightings.taken(1).whole) == (False, True)


def test_what_is_gone_is_told_once_with_its_largest_age() -> None:
    sightings = begun()
    sightings.look([row(1, 0.6), row(2, 0.7)], 1)
    sightings.look([row(1, 1.6)], 2)
    sightings.look([], 3)
    found = sightings.taken(3)
    assert [(one.row.pid, one.row.age_s, one.gap_s) for one in found.gone] == [(2, 0.7, 1), (1, 1.6, 1)]
    assert sightings.taken(4).gone == ()


def test_a_session_that_begins_another_statement_has_ended_the_first() -> None:
    sightings = begun()
    sightings.look([row(1, 2)], 1)
    sightings.look([row(1, 0.5).model_copy(update={"began": datetime(2026, 3, 2, tzinfo=UTC)})], 2)
    assert [one.row.age_s for one in sightings.taken(2).gone] == [2]


def test_looks_that_are_too_far_apart_make_a_window_that_is_not_whole() -> None:
    sightings = begun()
    sightings.look([], 5)
    assert sightings.taken(5).why == "5 s were missed"
    assert sightings.taken(9).why == "4 s were missed"


def test_what_a_lost_server_ran_is_forgotten_and_said() -> None:
    sightings = begun()
    sightings.look([row(1, 2)], 1)
    sightings.lost()
    found = sightings.taken(2)
    assert (found.gone, found.there, found.why) == ((), (), "the database was away")


def test_windows_together_are_whole_when_each_is() -> None:
    one, two = Crowd((Sighting(row(1, 1), 1),)), Crowd(there=(row(2, 1),))
    assert merged([one, two]) == Crowd(one.gone, two.there)
    assert merged([Crowd(whole=False, why=BEGUN), two]).why == BEGUN


def test_one_that_vanished_ended_in_the_middle_of_the_gap_and_one_seen_finished_when_it_did() -> None:
    crowd = Crowd((Sighting(row(1, 2.0), 1), Sighting(row(2, 2.1, finished=True), 1)), (row(3, 61), row(4, 59)))
    assert durations(crowd, 60) == [61, 2.5, 2.1]


def test_failed_and_stuck_statements_are_counted_too() -> None:
    gone = tuple(Sighting(row(pid, 3), 1) for pid in range(5))
    assert uncounted(Crowd(gone, (row(9, 100),)), {7: 3}, 60) == 3
    assert uncounted(Crowd((Sighting(row(1, 3, query_id=None), 1),)), {}, 60) == 0


def test_the_percentile_is_a_twentieth_of_all_statements_from_the_top() -> None:
    crowd = Crowd(tuple(Sighting(row(n, 2 + n, finished=True), 1) for n in range(6)))
    assert p95(crowd, 100, 60) == 2
    assert p95(crowd, 40, 60) == 5
    assert p95(crowd, 200, 60) is None


def totals(calls: int, mean_ms: float, evicted: int = 0) -> Totals:
    return Totals(
        userid=1, queryid=7, calls=calls, total_ms=calls * mean_ms, mean_ms=mean_ms, stddev_ms=0, reset_at=AT, evicted=evicted, role="r"
    )  # fmt: skip


def said(crowd: Crowd[Statement] | None, calls: int, mean_ms: float = 100, evicted: int = 0) -> Value | Missing:
    before = totals(1000, mean_ms)
    return query_p95(
        Reading(now=[totals(1000 + calls, mean_ms, evicted)], before=[before], seconds=60, crowd=crowd)
    )  # fmt: skip


def test_a_counted_percentile_says_so() -> None:
    crowd = Crowd(tuple(Sighting(row(n, 2 + n, finished=True), 1) for n in range(6)))
    assert said(crowd, 100) == Value(value=2, note="counted, of 100 statements")


def test_below_the_finest_it_is_an_estimate_that_the_census_bounds() -> None:
    measured = said(Crowd(), 100, mean_ms=2000)
    assert measured == Value(value=1.5, note="estimate, between 1.50 s and 1.50 s")


def test_without_a_whole_window_it_is_an_estimate_that_says_why() -> None:
    measured = said(Crowd(whole=False, why=BEGUN), 100)
    assert isinstance(measured, Value)
    assert measured.note == "estimate, between 100 ms and 100 ms; not counted: the count has just begun"


def test_entries_that_were_thrown_out_are_said() -> None:
    measured = said(None, 100, evicted=3)
    assert isinstance(measured, Value)
    assert measured.note.endswith("; pg_stat_statements threw 3 entries out")


@pytest.mark.parametrize(("crowd", "level"), [(Crowd(), 19), (None, 19)])
def test_few_statements_are_too_little_traffic(crowd: Crowd[Statement] | None, level: int) -> None:
    assert isinstance(said(crowd, level), Missing)


def test_a_database_in_which_everything_hangs_is_not_quiet() -> None:
    crowd = Crowd((), tuple(row(n, 100) for n in range(30)))
    assert said(crowd, 0) == Value(value=100, note="counted, of 30 statements")
