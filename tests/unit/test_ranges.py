"""How far ranges reach and where they leave gaps."""

from datetime import UTC, datetime
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.ranges import (
    Range,
    ahead,
    covered_until,
    gaps,
    holes,
    is_free,
    is_month,
    merged,
    misnamed,
    moment,
    months,
    opens_month,
    successor,
)

MOMENT = st.floats(min_value=-1e12, max_value=1e12) | st.sampled_from([inf, -inf])
RANGE = st.tuples(MOMENT, MOMENT).filter(lambda ends: ends[0] < ends[1]).map(lambda ends: Range(*ends))


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def between(low: str, high: str) -> Range:
    return Range(at(low), at(high))


JAN = between("2026-01-01", "2026-02-01")
FEB = between("2026-02-01", "2026-03-01")
APR = between("2026-04-01", "2026-05-01")


def test_ranges_that_touch_are_one_and_a_gap_ends_the_cover() -> None:
    assert merged([APR, FEB, JAN]) == [Range(JAN.low, FEB.high), APR]
    assert covered_until([JAN, FEB, APR], at("2026-01-15")) == FEB.high
    assert covered_until([JAN, FEB, APR], at("2026-03-15")) == at("2026-03-15")


def test_what_is_missing_in_a_window_is_told_by_months() -> None:
    window = between("2026-01-15", "2026-06-10")
    missing = gaps([JAN, FEB, APR], window)
    assert missing == [Range(FEB.high, APR.low), Range(APR.high, window.high)]
    assert months(missing) == ["2026-03", "2026-05", "2026-06"]
    assert holes([JAN, FEB, APR]) == [Range(FEB.high, APR.low)]


def test_a_month_over_the_turn_of_a_year_is_a_month() -> None:
    assert is_month(between("2025-12-01", "2026-01-01"))
    assert not is_month(between("2025-12-01", "2026-01-02"))
    assert not is_month(Range(-inf, at("2026-01-01")))


def test_a_month_is_free_only_as_a_whole() -> None:
    assert is_free([JAN, FEB], "2026-03")
    assert not is_free([JAN, between("2026-02-01", "2026-02-10")], "2026-02")


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("sales_y2026m01", False),
        ("sales_2026_01", False),
        ("sales_202601", False),
        ("sales_y2026m02", True),
        ("sales_2019-07", True),
        ("sales_p1", False),
        ("id_20260199", False),
    ],
)
def test_a_name_of_another_month_is_noticed(name: str, wrong: bool) -> None:  # noqa: FBT001 - the expectation
    assert misnamed(name, JAN) is wrong


@given(st.lists(RANGE, max_size=8), RANGE)
def test_gaps_and_ranges_together_fill_any_window(ranges: list[Range], window: Range) -> None:
    missing = gaps(ranges, window)
    (whole,) = [one for one in merged([*ranges, *missing]) if one.low <= window.low < one.high]
    assert whole.high >= window.high
    assert all(window.low <= gap.low < gap.high <= window.high for gap in missing)
    months(missing)


@given(st.floats(allow_nan=False))
def test_every_moment_can_be_said(seconds: float) -> None:
    assert 1 <= moment(seconds).year <= 9999


@pytest.mark.parametrize(("name", "expected"), [
    ("sales_y2026m03", "sales_y2027m01"), ("sales_2026_03", "sales_2027_01"), ("p202603", "p202701"), ("s2026-03_x", "s2027-01_x"),
    ("sales_march", ""), ("sales_y2026m04", ""),
])  # fmt: skip
def test_a_partition_is_named_as_the_one_before_it_where_that_tells_its_month(name: str, expected: str) -> None:
    march = Range(datetime(2026, 3, 1, tzinfo=UTC).timestamp(), datetime(2026, 4, 1, tzinfo=UTC).timestamp())
    assert successor(name, march, "2027-01") == expected


def test_the_months_ahead_are_counted_after_this_one() -> None:
    low, high = ahead(datetime(2026, 12, 31, 23, tzinfo=UTC).timestamp(), 2)
    assert (low, high) == (datetime(2026, 12, 1, tzinfo=UTC).timestamp(), datetime(2027, 3, 1, tzinfo=UTC).timestamp())
    assert opens_month(high)
    assert not opens_month(high + 1)
    assert not opens_month(inf)
