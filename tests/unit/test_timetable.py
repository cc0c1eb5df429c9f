"""When jobs are due: cron on a wall's clock, across its changes, and what was missed; nothing here reads a clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time
from pydantic import ValidationError

from bot.command import Limits, Warmth
from bot.timetable import (
    Cron,
    Job,
    JobSettings,
    Paused,
    Ran,
    RunState,
    Standing,
    due,
    failing,
    jobs_of,
    of_the_runbook,
)
from bot.timetable.cron import written

BERLIN = "Europe/Berlin"
LEAP, PUT_BACK = "2026-03-29", "2026-10-25"
"""The nights on which the clock of Berlin leaps over 02:00 to 03:00, and shows it twice."""


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def times(cron: str, since: str, many: int = 3, zone: str = BERLIN) -> list[str]:
    """The next times on the wall, with the offset of the clock."""
    return [f"{one.astimezone(ZoneInfo(zone)):%m-%d %H:%M%z}" for one in _next(cron, since, many, zone)]


def _next(cron: str, since: str, many: int, zone: str) -> Iterator[datetime]:
    at = utc(since)
    for _ in range(many):
        at = Cron(text=written(cron), zone=zone).after(at)
        yield at


@pytest.mark.parametrize(
    ("cron", "found"),
    [
        ("30 2 * * *", ["03-29 03:00+0200", "03-30 02:30+0200", "03-31 02:30+0200"]),
        ("0 2 * * sun", ["03-29 03:00+0200", "04-05 02:00+0200", "04-12 02:00+0200"]),
        ("0 3 * * *", ["03-29 03:00+0200", "03-30 03:00+0200", "03-31 03:00+0200"]),
        ("0 2,3 * * *", ["03-29 03:00+0200", "03-30 02:00+0200", "03-30 03:00+0200"]),
        ("*/30 * * * *", ["03-29 01:30+0100", "03-29 03:00+0200", "03-29 03:30+0200"]),
    ],
)
def test_in_the_night_of_the_leap_what_was_leapt_over_comes_once_when_it_leaps(cron: str, found: list[str]) -> None:
    assert times(cron, f"{LEAP} 00:00") == found


@pytest.mark.parametrize(
    ("cron", "found"),
    [
        ("30 2 * * *", ["10-25 02:30+0200", "10-26 02:30+0100", "10-27 02:30+0100"]),
        ("0 3 * * *", ["10-25 03:00+0100", "10-26 03:00+0100", "10-27 03:00+0100"]),
        ("0 * * * *", ["10-25 02:00+0200", "10-25 02:00+0100", "10-25 03:00+0100"]),
        ("*/30 * * * *", ["10-25 02:00+0200", "10-25 02:30+0200", "10-25 02:00+0100"]),
    ],
)
def test_in_the_night_of_two_hours_a_time_of_day_comes_once_and_every_hour_comes_twice(
    cron: str, found: list[str]
) -> None:
    assert times(cron, "2026-10-24 23:30") == found


@pytest.mark.parametrize(
    ("cron", "kept"),
    [
        ("0 2 * * 0-5", "0 2 * * mon,tue,wed,thu,fri,sun"),
        ("0 2 * * 1-5", "0 2 * * mon-fri"),
        ("0 2 * * 7", "0 2 * * sun"),
        ("0 2 * * SUN", "0 2 * * sun"),
        ("0 2 * * fri-mon", "0 2 * * mon,fri,sat,sun"),
        ("0 2 * * */2", "0 2 * * tue,thu,sat,sun"),
        ("0 2 1 */3 *", "0 2 1 */3 *"),
    ],
)
def test_days_of_the_week_are_counted_as_cron_counts_them(cron: str, kept: str) -> None:
    assert written(cron) == kept


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("0 2 * *", "has 5 fields"),
        ("61 2 * * *", "higher than the maximum value"),
        ("0 2 30 2 *", "never comes"),
        ("0 2 1 * mon", "not both"),
        ("0 2 * * 8", "no day of the week"),
        ("0 2 * * someday", "no day of the week"),
        ("0 22-2 * * *", "one is written"),
    ],
)
def test_what_is_no_cron_expression_is_refused_with_a_sentence(cron: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        JobSettings(command="maintenance", cron=cron)


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "..", "/etc"])
def test_a_time_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError, match="no time zone of this machine"):
        JobSettings(time_zone=zone)


@pytest.mark.parametrize(
    ("job", "said"),
    [
        (Job(database="d", name="j", command="c", cron=written("0 2 * * 0-5")), "Sun-Fri 02:00"),
        (Job(database="d", name="j", command="c", cron=written("5 12 * * fri")), "Fri 12:05"),
        (Job(database="d", name="j", command="c", cron=written("0 2 * * *")), "daily 02:00"),
        (Job(database="d", name="j", command="c", cron=written("0 2 * * mon,thu")), "Mon,Thu 02:00"),
        (Job(database="d", name="j", command="c", cron=written("*/5 2 * * *")), "*/5 2 * * *"),
        (Job(database="d", name="j", command="c", every_seconds=7200), "every 2 h"),
        (Job(database="d", name="j", command="c", every_seconds=1800), "every 30 min"),
        (Job(database="d", name="j", command="c", every_seconds=90), "every 90 s"),
    ],
)
def test_a_pace_is_said_as_people_say_it(job: Job, said: str) -> None:
    assert job.pace == said


# --- what is due, as timelines: the times at which somebody looks, and what is found

NIGHTLY = Job(database="main", name="nightly", command="maintenance", cron="30 2 * * *", zone=BERLIN)
HALF_HOURLY = Job(database="main", name="views", command="refresh stale", every_seconds=1800)


def timeline(job: Job, *looks: str, since: str = "2026-01-01 00:00", paused: Paused | None = None) -> list[str]:
    """What runs when somebody looks at these moments: the time that it is, and whether it was missed."""
    standing = Standing(database="main", job=job.name, defined=job.defined, since=utc(since), paused=paused)
    return list(_looked(job, standing, looks))


def _looked(job: Job, standing: Standing, looks: tuple[str, ...]) -> Iterator[str]:
    last = None
    for look in looks:
        found = due(job, standing, last, utc(look))
        if found is not None:
            last = found.slot
            yield f"{found.slot:%m-%d %H:%M}{' missed' if found.missed else ''}"


def test_each_time_runs_once_however_often_somebody_looks() -> None:
    looks = ("2026-05-01 10:00", "2026-05-01 10:00:05", "2026-05-01 10:29:55", "2026-05-01 10:30", "2026-05-01 10:31")
    assert timeline(HALF_HOURLY, *looks) == ["05-01 10:00", "05-01 10:30"]


def test_a_late_look_runs_once_for_all_the_times_that_have_passed() -> None:
    assert timeline(HALF_HOURLY, "2026-05-01 10:00", "2026-05-01 15:20", "2026-05-01 15:29") == [
        "05-01 10:00",
        "05-01 15:00",
    ]


def test_what_is_later_than_its_grace_is_missed_once_and_the_next_time_runs() -> None:
    looks = ("2026-05-01 00:31", "2026-05-02 05:00", "2026-05-02 06:00", "2026-05-03 00:30")
    assert timeline(NIGHTLY, *looks) == ["05-01 00:30", "05-02 00:30 missed", "05-03 00:30"]


def test_what_is_within_its_grace_still_runs() -> None:
    assert timeline(NIGHTLY, "2026-05-02 01:30") == ["05-02 00:30"]
    assert timeline(NIGHTLY, "2026-05-02 01:31") == ["05-02 00:30 missed"]


def test_times_before_a_job_was_known_are_not_missed() -> None:
    assert timeline(NIGHTLY, "2026-05-01 14:00", "2026-05-02 00:29", "2026-05-02 00:30", since="2026-05-01 14:00") == [
        "05-02 00:30"
    ]


def test_over_the_nights_of_the_change_a_daily_job_runs_once_a_day() -> None:
    ten_minutes = [f"{utc('2026-10-24 20:00') + timedelta(minutes=10 * step):%Y-%m-%d %H:%M}" for step in range(150)]
    assert timeline(NIGHTLY, *ten_minutes) == ["10-24 00:30 missed", "10-25 00:30"]
    ten_minutes = [f"{utc('2026-03-28 20:00') + timedelta(minutes=10 * step):%Y-%m-%d %H:%M}" for step in range(150)]
    assert timeline(NIGHTLY, *ten_minutes) == ["03-28 01:30 missed", "03-29 01:00"]


def test_a_paused_job_does_not_run_and_has_missed_nothing_when_its_pause_ends_by_itself() -> None:
    paused = Paused(person="U1", since=utc("2026-05-01 10:10"), until=utc("2026-05-01 12:10"))
    looks = ("2026-05-01 10:30", "2026-05-01 12:00", "2026-05-01 12:10", "2026-05-01 12:30")
    assert timeline(HALF_HOURLY, *looks, paused=paused) == ["05-01 12:30"]
    assert timeline(HALF_HOURLY, *looks, paused=paused.model_copy(update={"until": None})) == []


def test_a_job_that_is_off_is_never_due() -> None:
    assert timeline(NIGHTLY.model_copy(update={"off": "switched off"}), "2026-05-02 00:30") == []


@freeze_time(f"{PUT_BACK} 00:59:00", tz_offset=0)
def test_the_clock_of_this_machine_changes_nothing() -> None:
    now = datetime.now(UTC)
    assert NIGHTLY.latest(now) == utc(f"{PUT_BACK} 00:30")
    assert NIGHTLY.after(now) == utc("2026-10-26 01:30")


# --- what fails


def runs(*states: RunState) -> list[Ran]:
    """Runs of a job, newest first."""
    at = utc("2026-05-01 10:00")
    return [
        Ran(database="main", job="views", slot=at - timedelta(hours=place), state=state, said=f"run {place}", at=at)
        for place, state in enumerate(states)
    ]


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([RunState.FAILED, RunState.DONE], "run 0"),
        ([RunState.MISSED], "run 0"),
        ([RunState.SKIPPED, RunState.FAILED], "run 1"),
        ([RunState.UNDER_WAY, RunState.DENIED, RunState.FAILED], "run 2"),
    ],
)
def test_a_job_fails_until_it_goes_well(states: list[RunState], said: str) -> None:
    found = failing(runs(*states))
    assert found is not None
    assert found.said == said


@pytest.mark.parametrize("states", [[], [RunState.DONE, RunState.FAILED], [RunState.NOTHING, RunState.MISSED]])
def test_a_job_that_went_well_last_does_not_fail(states: list[RunState]) -> None:
    assert failing(runs(*states)) is None


# --- which jobs there are


def test_the_runbooks_jobs_are_there_and_the_settings_change_them() -> None:
    told = {
        "views": JobSettings(every_seconds=7200),
        "maintenance": JobSettings(enabled=False),
        "mine": JobSettings(command="analyze", cron="0 5 * * *", time_zone="Asia/Tokyo"),
    }
    runbook = of_the_runbook(Limits(time_zone=BERLIN), None, redis=False)
    found = {job.name: job for job in jobs_of("shop", told, runbook, BERLIN, "")}
    assert found["views"].every_seconds == 7200
    assert found["views"].command == "refresh stale gently=yes"
    assert found["views"].zone == BERLIN
    assert found["maintenance"].off == "switched off in the settings"
    assert found["mine"].zone == "Asia/Tokyo"
    assert found["cache"].off == "no Redis with `cache_warm` is set"


def test_the_cache_is_warmed_at_the_interval_that_its_keys_live_by() -> None:
    warmth = Warmth(relation="stores", key="id", columns=("name",), prefix="store:", interval_seconds=120)
    cache = of_the_runbook(Limits(), warmth, redis=True)["cache"]
    assert (cache.every_seconds, cache.off) == (120, "")


def test_every_job_that_comes_with_scout_has_a_next_time() -> None:
    warmth = Warmth(relation="stores", key="id", columns=("name",), prefix="store:")
    runbook = of_the_runbook(Limits(window="Sat 02:00-06:00", time_zone=BERLIN), warmth, redis=True)
    sunday = utc("2026-11-29 12:00")
    assert {job.name: (job.pace, f"{job.after(sunday):%a %H:%M}") for job in runbook.values()} == {
        "views": ("every 30 min", "Sun 12:30"),
        "maintenance": ("Sun-Fri 02:00", "Mon 01:00"),
        "saturday": ("Fri 12:00", "Fri 11:00"),
        "partitions": ("Mon 03:00", "Mon 02:00"),
        "cache": ("every 5 min", "Sun 12:05"),
    }
