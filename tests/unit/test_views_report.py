"""What views says first, and that any view and any job make a message that Slack takes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from message_fixture import slack_refuses

from bot.command import Metric, PromQuery
from bot.report import Level, Unit
from commands.cron_jobs import Job, Schedule, Scheduler
from commands.matviews import View
from commands.view_ages import Behind, Details, Seen
from commands.views import Told, report

AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
LINE = Metric[Any](
    name="freshness", title="Freshness", unit=Unit.MINUTES, alert=120, page=240, source=PromQuery("freshness", "")
)
TEXT = st.text(max_size=30) | st.sampled_from(["<!channel>", '"Odd" `name`', "x" * 100_000, ""])
COUNT = st.integers(min_value=0, max_value=2**62)
NAMES = st.lists(TEXT, max_size=3).map(tuple)
VIEW = st.builds(
    View, name=TEXT, level=COUNT, populated=st.booleans(), has_unique_index=st.booleans(), size=COUNT, reads_from=NAMES,
    busy=st.lists(COUNT, max_size=3).map(tuple), alone=TEXT, statement=TEXT, refreshed=TEXT,
)  # fmt: skip
DETAILS = st.builds(
    Details, name=TEXT, locked=st.booleans(), hindrance=TEXT, read_by=NAMES, column=st.none() | TEXT,
    source_schema=TEXT, source=st.none() | TEXT, source_column=TEXT, why_not=TEXT,
)  # fmt: skip
SEEN = st.builds(
    Seen, VIEW, DETAILS, st.none() | st.builds(Behind, seconds=st.none() | st.floats(-1e9, 1e12), is_empty=st.booleans()),
    st.none() | st.just(AT), st.none() | st.floats(0, 1e9),
)  # fmt: skip
JOB = st.builds(
    Job, id=COUNT, schedule=TEXT, command=TEXT, active=st.booleans(), views=NAMES, runs=COUNT, failed=COUNT,
    last_status=st.just("failed") | TEXT, last_at=st.none() | st.just(AT), wants_unique=st.booleans(),
)  # fmt: skip
SCHEDULER = st.builds(
    Scheduler, installed=st.booleans(), lives_in=TEXT, here=TEXT, runs=st.none() | st.booleans(), readable=st.booleans(),
    filtered=st.booleans(), locked=st.booleans(), grants=TEXT, policies=TEXT,
)  # fmt: skip
TOLD = st.builds(
    Told, st.lists(SEEN, max_size=15), st.builds(Schedule, SCHEDULER, st.lists(JOB, max_size=3)),
    st.just(("x" * 200, "<!channel>", "")), st.sampled_from([LINE, None]), TEXT, st.just(AT),
)  # fmt: skip
NO_CRON = Scheduler(
    installed=False, lives_in="", here="scout", runs=False, readable=False, filtered=False, locked=False, grants="",
    policies="",
)  # fmt: skip
CRON = NO_CRON.model_copy(update={"installed": True, "readable": True, "runs": True})
JOB_1 = Job(
    id=1, schedule="* * * * *", command="x", active=True, views=("gold",), runs=3, failed=0, last_status="succeeded",
    last_at=AT, wants_unique=False,
)  # fmt: skip


def seen(minutes: float | None, **view: object) -> Seen:
    base = View(
        name="gold", level=0, populated=True, has_unique_index=True, size=1, reads_from=(), busy=(), alone="", statement="", refreshed=""
    )  # fmt: skip
    details = Details(
        name="gold", locked=False, hindrance="", read_by=(), column="last_at", source_schema="scout", source="silver",
        source_column="at", why_not="",
    )  # fmt: skip
    behind = None if minutes is None else Behind(seconds=minutes * 60, is_empty=False)
    return Seen(base.model_copy(update=view), details, behind, AT - timedelta(hours=1), 2.0)


def told(*views: Seen, jobs: tuple[Job, ...] = (), scheduler: Scheduler = NO_CRON) -> Told:
    return Told(views, Schedule(scheduler, jobs), [job.command for job in jobs], LINE, "scout", AT)


@given(TOLD)
@settings(max_examples=25)
def test_anything_makes_a_message_that_slack_takes(anything: Told) -> None:
    assert slack_refuses(report(anything)) == []


@pytest.mark.parametrize(
    ("minutes", "level"), [(None, Level.INFO), (-5, Level.OK), (119, Level.OK), (121, Level.ALERT), (241, Level.PAGE)]
)
def test_the_age_of_a_view_is_judged_by_the_lines_of_freshness(minutes: float | None, level: Level) -> None:
    assert report(told(seen(minutes))).verdict.level is level


def test_a_view_that_pages_comes_before_one_that_is_empty() -> None:
    said = report(told(seen(None, populated=False, name="empty"), seen(300))).verdict
    assert said.text == "gold is 5 h behind silver. Press Refresh all"


def test_a_job_that_fails_is_an_alert_and_one_that_is_switched_off_is_none() -> None:
    failing = JOB_1.model_copy(update={"failed": 2, "last_status": "failed"})
    assert report(told(seen(1), jobs=(failing,), scheduler=CRON)).verdict.text.startswith(
        "pg_cron job 1 fails (2 of its"
    )
    off = failing.model_copy(update={"active": False})
    assert report(told(seen(1), jobs=(off,), scheduler=CRON)).verdict.level is Level.OK


def test_a_scheduler_that_is_gone_is_an_alert_only_where_it_has_work() -> None:
    gone = CRON.model_copy(update={"runs": False})
    assert "pg_cron does not run" in report(told(seen(1), jobs=(JOB_1,), scheduler=gone)).verdict.text
    assert report(told(seen(1), scheduler=gone)).verdict.level is Level.OK


def test_jobs_of_another_database_are_said_to_be_unseen() -> None:
    elsewhere = NO_CRON.model_copy(update={"lives_in": "postgres"})
    assert (
        "pg_cron lives in the database postgres; its jobs are not seen from here."
        in report(told(scheduler=elsewhere)).notes
    )


def test_who_may_not_refresh_gets_no_button_for_it() -> None:
    assert [button.text for button in report(told(seen(1)), refresh=False).buttons] == ["active", "status"]
