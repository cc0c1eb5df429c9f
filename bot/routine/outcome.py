"""What the end of a plan means for the job that asked for it: pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.approval import Approval, State, StepRecord, StepState
from bot.timetable import Ran, RunState

ENDS: Mapping[State, RunState] = {
    State.DONE: RunState.DONE,
    State.FAILED: RunState.FAILED,
    State.INTERRUPTED: RunState.FAILED,
    State.STOPPED: RunState.DENIED,
    State.DENIED: RunState.DENIED,
    State.EXPIRED: RunState.MISSED,
    State.VOID: RunState.FAILED,
}


def became(ran: Ran, approval: Approval | None, steps: Sequence[StepRecord], at: datetime) -> Ran | None:
    """The run with how its plan ended; None while it has not. Done but for a step that failed is failed: nobody watches a schedule."""
    if approval is None:
        return ran.model_copy(update={"state": RunState.FAILED, "said": "Its plan is not known any more.", "at": at})
    state = _state(approval)
    if state is RunState.DONE and any(one.state is StepState.FAILED for one in steps):
        state = RunState.FAILED
    if state is None:
        return None
    return ran.model_copy(update={"state": state, "said": _said(approval), "at": approval.ended_at or at})


def _state(approval: Approval) -> RunState | None:
    window, ended = approval.plan.window, approval.ended_at
    if approval.state is State.VOID and window is not None and ended is not None and window.is_over(ended):
        return RunState.MISSED
    if approval.state is State.VOID and not approval.difference:  # made again, it had nothing to do any more
        return RunState.NOTHING
    return ENDS.get(approval.state)


def _said(approval: Approval) -> str:
    if approval.state is State.EXPIRED:
        return "Nobody decided in time."
    by = approval.decider_name or approval.decider
    if approval.state is State.DENIED:
        return f"Denied by {by}."
    return approval.outcome.said
