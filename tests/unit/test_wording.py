"""Numbers as people say them."""

import pytest

from bot.report import Unit
from commands.lock_queue import Waiting, blocking, roots
from commands.wording import duration, listed, quantity, several, size, threshold


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.25, "0.2 s"),
        (59, "59 s"),
        (61, "1 min 1 s"),
        (600, "10 min"),
        (3600, "1 h"),
        (8100, "2 h 15 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_durations_have_at_most_two_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, Unit.SECONDS, "0 s"),
        (0.00037, Unit.SECONDS, "0.37 ms"),
        (0.25, Unit.SECONDS, "250 ms"),
        (-0.012, Unit.SECONDS, "-12 ms"),
        (1.234, Unit.SECONDS, "1.23 s"),
        (95.04, Unit.PERCENT, "95.0 %"),
        (12, Unit.COUNT, "12"),
        (12_345.6, Unit.PER_SECOND, "12,345.6/s"),
        (45, Unit.MINUTES, "45 min"),
        (2048, Unit.BYTES, "2 kB"),
    ],
)
def test_a_value_carries_its_unit(value: float, unit: Unit, text: str) -> None:
    assert quantity(value, unit) == text


def test_lines_have_no_needless_digits() -> None:
    assert [threshold(0.1, Unit.PERCENT), threshold(10_000, Unit.PER_SECOND)] == ["0.1 %", "10,000/s"]
    assert threshold(120, Unit.MINUTES) == "2 h"
    assert [threshold(lines * 1024**3, Unit.BYTES) for lines in (10, 1.5, 2048)] == ["10 GB", "1.5 GB", "2 TB"]


def test_nouns_agree_and_lists_end() -> None:
    assert [several(1, "index", "indexes"), several(1200, "index", "indexes")] == ["1 index", "1,200 indexes"]
    assert listed(["a", "b", "c"], 2) == "a, b and 1 more"
    assert size(5 * 1024**4) == "5.0 TB"


def running(pid: int, *blocked_by: int) -> Waiting:
    return Waiting(pid=pid, role="app" if pid else "", state="active", age_s=9, blocked_by=blocked_by)


def test_the_head_of_a_queue_holds_up_those_behind_others_too() -> None:
    found = [running(1), running(2, 1), running(3, 2), running(4, 2, 3)]
    assert roots(found) == {1: 3}
    assert blocking(found) == "pid 1 (app, active for 9 s) holds up 3 sessions"


def test_a_prepared_transaction_is_named() -> None:
    assert blocking([running(2, 0)]) == "a prepared transaction holds up 1 session"
