"""What becomes of the steps that follow one that somebody skipped, and of the run."""

from datetime import UTC, datetime

import pytest

from bot.approval import Approval, State, StepRecord, StepState, seal
from bot.command import Check, Plan, Risk, Sql, Step
from bot.runner.journal import ending, in_words
from bot.runner.skipping import clearing_up, skipped_before

AT = datetime(2026, 3, 1, tzinfo=UTC)


def step(title: str, *, required: bool = False, follows: tuple[str, ...] = (), clears: bool = False) -> Step:
    return Step(
        title=title, do=Sql(statement=title), locks="none", timeout_s=0, lock_timeout_s=60, required=required, retries=3, follows=follows,
        check=Check(statement="built"), if_skipped=Check(statement="nothing is left") if clears else None,
    )  # fmt: skip


BUILD, CONFIRM = step("build"), step("confirm", required=True, follows=("build",), clears=True)
NEEDS, OTHER = step("swap", follows=("build",)), step("other")
PLAN = Plan(
    summary="it", risk=Risk.MEND, steps=(BUILD, CONFIRM, NEEDS, step("tell", required=True, follows=("swap",)), OTHER)
)
DONE, SKIPPED, FAILED, WAITING = StepState.DONE, StepState.SKIPPED, StepState.FAILED, StepState.WAITING


def approval(plan: Plan = PLAN) -> Approval:
    return Approval(
        id="a", text="it", command="it", database="main", plan=plan, seal=seal(plan), requester="U1", channel="C1", asked_at=AT, expires_at=AT
    )  # fmt: skip


def records(*states: StepState, skipped: int = 0) -> list[StepRecord]:
    """The journal; the step of a number is one that somebody skipped."""
    return [
        StepRecord(approval="a", number=at, state=state, skip_asked_by="Cora" if at == skipped else "")
        for at, state in enumerate(states)
    ]


def test_what_follows_a_skipped_step_knows_who_skipped_it_over_others_too() -> None:
    seen = records(SKIPPED, DONE, SKIPPED, WAITING, WAITING)
    assert [getattr(skipped_before(PLAN, seen, at), "number", None) for at in range(5)] == [None, 0, 0, 0, None]
    gone = records(SKIPPED, WAITING, WAITING, WAITING, WAITING, skipped=-1)  # no longer needed: nobody's wish
    assert [skipped_before(PLAN, gone, at) for at in range(5)] == [None] * 5


def test_what_only_clears_up_waits_a_moment_and_others_do_not_wait_for_it() -> None:
    left = clearing_up(CONFIRM)
    assert left
    assert (left.required, left.retries, left.lock_timeout_s, left.check) == (False, 0, 5, CONFIRM.if_skipped)
    assert left.do == CONFIRM.do
    assert clearing_up(NEEDS) is None


@pytest.mark.parametrize(("seen", "state", "said"), [
    ((SKIPPED, DONE, SKIPPED, SKIPPED, DONE), State.DONE, "2 of 5 steps done and verified, 2 not needed any more; skipped: build."),
    ((SKIPPED, FAILED, SKIPPED, SKIPPED, DONE), State.DONE, "1 of 5 steps done and verified, 2 not needed any more; skipped: build; failed: confirm."),
    ((SKIPPED, DONE, SKIPPED, SKIPPED, FAILED), State.FAILED, "1 of 5 steps done and verified, 2 not needed any more; skipped: build; failed: other."),
    ((SKIPPED, DONE, SKIPPED, SKIPPED, WAITING), State.FAILED, "1 of 5 steps done and verified, 2 not needed any more; skipped: build."),
])  # fmt: skip
def test_a_run_ends_as_what_was_not_skipped_ended(seen: tuple[StepState, ...], state: State, said: str) -> None:
    assert ending(approval(), records(*seen), stopped=False) is state
    assert in_words(state, approval(), records(*seen)) == said


@pytest.mark.parametrize("cleared", [DONE, FAILED])
def test_who_skips_all_there_was_to_do_has_stopped_it(cleared: StepState) -> None:
    only = approval(PLAN.model_copy(update={"steps": PLAN.steps[:2]}))
    assert ending(only, records(SKIPPED, cleared), stopped=False) is State.STOPPED
    assert in_words(State.STOPPED, only, records(SKIPPED, DONE)) == (
        "Stopped: 1 of 2 steps done and verified; skipped: build."
    )


def test_a_build_that_failed_by_itself_is_still_decided_by_what_confirms_it() -> None:
    seen = records(FAILED, FAILED, WAITING, WAITING, WAITING, skipped=-1)
    assert ending(approval(), seen, stopped=False) is State.FAILED
