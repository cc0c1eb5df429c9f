"""What the histogram of pg_stat_monitor tells of a window: its ranges, the differences of its buckets, and a percentile with its ends."""

from datetime import UTC, datetime, timedelta
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.command import Missing, Reading, Value
from commands.histogram import Bucket, ended, monitored_p95, ranges

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
RANGES = 22
"""As many as the default settings give: 20, and one on either side."""


def bucket(number: int, *calls: int, least: float | None = 1, most: float | None = 100_000) -> Bucket:
    began = BEGAN + timedelta(minutes=number)
    return Bucket(bucket=number % 10, began=began, calls=list(calls), least_ms=least, most_ms=most)


def at(place: int, count: int = 100) -> list[int]:
    return [count if one == place else 0 for one in range(RANGES)]


def reading(now: list[Bucket], before: list[Bucket] | None) -> Reading[Bucket]:
    return Reading(now=now, before=before, seconds=60)


def test_the_ranges_of_the_default_settings_are_those_of_its_documentation() -> None:
    found = ranges(bucket(0, *at(0)))
    assert [(round(low, 3), round(high, 3)) for low, high in found[:4]] == [
        (0, 1),
        (1, 2.778),
        (2.778, 4.162),
        (4.162, 6.623),
    ]
    assert [(round(low, 3), high) for low, high in found[-1:]] == [(100_000, inf)]
    assert len(found) == RANGES


def test_the_ranges_count_what_the_extensions_own_test_counts() -> None:
    """Its t/018 sleeps 0.001 ms, twice that, and so on, and finds {1,14,4,5,0}; what is below a millisecond takes longer than it slept."""
    slept = [0.001 * 2**number for number in range(24)]
    found = ranges(bucket(0, 1, 14, 4, 5, 0, least=1, most=10_000))
    counted = [sum(low < one <= high for one in slept) for low, high in found]
    assert (sum(counted[:2]), *counted[2:]) == (15, 4, 5, 0)


@pytest.mark.parametrize(("least", "most", "count"), [(0, 50_000_000, 20), (0, 100_000, 21), (5, 50_000_000, 21)])
def test_a_range_on_either_side_is_there_only_where_something_can_lie_in_it(
    least: float, most: float, count: int
) -> None:
    found = ranges(bucket(0, *([0] * count), least=least, most=most))
    assert len(found) == count
    assert found[0][0] == 0
    assert found[-1][1] == pytest.approx(most) if most == 50_000_000 else inf


def test_a_window_is_what_each_bucket_has_counted_since() -> None:
    before = [bucket(3, *at(2, 50)), bucket(4, *at(2, 30))]
    now = [bucket(3, *at(2, 50)), bucket(4, *at(2, 45)), bucket(5, *at(3, 7))]
    counted = ended(before, now)
    assert counted == [15 if place == 2 else 7 if place == 3 else 0 for place in range(RANGES)]


def test_the_same_place_in_the_chain_is_another_bucket_when_it_has_begun_anew() -> None:
    before = [bucket(4, *at(2, 30)), bucket(13, *at(2, 10))]
    assert ended(before, [bucket(13, *at(2, 10)), bucket(14, *at(2, 25))]) == at(2, 25)


@pytest.mark.parametrize("now", [[], [bucket(14, *at(2, 25))]])
def test_a_chain_that_is_overwritten_within_the_window_is_no_data(now: list[Bucket]) -> None:
    found = ended([bucket(4, *at(2, 30))], now)
    assert isinstance(found, Missing)
    assert not found.quiet


def test_counters_that_fell_were_reset() -> None:
    found = monitored_p95(reading([bucket(4, *at(2, 3))], [bucket(4, *at(2, 30))]))
    assert found == Missing(reason="pg_stat_monitor was reset", quiet=True)


def test_the_first_reading_and_a_night_without_traffic_are_no_alarm() -> None:
    assert monitored_p95(reading([bucket(4, *at(2))], None)) == Reading(now=[], before=None, seconds=0).first
    idle = monitored_p95(reading([], []))
    assert isinstance(idle, Missing)
    assert idle.quiet


def test_a_percentile_is_said_with_the_ends_of_its_range() -> None:
    slow = [90 if place == 1 else 10 if place == 15 else 0 for place in range(RANGES)]
    found = monitored_p95(reading([bucket(5, *slow)], []))
    assert isinstance(found, Value)
    assert found.note == "by pg_stat_monitor's histogram, between 3.16 and 5.62 s"
    assert 3.16 < found.value < 5.63


def test_what_is_beyond_the_histogram_is_at_least_its_end() -> None:
    found = monitored_p95(reading([bucket(5, *at(RANGES - 1))], []))
    assert found == Value(value=100, note="over 100 s, where pg_stat_monitor's histogram ends")


def test_a_histogram_of_another_form_is_said() -> None:
    found = monitored_p95(reading([bucket(5, *at(2), least=None)], []))
    assert isinstance(found, Missing)
    assert "before 2.0" in found.reason


@given(st.lists(st.floats(0.01, 90_000), min_size=20, max_size=200))
def test_a_percentile_is_as_near_to_the_truth_as_the_ranges_are_wide(times: list[float]) -> None:
    spans = ranges(bucket(0, *at(0)))
    counts = [sum(low < one <= high for one in times) for low, high in spans]
    found = monitored_p95(reading([bucket(0, *counts)], []))
    truth = sorted(times)[max(0, -(-95 * len(times) // 100) - 1)]
    (low, high) = next((low, high) for low, high in spans if low < truth <= high)
    assert isinstance(found, Value)
    assert low / 1000 <= found.value * 1.0001
    assert found.value <= high / 1000 * 1.0001
