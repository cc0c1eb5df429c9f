"""The schedule as people ask for it, and `schedule run` as if its command were typed."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
from command_fixture import House, house_of

from bot.command import Instead, PauseJob, ResumeJob
from bot.errors import BadInput
from bot.house.rooms import jobs
from bot.registry import discover
from bot.report import Facts, Level
from bot.settings import Settings, load
from bot.timetable import Job, Ran, RunState
from practice.database import PracticeDatabase

REGISTRY = discover("commands")


def told(*lines: str) -> str:
    return "\n".join(['[databases.shop]\nurl = "postgresql://x@y/shop"', *lines])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('schedule.views.command = "refesh stale"', "schedule.views.command is wrong: I do not know 'refesh stale'"),
        ('schedule.views.command = "maintenance now"', "`maintenance` does not take"),
        ('schedule.views.command = "refresh on shop"', "leave out 'on shop'"),
        ('schedule.views.command = "slow"', "only looks: name the channel"),
        ('schedule.mine.cron = "0 2 * * *"', "the job 'mine' needs a command"),
        ('schedule.mine.command = "maintenance"', "the job 'mine' needs a command, and cron or every_seconds"),
        ('schedule."my job".command = "maintenance"', "a job's name has letters"),
        ("schedule.views = { every_seconds = 60, cron = '0 2 * * *' }", "both cron and every_seconds"),
    ],
)
def test_a_job_that_cannot_be_is_refused_at_the_start(
    tmp_path_factory: pytest.TempPathFactory, lines: str, said: str
) -> None:
    file = tmp_path_factory.mktemp("settings") / "scout.toml"
    file.write_text(told(lines), encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        jobs(load({"SCOUT_CONFIG": str(file)}), REGISTRY)


def test_every_job_that_comes_with_scout_is_a_command_that_proposes_something() -> None:
    found = jobs(load({"DATABASE_URL": "postgresql://x@y/shop", "SCOUT_SCHEDULED": "true"}), REGISTRY)
    assert [job.name for job in found["shop"]] == ["views", "maintenance", "saturday", "partitions", "cache"]
    assert [job.name for job in found["shop"] if job.off] == ["saturday", "cache"]


def test_without_the_settings_word_nothing_runs_by_itself() -> None:
    found = jobs(load({"DATABASE_URL": "postgresql://x@y/shop"}), REGISTRY)
    assert all("scheduled = true" in job.off for job in found["shop"])


# --- asking


@pytest.fixture
def house(practice_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path) as built:
        yield built


VIEWS = Job(database="scout", name="views", command="refresh stale", every_seconds=1800)


def test_the_schedule_is_listed_and_its_commands_order_and_stand_for_others(house: House) -> None:
    scheduled = replace(house, jobs=(VIEWS,))
    assert scheduled.report("schedule").verdict.text.startswith("1 job, none fails; views comes next, in")
    assert scheduled.said("schedule run views") == Instead(text="refresh stale", job="views")
    assert (
        scheduled.report("schedule run").verdict.text == "No job fails. Name the one to be run, as `schedule run views`"
    )
    assert scheduled.said("schedule pause views why=moving") == PauseJob(database="scout", job="views", why="moving")
    assert scheduled.said("schedule resume views") == ResumeJob(database="scout", job="views")


def test_the_one_that_fails_is_run_when_none_is_named(house: House) -> None:
    at = house.store.now()
    with house.store.change() as change:
        change.add_job_run(
            Ran(database="scout", job="views", slot=at, state=RunState.FAILED, said="There is no view.", at=at)
        )
    scheduled = replace(house, jobs=(VIEWS,))
    assert scheduled.said("schedule run") == Instead(text="refresh stale", job="views")
    report = scheduled.report("schedule")
    assert report.verdict.text == "views failed: There is no view."
    assert report.buttons[0].text == "schedule run views"


# --- the morning


def morning_settings(folder: Path, zone: str = "Europe/Berlin") -> Settings:
    file = folder / "scout.toml"
    top = f'alert_channel = "C1"\nmorning = "07:30"\nmorning_time_zone = "{zone}"\n'
    file.write_text(top + told(), encoding="utf-8")
    return load({"SCOUT_CONFIG": str(file)})


def test_the_morning_is_a_job_that_tells_and_needs_no_leave_to_act(tmp_path: Path) -> None:
    (job,) = [job for job in jobs(morning_settings(tmp_path), REGISTRY)["shop"] if job.name == "morning"]
    assert (job.pace, job.zone, job.channel, job.off) == ("daily 07:30", "Europe/Berlin", "C1", "")


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"SCOUT_MORNING": "7h"}, "the morning is written as 07:30"),
        ({"SCOUT_MORNING": "07:30", "SCOUT_ALERT_CHANNEL": ""}, "the morning needs a channel"),
        ({"SCOUT_MORNING": "07:30", "SCOUT_MORNING_TIME_ZONE": "Mars/Crater"}, "no time zone of this machine"),
    ],
)
def test_a_morning_that_cannot_be_is_refused_with_a_sentence(environment: dict[str, str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        load({"SCOUT_ALERT_CHANNEL": "C1"} | environment)


def test_the_morning_says_what_is_known_of_a_real_database(house: House) -> None:
    report = house.report("morning")
    assert "without enough data" in report.verdict.text
    assert report.verdict.level in {Level.NO_DATA, Level.ALERT}, "as far as a diagnosis finds something to do"
    assert [part.title for part in report.parts if isinstance(part, Facts)][-2:] == [
        "Service levels, last 24 h",
        "Incidents, last 24 h",
    ]
    assert "what grew is said from the next report on" in " ".join(report.notes)
