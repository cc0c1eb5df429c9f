"""When a maintenance window opens and closes, across changes of the clock; and what is no window."""

from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time
from pydantic import ValidationError

from bot.command import Limits, Opening
from bot.command.window import window

BERLIN = "Europe/Berlin"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def opening(text: str, at: str, zone: str = BERLIN) -> tuple[datetime, datetime]:
    found = window(text, zone).opening(utc(at))
    return found.opens_at, found.closes_at


@pytest.mark.parametrize(
    ("text", "at", "opens", "closes"),
    [
        ("Sat 02:00-06:00", "2026-12-02 12:00", "2026-12-05 01:00", "2026-12-05 05:00"),
        ("Sat 02:00-06:00", "2026-12-05 03:00", "2026-12-05 01:00", "2026-12-05 05:00"),
        ("Sat 02:00-06:00", "2026-12-05 05:00", "2026-12-12 01:00", "2026-12-12 05:00"),
        ("Sat 22:00-02:00", "2026-12-06 00:30", "2026-12-05 21:00", "2026-12-06 01:00"),
        ("daily 23:00-24:00", "2026-12-02 12:00", "2026-12-02 22:00", "2026-12-02 23:00"),
        ("Mon-Fri 01:00-03:00", "2026-12-04 12:00", "2026-12-07 00:00", "2026-12-07 02:00"),
        ("Fri-Mon 01:00-03:00", "2026-12-05 12:00", "2026-12-06 00:00", "2026-12-06 02:00"),
        ("sat, sun 01:00-03:00", "2026-12-05 12:00", "2026-12-06 00:00", "2026-12-06 02:00"),
    ],
)
def test_the_opening_that_lasts_else_the_next_one(text: str, at: str, opens: str, closes: str) -> None:
    assert opening(text, at) == (utc(opens), utc(closes))


@pytest.mark.parametrize(
    ("text", "opens", "closes"),
    [
        ("Sun 01:00-04:00", "2027-03-28 00:00", "2027-03-28 02:00"),  # three hours on the wall, two to work in
        ("Sun 02:30-04:00", "2027-03-28 01:00", "2027-03-28 02:00"),  # there is no 02:30: it opens when the clock leaps
        ("Sun 01:00-02:30", "2027-03-28 00:00", "2027-03-28 01:00"),  # and closes when it leaps
        ("Sun 02:00-03:00", "2027-04-04 00:00", "2027-04-04 01:00"),  # leapt over whole: the week after
    ],
)
def test_in_spring_the_clock_leaps(text: str, opens: str, closes: str) -> None:
    assert opening(text, "2027-03-27 12:00") == (utc(opens), utc(closes))


@pytest.mark.parametrize(
    ("text", "opens", "closes"),
    [
        ("Sun 01:00-04:00", "2026-10-24 23:00", "2026-10-25 03:00"),
        ("Sun 02:00-03:00", "2026-10-25 00:00", "2026-10-25 02:00"),
        ("Sun 01:00-02:30", "2026-10-24 23:00", "2026-10-25 00:30"),  # 02:30 comes twice: it closes at the first
    ],
)
def test_in_autumn_an_hour_comes_twice(text: str, opens: str, closes: str) -> None:
    assert opening(text, "2026-10-24 12:00") == (utc(opens), utc(closes))


def test_the_same_hour_on_the_wall_before_and_after_the_change_as_the_clock_goes_on() -> None:
    nightly = window("daily 02:00-04:00", BERLIN)
    with freeze_time("2026-10-24 12:00", tz_offset=0) as clock:
        before = nightly.opening(datetime.now(UTC))
        clock.tick(timedelta(days=2))
        after = nightly.opening(datetime.now(UTC))
    assert (before.opens, after.opens) == ("Sun 02:00 Europe/Berlin (25 Oct)", "Tue 02:00 Europe/Berlin (27 Oct)")
    assert (before.seconds, after.seconds) == (3 * 3600, 2 * 3600)
    assert after.opens_at - before.opens_at == timedelta(hours=49)


def test_people_are_told_in_the_windows_own_time() -> None:
    found = Opening(opens_at=utc("2026-12-05 01:00"), closes_at=utc("2026-12-05 05:00"), zone=BERLIN)
    assert found.opens == "Sat 02:00 Europe/Berlin (5 Dec)"
    assert found.words == "Sat 02:00 to 06:00 Europe/Berlin (5 Dec)"
    assert not found.is_open(utc("2026-12-05 00:59"))
    assert found.is_open(utc("2026-12-05 01:00"))
    assert found.is_over(utc("2026-12-05 05:00"))


@pytest.mark.parametrize(
    "text", ["Sat", "02:00-06:00", "Sat 2:00-6:00", "Someday 02:00-06:00", "Sat 02:00-02:00", "Sat 25:00-26:00", "Sat 02:00 - 06:00", "Sat- 01:00-02:00"]
)  # fmt: skip
def test_what_is_no_window_stops_the_start_with_a_sentence(text: str) -> None:
    with pytest.raises(ValidationError, match="a window"):
        Limits(window=text)


@pytest.mark.parametrize("zone", ["Europe/Berln", "../etc/passwd", "Europe", ""])
def test_what_is_no_time_zone_stops_the_start_with_a_sentence(zone: str) -> None:
    with pytest.raises(ValidationError, match="no time zone of this machine"):
        Limits(time_zone=zone)


def test_without_one_there_is_no_window() -> None:
    assert Limits().maintenance is None
    assert Limits(window="Sat 02:00-06:00", time_zone=BERLIN).maintenance == window("Sat 02:00-06:00", BERLIN)
