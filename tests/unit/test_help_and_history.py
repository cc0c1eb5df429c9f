"""Help tells only what the asker may do; history tells what became of plans."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.command import Entry, Journaled, Offer, PastRun, Remembered, Risk, Sql, Step, Trail
from bot.errors import BadInput
from bot.report import Facts, Level, Table
from commands.help import everything, offered, one
from commands.history import Wanted, fits, report, whole

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
        "A",
    )
    assert answer.verdict.level is Level.INFO


def test_a_failed_last_plan_is_an_alert_and_none_is_none() -> None:
    assert report([past("interrupted", None)], AT, 10).verdict.level is Level.ALERT
    assert report([], AT, 10).verdict.text == "Nothing like that was ever proposed here"


@pytest.mark.parametrize(
    ("args", "is_there"),
    [
        (Wanted(), True),
        (Wanted(user="ana"), True),
        (Wanted(user="<@U1|ana>"), True),
        (Wanted(user="@Ben"), True),
        (Wanted(user="U9"), False),
        (Wanted(command="refresh"), True),
        (Wanted(command="index"), False),
        (Wanted(user="ana", command="index"), False),
    ],
)
def test_history_is_of_who_asked_or_decided_and_of_a_command(args: Wanted, is_there: bool) -> None:  # noqa: FBT001 - a table's column
    run = past().model_copy(update={"command": "refresh", "requester": "Ana", "requester_id": "U1", "decider": "Ben"})
    assert fits(run, args) is is_there


STEP = Step(title="Refresh the view", do=Sql(statement="refresh"), locks="none", timeout_s=1)
DONE = Journaled(step=STEP, state="done", started_at=AT, ended_at=AT + timedelta(seconds=2), said="refreshed")
ASKED = Entry(at=AT, actor="U1", action="asked", said="seal: 55")


def test_one_run_tells_its_steps_with_their_times_and_its_audit() -> None:
    run = past().model_copy(update={"reason": "the month ends"})
    answer = whole(Remembered(run=run, risk=Risk.MEND, steps=(DONE,)), Trail(entries=(ASKED,), checked=7))
    facts, steps, audit = answer.parts
    assert isinstance(facts, Facts)
    assert {one.name: one.value for one in facts.facts} == {
        "Asked": "U1, 2026-03-01 02:50:00",
        "Grade": "mend",
        "Reason": "the month ends",
        "Decided by": "U2",
        "Ended": "2026-03-01 02:51:30",
    }
    assert isinstance(steps, Table)
    assert steps.rows == (("1", "Refresh the view", "done", "03:00:00", 2.0, "refreshed"),)
    assert isinstance(audit, Table)
    assert audit.rows == (("Mar 01 03:00:00", "U1", "asked", "seal: 55"),)
    assert answer.notes[0].startswith("Audit: the chain holds from the first row of this run to its last, 7 rows;")


def test_a_broken_audit_goes_before_everything() -> None:
    trail = Trail(entries=(), checked=3, broken="row 4 is changed")
    answer = whole(Remembered(run=past(), risk=Risk.MEND, steps=()), trail)
    assert answer.verdict.level is Level.PAGE
    assert answer.verdict.text == "The audit does not hold: row 4 is changed. Do not trust what follows"
