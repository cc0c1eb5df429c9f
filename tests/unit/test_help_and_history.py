"""Help tells only what the asker may do; history tells what became of plans."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.command import Offer, PastRun, Risk
from bot.errors import BadInput
from bot.report import Level, Table
from commands.help import everything, offered, one
from commands.history import report

AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
SLOW = Offer(
    name="slow",
    usage="/scout slow [limit=10] [by=total]",
    help="Statements that cost",
    risk=Risk.LOOK,
    words=("slow queries",),
    menu="Slow",
    runbook="Step 1",
)
CREATE = Offer(
    name="index create",
    usage="/scout index create TABLE COLUMNS",
    help="Build an index",
    risk=Risk.DISRUPT,
    words=(),
    menu="",
)


def past(state: str = "done", ended: timedelta | None = timedelta(seconds=90)) -> PastRun:
    return PastRun(
        id="A",
        text="refresh all",
        database="scout",
        state=state,
        requester="U1",
        decider="U2",
        asked_at=AT - timedelta(minutes=10),
        ended_at=AT - timedelta(minutes=10) + ended if ended else None,
        outcome="4 of 4 steps done",
    )


def test_all_is_the_lightest_first() -> None:
    (part,) = everything([CREATE, SLOW]).parts
    assert isinstance(part, Table)
    assert [row[2] for row in part.rows] == ["look", "disrupt"]


def test_plain_words_and_two_word_names_are_found() -> None:
    assert offered([SLOW, CREATE], "slow queries") is SLOW
    assert offered([SLOW, CREATE], "index create") is CREATE


def test_what_the_asker_may_not_do_is_not_there() -> None:
    with pytest.raises(BadInput, match="There is no command 'index creat' that you may use"):
        offered([SLOW], "index creat")


def test_one_shows_usage_grade_example_and_the_runbooks_section() -> None:
    answer = one(SLOW)
    text = str(answer.parts)
    assert "/scout slow limit=10 by=total" in text
    assert "look: answers at once" in text
    assert "Step 1" in text
    assert [button.text for button in answer.buttons] == ["slow"]


def test_a_command_that_needs_arguments_has_no_button() -> None:
    assert one(CREATE).buttons == ()


def test_history_is_told_newest_first_with_how_long_it_took() -> None:
    answer = report([past(), past("failed")], AT, 10)
    (part,) = answer.parts
    assert isinstance(part, Table)
    assert part.rows[0] == (
        "Mar 01 02:50, 10 min ago",
        "refresh all",
        "done",
        "U1",
        "U2",
        "1 min 30 s",
        "4 of 4 steps done",
    )
    assert answer.verdict.level is Level.INFO


def test_a_failed_last_plan_is_an_alert_and_none_is_none() -> None:
    assert report([past("interrupted", None)], AT, 10).verdict.level is Level.ALERT
    assert report([], AT, 10).verdict.text == "Nothing was ever proposed here"
