"""What `schedule` says first, and what it offers."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.command import Duty, LastRun
from bot.errors import BadInput
from bot.parse import Entry, arguments, parse, usage
from bot.report import Level
from commands import schedule, schedule_pause
from commands.duty import chosen

AT = datetime(2026, 5, 1, 12, 10, tzinfo=UTC)
LAST = LastRun(slot=AT - timedelta(minutes=10), state="nothing to do", said="No view is stale")
VIEWS = Duty(name="views", command="refresh stale", pace="every 30 min", zone="UTC", next_at=AT + timedelta(minutes=20), last=LAST)  # fmt: skip
NIGHTLY = Duty(
    name="maintenance", command="maintenance", pace="Sun-Fri 02:00", zone="Europe/Berlin",
    next_at=datetime(2026, 5, 3, 0, tzinfo=UTC), why="As the runbook.",
)  # fmt: skip
BAD = NIGHTLY.model_copy(update={"failing": "There is no table.", "failing_since": AT - timedelta(hours=12)})
PAUSED = VIEWS.model_copy(update={"paused_by": "Ana", "paused_why": "moving", "paused_until": AT + timedelta(hours=2)})
OFF = NIGHTLY.model_copy(update={"off": "nothing runs by itself here", "next_at": None})


@pytest.mark.parametrize(
    ("duties", "level", "said"),
    [
        ([VIEWS, NIGHTLY], Level.OK, "2 jobs, none fails; views comes next, in 20 min"),
        ([VIEWS, BAD], Level.ALERT, "maintenance failed: There is no table."),
        ([PAUSED, NIGHTLY], Level.INFO, "2 jobs, 1 paused, none fails; views comes next, in 20 min"),
        ([OFF], Level.INFO, "Nothing runs by itself: nothing runs by itself here"),
        ([], Level.INFO, "Nothing runs by itself"),
    ],
)
def test_the_first_line_says_what_fails_else_what_comes(duties: list[Duty], level: Level, said: str) -> None:
    found = schedule.verdict(duties, AT)
    assert (found.level, found.text) == (level, said)


def test_times_are_those_of_the_jobs_own_clock() -> None:
    assert schedule.cells(VIEWS, AT) == (
        "views, every 30 min", "12:30", "12:00", "nothing to do: No view is stale",
    )  # fmt: skip
    assert schedule.cells(NIGHTLY, AT) == ("maintenance, Sun-Fri 02:00", "Sun 02:00", "never", "")
    assert schedule.cells(PAUSED, AT)[1] == "paused by Ana until 14:10"


def test_what_fails_can_be_run_and_what_is_paused_resumed_first() -> None:
    other = VIEWS.model_copy(update={"name": "other"})
    report = schedule.report([other, PAUSED, BAD, OFF], AT, may_run=True)
    assert [one.text for one in report.buttons] == [
        "schedule run maintenance",
        "schedule resume views",
        "schedule run other",
    ]
    assert schedule.report([BAD], AT, may_run=False).buttons == ()


def test_a_job_is_found_by_its_name_and_the_nearest_is_said() -> None:
    assert chosen([VIEWS, NIGHTLY], "Views") is VIEWS
    with pytest.raises(BadInput, match="Did you mean 'maintenance'"):
        chosen([VIEWS, NIGHTLY], "maintenence")


def test_a_pause_lasts_until_somebody_resumes_it_unless_a_length_is_typed() -> None:
    entry = Entry("schedule pause", schedule_pause.Wanted)
    assert usage(entry) == "/scout schedule pause JOB [for=ever] [WHY]"
    with pytest.raises(BadInput, match="is a length of time"):
        arguments(entry, parse("schedule pause views for=soon", [entry]).args)
