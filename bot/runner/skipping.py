"""What somebody's *Skip this step* means for the steps that confirm, clear up after, or need the skipped one: pure."""

from collections.abc import Sequence

from bot.approval import StepRecord, StepState
from bot.command import Plan, Step

CLEARING_S = 5
"""So long what only clears up waits for a lock: whoever skips a step does not want to wait for another one in its place."""


def skipped_before(plan: Plan, records: Sequence[StepRecord], number: int) -> StepRecord | None:
    """The record of a step that somebody skipped and that this one follows, over others where need be; None when there is none."""
    titles = plan.steps[number].follows
    before = [records[at] for at in range(number) if titles and plan.steps[at].title in titles]
    skipped = [one for one in before if one.state is StepState.SKIPPED]
    found = (one if one.skip_asked_by else skipped_before(plan, records, one.number) for one in skipped)
    return next(filter(None, found), None)


def clearing_up(step: Step) -> Step | None:
    """What is done of a step when the one it follows was skipped: never what others have to wait for; None when nothing is."""
    if step.if_skipped is None:
        return None
    less = {"check": step.if_skipped, "required": False, "retries": 0}
    return step.model_copy(update={**less, "lock_timeout_s": min(step.lock_timeout_s, CLEARING_S)})


def broken(plan: Plan, records: Sequence[StepRecord]) -> bool:
    """Whether a step failed that had to be done, or every one that was tried: what only clears up after a skip does not count."""
    tried = [one for one in records if one.state in {StepState.DONE, StepState.FAILED}]
    asked_for = [one for one in tried if not skipped_before(plan, records, one.number)]
    failed = [one for one in asked_for if one.state is StepState.FAILED]
    return any(plan.steps[one.number].required for one in failed) or (bool(failed) and len(failed) == len(asked_for))


def all_skipped(plan: Plan, records: Sequence[StepRecord]) -> bool:
    """Whether people have skipped all that there was to do, and the rest only cleared up."""
    done = [one for one in records if one.state in {StepState.DONE, StepState.FAILED}]
    skipped = any(one.skip_asked_by for one in records if one.state is StepState.SKIPPED)
    return skipped and all(skipped_before(plan, records, one.number) for one in done)
