"""What the cards say and what can be pressed, state by state."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue

from bot.approval import Approval, Decision, State, StepRecord, StepState, broken
from bot.blocks import Drawn, draw_approval, draw_report, draw_review, full_plan, plain
from bot.command import Plan, Pooler, Program, Risk, Session, Sql, Step
from bot.report import Button, Column, Fact, Facts, Level, Report, Table, Text, Unit, Verdict

AT = datetime(2026, 10, 2, 3, 14, tzinfo=UTC)
EVIL = "select `x` from t -- <!channel> <@U0EVIL>"


def session(pid: int) -> Session:
    return Session(pid=pid, role="app", state="active", age_s=61, doing=EVIL)


def approval(state: State = State.ASKED, risk: Risk = Risk.DISRUPT, copies: int = 1) -> Approval:
    steps = (
        Step(title="One", do=Sql(statement=EVIL), locks="none", timeout_s=10, hits=(session(1), session(2))),
        Step(title="Two", do=Pooler.about("RECONNECT", "scout"), locks="none", timeout_s=10, hits=(session(2),)),
        Step(title="Three", do=Program(argv=("restart", "the pooler")), locks="none", timeout_s=10),
    )
    return Approval(
        id="a1",
        text="fix",
        command="fix",
        database="main",
        plan=Plan(summary="Put it right", risk=risk, steps=steps * copies),
        seal="5" * 64,
        state=state,
        requester="U1",
        channel="C1",
        asked_at=AT,
        expires_at=AT + timedelta(minutes=15),
        started_at=AT,
    )


def pressed(drawn: Drawn) -> dict[str, JsonValue]:
    rows = [block["elements"] for block in drawn.blocks if block["type"] == "actions"]
    elements = [one for row in rows if isinstance(row, list) for one in row if isinstance(one, dict)]
    return {str(one["action_id"]): one.get("value") for one in elements}


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        (State.ASKED, dict.fromkeys(("scout_approve", "scout_note", "scout_deny"), "a1 " + "5" * 64)),
        (State.APPROVED, {"scout_stop": "a1"}),
        (State.RUNNING, {"scout_stop": "a1"}),
        (State.INTERRUPTED, {"scout_resume": "a1"}),
        (State.EXPIRED, {"scout_command": "fix on main"}),
        (State.VOID, {"scout_command": "fix on main"}),
        *((state, {}) for state in (State.DONE, State.FAILED, State.STOPPED, State.DENIED)),
    ],
)
def test_only_what_can_still_be_decided_can_be_pressed(state: State, buttons: dict[str, str]) -> None:
    assert pressed(draw_approval(approval(state), [], AT)) == buttons


def test_a_card_that_is_over_offers_to_take_back_what_was_done_and_can_be() -> None:
    step = Step(title="Build", do=Sql(statement="b"), locks="none", timeout_s=1)
    kept = step.model_copy(update={"undo": Step(title="Drop", do=Sql(statement="d"), locks="none", timeout_s=1)})
    over = approval(State.DONE).model_copy(update={"plan": Plan(summary="s", risk=Risk.MEND, steps=(step, kept))})
    done = [StepRecord(approval="a1", number=number, state=StepState.DONE) for number in range(2)]
    assert pressed(draw_approval(over, done, AT)) == {"scout_command": "undo a1 on main"}
    assert pressed(draw_approval(over, done[:1], AT)) == {}


def glass(state: State) -> Approval:
    whole = approval(state)
    return broken(whole.model_copy(update={"plan": whole.plan.model_copy(update={"break_glass": True})}), ["S0DBA"])


@pytest.mark.parametrize("state", [State.DONE, State.FAILED, State.STOPPED, State.INTERRUPTED, State.VOID])
def test_a_broken_glass_is_told_first_and_reviewed_when_it_is_over(state: State) -> None:
    over = glass(State.ASKED).model_copy(update={"state": state})
    drawn = draw_approval(over, [], AT)
    assert drawn.text.startswith(":rotating_light: *BREAK GLASS*")
    assert "approved by its requester alone" in drawn.text
    assert "*To be reviewed* by another of the approvers before" in drawn.text
    assert pressed(drawn)["scout_review"] == "a1"


def test_while_it_runs_it_can_be_stopped_and_not_yet_reviewed() -> None:
    assert pressed(draw_approval(glass(State.ASKED), [], AT)) == {"scout_stop": "a1"}


def test_a_review_stands_on_the_card_and_is_asked_for_no_more() -> None:
    review = Decision(person="U0BEN", at=AT, yes=True)
    over = glass(State.ASKED).model_copy(update={"state": State.DONE, "review": review})
    drawn = draw_approval(over, [], AT)
    assert "Reviewed by <@U0BEN>" in drawn.text
    assert "scout_review" not in pressed(drawn)


def test_the_reminder_calls_the_approvers_and_can_be_answered_where_it_stands() -> None:
    over = glass(State.ASKED).model_copy(update={"state": State.DONE})
    late = draw_review(over)
    assert "<!subteam^S0DBA> 24 h are over and nobody has reviewed it" in late.text
    assert pressed(late) == {"scout_review": "a1"}
    answered = draw_review(over.model_copy(update={"review": Decision(person="U0BEN", at=AT, yes=True)}))
    assert "Reviewed late" in answered.text
    assert pressed(answered) == {}


def test_approve_says_how_much_it_does_and_to_how_many() -> None:
    drawn = json.dumps(draw_approval(approval(), [], AT).blocks)
    assert (
        "This runs 1 statement and 1 order to the pooler and 1 program on main. It ends or interrupts 2 sessions."
        in drawn
    )


def test_a_mend_plan_says_nothing_of_sessions() -> None:
    drawn = draw_approval(approval(risk=Risk.MEND), [], AT)
    assert "It ends or interrupts" not in json.dumps(drawn.blocks)
    assert drawn.text.startswith("Confirmation needed")


def test_every_statement_is_shown_word_for_word() -> None:
    drawn = json.dumps(draw_approval(approval(), [], AT).blocks)
    assert f'"rich_text_preformatted", "elements": [{{"type": "text", "text": "{EVIL}"}}]' in drawn
    assert "restart 'the pooler'" in drawn


def test_what_does_not_fit_is_counted_and_stands_in_the_thread() -> None:
    many = approval(copies=20)
    drawn = json.dumps(draw_approval(many, [], AT).blocks)
    assert "more steps*, word for word in the thread" in drawn
    assert full_plan(many).count(EVIL) == 20 + 60
    assert "60. Three" in full_plan(many)


def test_a_run_with_more_than_fifty_steps_keeps_the_one_at_work_in_sight() -> None:
    running = approval(State.RUNNING, copies=20)
    records = [StepRecord(approval="a1", number=number, state=StepState.DONE) for number in range(55)]
    drawn = draw_approval(running, [*records, StepRecord(approval="a1", number=55, state=StepState.RUNNING)], AT)
    assert "step 56/60" in drawn.text
    assert '"task_id": "step-56", "title": "Two \\u00b7 running", "status": "in_progress"' in json.dumps(drawn.blocks)


def test_a_done_run_never_hides_a_step_that_failed() -> None:
    drawn = draw_approval(approval(State.DONE), [StepRecord(approval="a1", number=1, state=StepState.FAILED)], AT)
    assert drawn.text.startswith("Done, except 1 step")


def test_query_text_cannot_ping_from_the_fallback() -> None:
    hostile = approval().model_copy(update={"text": EVIL, "requester": "U1> <!channel"})
    assert "<!channel>" not in draw_approval(hostile, [], AT).text


def report(**changes: object) -> Report:
    shown = Report(title="Status", verdict=Verdict(level=Level.ALERT, text="slow"))
    return shown.model_copy(update=changes)


def test_the_verdict_is_the_first_line_of_text_and_of_the_blocks() -> None:
    drawn = draw_report(report())
    assert drawn.text == "ALERT: slow\nStatus"
    assert drawn.blocks[0]["text"] == {
        "type": "mrkdwn",
        "text": ":large_yellow_circle: *ALERT* slow\n*Status*",
        "verbatim": True,
    }


def test_buttons_carry_command_texts_with_numbered_ids() -> None:
    buttons = (Button(label="Slow", text="slow"), Button(label="Active", text="active"))
    drawn = draw_report(report(buttons=buttons, more=(Text(text="x"),)), share="n1", more="status more=1")
    assert pressed(drawn) == {
        "scout_command:1": "slow",
        "scout_command:2": "active",
        "scout_more": "status more=1",
        "scout_share": "n1",
    }


def test_a_more_button_needs_something_more() -> None:
    assert pressed(draw_report(report(), more="status more=1")) == {}
    assert pressed(draw_report(report(more=(Text(text="x"),)), more="status more=1", show_more=True)) == {}


@pytest.mark.parametrize(("rows", "kind"), [(5, "table"), (6, "data_table")])
def test_a_long_table_can_be_sorted_and_a_short_one_is_plain(rows: int, kind: str) -> None:
    table = Table(title="t", columns=(Column(title="n", unit=Unit.COUNT),), rows=((1,),) * rows)
    assert kind in [block["type"] for block in draw_report(report(parts=(table,))).blocks]


def test_an_empty_table_says_none() -> None:
    drawn = draw_report(report(parts=(Table(title="Blockers", columns=(Column(title="n"),), rows=()),)))
    assert drawn.blocks[1]["text"] == {"type": "mrkdwn", "text": "*Blockers* none", "verbatim": True}


def test_plain_text_has_aligned_columns() -> None:
    columns = (Column(title="statement"), Column(title="mean", unit=Unit.SECONDS))
    table = Table(title="Slow", columns=columns, rows=(("a", 1.5), ("long one", 120)), left_out=2)
    facts = Facts(
        facts=(Fact(name="p95", value="1.8 s", level=Level.PAGE, note="target 1 s"), Fact(name="n", value="5"))
    )
    assert plain(report(parts=(facts, table), notes=("main",))).split("\n") == [
        "ALERT: slow",
        "Status",
        "",
        "PAGE  p95  1.8 s  target 1 s",
        "      n    5",
        "",
        "Slow",
        "statement   mean",
        "a          1.5 s",
        "long one   2 min",
        "2 more",
        "",
        "main",
    ]


def test_a_card_as_plain_text_has_no_markup() -> None:
    shown = plain(draw_approval(approval(), [], AT))
    assert "asked by @U1 2026-10-02 03:14 UTC" in shown
    assert "*" not in shown
