"""What became of runs whose process died: found out in the catalog, said on the card, never repeated."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bot.approval import Approval, State, StepRecord, StepState
from bot.command import Pause, Pooler, Sql, Step
from bot.errors import ScoutError
from bot.runner.hands import Tools, session_name
from bot.runner.journal import cut_short, end
from bot.store import Store

log = logging.getLogger(__name__)

RECOVERY = "scout recovery"
"""The application_name under which it is looked up what became of a step."""


class StillPaused(Exception):
    """A pooler that was paused does not answer."""


@dataclass(frozen=True)
class Aftermath:
    """Looks at what is left of a run."""

    store: Store
    tools: Mapping[str, Tools]

    def interrupted(self, approval: Approval) -> None:
        """Mark a run whose process died, with what became of the step in flight."""
        steps = self.store.steps(approval.id)
        try:
            for record in steps:
                if record.state is StepState.RUNNING:
                    self._resume_the_pooler(approval, record)
                    self.what_became_of(approval, record)
        except StillPaused as error:  # the run stays open, so that this is tried again soon
            log.warning("the pooler of %s may be paused and cannot be resumed yet: %s", approval.database, error)
            return
        end(self.store, approval, State.INTERRUPTED, cut_short("Scout was stopped in the middle", steps))

    def _resume_the_pooler(self, approval: Approval, record: StepRecord) -> None:
        """A pause whose process died is ended before anything else.

        Raises:
            StillPaused: the pooler does not answer.
        """
        order, console = approval.plan.steps[record.number].do, self.tools[approval.database].pooler
        if not isinstance(order, Pause) or console is None:
            return
        try:
            console.resume(order.database)
        except ScoutError as error:
            raise StillPaused(str(error)) from None

    def what_became_of(self, approval: Approval, record: StepRecord) -> None:
        """Ask the catalog, and write into the journal what it says."""
        step = approval.plan.steps[record.number]
        state, said = self._found(approval, step, record.number)
        timeless = {
            "started_at": None,
            "ended_at": None,
        }  # when it ended nobody saw: it must not count as how long it takes
        found = record.model_copy(update={"state": state, "said": said, **timeless})
        with self.store.change() as change:
            if change.swap_step({record.state}, found, held_by=approval.holder):
                change.record(
                    "scout", f"step found {state.value}", approval.id, {"number": record.number, "said": said}
                )

    def _found(self, approval: Approval, step: Step, number: int) -> tuple[StepState, str]:
        database, name = self.tools[approval.database].database, session_name(approval.id, number)
        if isinstance(step.do, Pause) and self.tools[approval.database].pooler is None:
            by_hand = f"give its console {Pooler.about('RESUME', step.do.database).order}"
            return StepState.UNKNOWN, f"was in flight, and the settings name no pooler any more: {by_hand}"
        if isinstance(step.do, Pause):
            return StepState.DONE, "was in flight; the pooler is resumed"
        try:
            with database.operate(RECOVERY) as hand:
                hand.fence(name)
                if database.running(name):
                    return StepState.UNKNOWN, "was in flight, and its statement is still running on the server"
                if step.check is None or not isinstance(step.do, Sql):
                    return (
                        StepState.UNKNOWN,
                        "was in flight; whether it was through cannot be seen. Resume does it again",
                    )
                ok, found = hand.check(step.check.statement)
        except ScoutError as error:
            return StepState.UNKNOWN, f"was in flight; it could not be checked: {error}"
        return (
            (StepState.DONE, f"was in flight, and is done: {found}")
            if ok
            else (StepState.UNKNOWN, f"was in flight, and is not done: {found}")
        )
