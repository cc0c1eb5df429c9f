"""What became of a step whose process died, or whose database was lost: found out in the catalog, said on the card, never repeated."""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from bot.approval import Approval, State, StepRecord, StepState
from bot.command import Pause, Pooler, Sql, Step
from bot.errors import DatabaseDown, ScoutError
from bot.runner.errands import Console
from bot.runner.hands import Operated, Tools, session_name
from bot.runner.journal import cut_short, end
from bot.store import Store

log = logging.getLogger(__name__)

RECOVERY = "scout recovery"
"""The application_name under which it is looked up what became of a step."""


AGAIN_SECONDS = 0.5
"""A database that was lost is asked so often whether it answers again."""


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
        order, console = approval.plan.steps[record.number].do, self._pooler(approval)
        if not isinstance(order, Pause) or console is None:
            return
        try:
            console.resume(order.database)
        except ScoutError as error:
            raise StillPaused(str(error)) from None

    def _pooler(self, approval: Approval) -> Console | None:
        tools = self.tools.get(approval.database)
        return tools.pooler if tools else None

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

    def once_it_answers(
        self, approval: Approval, number: int, patience_s: float, enough: threading.Event
    ) -> tuple[StepState, str]:
        """What became of a step whose database was lost, asked until it answers, the patience ends or it is enough; nothing is written."""
        step, until = approval.plan.steps[number], time.monotonic() + patience_s
        while True:
            try:
                return self._asked(approval, step, number)
            except ScoutError as error:
                waits = isinstance(error, DatabaseDown) and time.monotonic() < until
                if not waits or enough.wait(AGAIN_SECONDS):
                    return _unchecked(error)

    def is_done(self, approval: Approval, record: StepRecord) -> bool:
        """Whether the catalog says that a step came to its end; nothing is written."""
        return self._found(approval, approval.plan.steps[record.number], record.number)[0] is StepState.DONE

    def _found(self, approval: Approval, step: Step, number: int) -> tuple[StepState, str]:
        try:
            return self._asked(approval, step, number)
        except ScoutError as error:
            return _unchecked(error)

    def _asked(self, approval: Approval, step: Step, number: int) -> tuple[StepState, str]:
        tools = self.tools.get(approval.database)
        if isinstance(step.do, Pause) and self._pooler(approval) is None:
            by_hand = f"give its console {Pooler.about('RESUME', step.do.database).order}"
            return StepState.UNKNOWN, f"was in flight, and the settings name no pooler any more: {by_hand}"
        if isinstance(step.do, Pause):
            return StepState.DONE, "was in flight; the pooler is resumed"
        if tools is None:  # they were changed while nobody ran: no reason to keep the next life from starting
            return StepState.UNKNOWN, f"was in flight, and the settings name no database {approval.database} any more"
        return _seen(tools.database, step, session_name(approval.id, number))


def _unchecked(error: ScoutError) -> tuple[StepState, str]:
    return StepState.UNKNOWN, f"was in flight; it could not be checked: {error}"


def _seen(database: Operated, step: Step, name: str) -> tuple[StepState, str]:
    """What the database shows of a step and of the session that carried it.

    Raises:
        ScoutError: it cannot be asked.
    """
    with database.operate(RECOVERY) as hand:
        hand.fence(name)
        if database.running(name):
            return StepState.UNKNOWN, "was in flight, and its statement is still running on the server"
        if step.check is None or not isinstance(step.do, Sql):
            return StepState.UNKNOWN, "was in flight; whether it was through cannot be seen. Resume does it again"
        ok, found = hand.check(step.check.statement)
    if ok:
        return StepState.DONE, f"was in flight, and is done: {found}"
    return StepState.UNKNOWN, f"was in flight, and is not done: {found}"
