"""What two snapshots of pg_stat_statements tell: windows, bounds that hold, and an estimate between them."""

import random
from datetime import UTC, datetime
from math import isclose
from statistics import fmean, pstdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.command import Missing, Reading, Value
from bot.registry import discover
from bot.watch.gauge import WINDOW_SECONDS
from commands.latency import query_p95, slow_calls
from commands.percentile import Statement, Window, between, bounds, percentile, together, windows

RESET = datetime(2026, 1, 1, tzinfo=UTC)
TIMES = st.lists(st.floats(0.01, 10_000), min_size=1, max_size=40)


def statement(times: list[float], queryid: int | None = 1, reset_at: datetime = RESET) -> Statement:
    return Statement(
        userid=10,
        queryid=queryid,
        calls=len(times),
        total_ms=sum(times),
        mean_ms=fmean(times) if times else 0,
        stddev_ms=pstdev(times) if times else 0,
        reset_at=reset_at,
        evicted=0,
        role="scout_read",
    )


@settings(max_examples=60)
@given(TIMES, TIMES)
def test_the_difference_of_two_snapshots_is_what_ran_between(old: list[float], new: list[float]) -> None:
    window = between(statement(old), statement(old + new))
    assert window is not None
    assert window.calls == len(new)
    assert isclose(window.mean, fmean(new), rel_tol=1e-6, abs_tol=1e-6)
    assert isclose(window.stddev, pstdev(new), rel_tol=1e-3, abs_tol=0.1)


@settings(max_examples=60)
@given(st.lists(TIMES, min_size=1, max_size=4))
def test_windows_together_are_the_window_of_all(parts: list[list[float]]) -> None:
    whole = together([Window(len(part), fmean(part), pstdev(part)) for part in parts])
    everything = [time for part in parts for time in part]
    assert isclose(whole.mean, fmean(everything), rel_tol=1e-6)
    assert isclose(whole.stddev, pstdev(everything), rel_tol=1e-6, abs_tol=1e-6)


def test_an_entry_that_was_thrown_out_in_between_tells_nothing() -> None:
    assert between(statement([5.0, 5.0]), statement([7.0])) is None


def test_a_new_entry_tells_all_it_has() -> None:
    assert between(None, statement([4.0, 6.0])) == Window(2, 5.0, 1.0)


def test_a_log_normal_workload_is_estimated_closely() -> None:
    draw = random.Random(7)  # noqa: S311 - the same numbers every time
    times = [draw.lognormvariate(3, 1) for _ in range(20_000)]
    true = sorted(times)[19_000]
    assert percentile([Window(len(times), fmean(times), pstdev(times))], 0.95) == pytest.approx(true, rel=0.1)


def test_a_statement_of_equal_times_is_its_own_percentile() -> None:
    assert percentile([Window(100, 40.0, 0.0)], 0.95) == pytest.approx(40, rel=0.01)


def test_the_true_percentile_lies_between_the_bounds() -> None:
    times = [1.0] * 92 + [3000.0] * 8
    low, high = bounds(Window(100, fmean(times), pstdev(times)), 0.95)
    assert low <= 3000 <= high


def test_the_estimate_is_in_seconds_with_its_bounds() -> None:
    reading = Reading(now=[statement([2000.0] * 30)], before=[], seconds=60)
    measured = query_p95(reading)
    assert isinstance(measured, Value)
    assert measured.value == pytest.approx(2, rel=0.01)
    assert measured.note == "estimate, between 2.00 s and 2.00 s"


def test_a_few_calls_are_too_little_traffic_and_no_alarm() -> None:
    measured = query_p95(Reading(now=[statement([1.0] * 19)], before=[], seconds=60))
    assert isinstance(measured, Missing)
    assert measured.quiet
    assert "too little traffic: 19 calls" in measured.reason


def test_a_reset_between_two_snapshots_is_no_value() -> None:
    later = datetime(2026, 1, 2, tzinfo=UTC)
    reading = Reading(now=[statement([1.0] * 50, reset_at=later)], before=[statement([1.0])], seconds=60)
    assert windows(reading) == Missing(reason="the statement counters were reset", quiet=True)


def test_hidden_statements_are_no_value_and_name_the_grant() -> None:
    measured = windows(Reading(now=[statement([1.0], queryid=None)], before=[], seconds=60))
    assert isinstance(measured, Missing)
    assert measured.reason.endswith("grant pg_read_all_stats to scout_read")


def test_only_calls_of_statements_over_two_seconds_are_slow() -> None:
    reading = Reading(now=[statement([2500.0] * 3, 1), statement([1.0] * 9, 2)], before=[], seconds=60)
    measured = slow_calls(reading)
    assert isinstance(measured, Value)
    assert measured.value == 3


def test_what_is_measured_over_a_window_is_no_incident_of_its_own_while_the_window_holds_its_cause() -> None:
    looks_back = {one.name: one.looks_back for one in discover("commands").metrics if one.follows}
    assert all(looks_back[name] > WINDOW_SECONDS for name in ("query_p95", "slow_queries", "throughput"))
    assert all(looks_back[name] >= 300 for name in ("api_p95", "error_rate"))
