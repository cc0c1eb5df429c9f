"""What is written down of a run: its ends in words, its card, and how it moves."""

from collections.abc import Sequence
from datetime import datetime

from bot.approval import Approval, State, StepRecord, StepState
from bot.chat import Card, Lane, Notice, Post, new_id
from bot.report import Report
from bot.runner.skipping import all_skipped, broken
from bot.store import Store
from bot.tidings import news_of

ENDS = frozenset({StepState.DONE, StepState.SKIPPED, StepState.FAILED})


def cut_short(what: str, steps: Sequence[StepRecord]) -> str:
    """How a run is told that ended in the middle."""
    in_flight = [f"step {one.number + 1}" for one in steps if one.state in {StepState.RUNNING, StepState.UNKNOWN}]
    return f"{what} ({', '.join(in_flight) or 'between two steps'}). Nothing has been repeated."


def ending(approval: Approval, steps: Sequence[StepRecord], *, stopped: bool) -> State:
    """How a run ended, by what became of its steps; one of which people skipped all that there was to do was stopped by them."""
    failed = broken(approval.plan, steps)
    unfinished = any(one.state not in ENDS for one in steps)
    if (stopped and (failed or unfinished)) or (all_skipped(approval.plan, steps) and not unfinished):
        return State.STOPPED
    return State.FAILED if failed or unfinished else State.DONE


def in_words(state: State, approval: Approval, steps: Sequence[StepRecord]) -> str:
    """The end of a run in one sentence."""
    done = sum(one.state is StepState.DONE for one in steps)
    left_out = sum(one.state is StepState.SKIPPED and not one.skip_asked_by for one in steps)
    skipped = _titles(approval, [one for one in steps if one.state is StepState.SKIPPED and one.skip_asked_by])
    failed = _titles(approval, [one for one in steps if one.state is StepState.FAILED])
    said = f"{done} of {len(steps)} steps done and verified"
    said += (f", {left_out} not needed any more" if left_out else "") + (f"; skipped: {skipped}" if skipped else "")
    said += f"; failed: {failed}" if failed else ""
    return f"Stopped: {said}." if state is State.STOPPED else f"{said}."


def _titles(approval: Approval, steps: Sequence[StepRecord]) -> str:
    return ", ".join(approval.plan.steps[one.number].title for one in steps)


def card(approval: Approval, at: datetime, lane: Lane) -> Notice:
    """A notice that the card of a run has changed."""
    return Notice(id=new_id(), lane=lane, message=Card(key=f"approval:{approval.id}", channel=approval.channel), due=at)


def below(approval: Approval, report: Report, at: datetime) -> Notice:
    """A piece of evidence for the thread below the card."""
    titled = report.model_copy(update={"title": f"Before the run: {report.title}", "buttons": ()})
    return Notice(
        id=new_id(),
        lane=Lane.ANSWER,
        message=Post(channel=approval.channel, below=f"approval:{approval.id}", report=titled),
        due=at,
    )


def end(store: Store, approval: Approval, state: State, said: str, drift: tuple[str, ...] = ()) -> None:
    """Write the end of what the given record still is: the same state in the same hands."""
    at = store.now()
    outcome = approval.outcome.model_copy(update={"said": said})
    ended_at = None if state is State.INTERRUPTED else at  # nobody saw when that was
    changed = approval.model_copy(
        update={"state": state, "ended_at": ended_at, "outcome": outcome, "difference": drift}
    )
    with store.change() as change:
        if change.swap_approval({approval.state}, changed, held_by=approval.holder):
            for notice in (card(changed, at, Lane.APPROVAL), *news_of(changed, at)):
                change.put_notice(notice)
            change.record("scout", state.value, approval.id, {"said": said})
