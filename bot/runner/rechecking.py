"""Whether a run that was approved is still right when it begins or is resumed: its window, and the plan made again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.approval import Approval, State, StepRecord, StepState, difference
from bot.command import Plan
from bot.errors import BadInput, ScoutError
from bot.report import Report
from bot.runner.aftermath import Aftermath
from bot.runner.hands import Tools, session_name
from bot.runner.journal import end
from bot.store import Store


class StillAtWork(ScoutError):
    """A statement of an earlier attempt still runs on the server."""


@dataclass(frozen=True)
class Recheck:
    """Ends an approval that does not hold any more, and says why on its card; `again` makes its plan anew."""

    store: Store
    tools: Mapping[str, Tools]
    again: Callable[[Approval, datetime], Report | Plan]
    aftermath: Aftermath

    def is_its_time(self, approval: Approval) -> bool:
        """Whether its window is open: before that it stays approved, and is asked again; afterwards it is void."""
        window, at = approval.plan.window, self.store.now()
        if window is None or window.is_open(at):
            return True
        if window.is_over(at):
            told = "Not resumed." if approval.started_at else "Nothing was done."
            ended = State.FAILED if approval.started_at else State.VOID
            end(self.store, approval, ended, f"{told} The window has closed ({window.words}). Ask for it anew.")
        return False

    def plan(self, approval: Approval) -> Plan | None:
        """The plan made again, or None when it would do what nobody approved: then the approval is void."""
        if approval.started_at is not None:
            return self._still_right_to_resume(approval)
        at = self.store.now()
        try:
            self._known(approval)
            now = self.again(approval, at)
        except ScoutError as error:
            end(self.store, approval, State.FAILED, f"Nothing was done. The plan could not be made again: {error}")
            return None
        if isinstance(now, Report):
            end(self.store, approval, State.VOID, f"Nothing was done: {now.verdict.text}")
            return None
        drift = difference(approval.whole, now)
        if drift:
            end(
                self.store,
                approval,
                State.VOID,
                "Nothing was done: the database has changed since this was approved.",
                drift,
            )
            return None
        return now

    def _still_right_to_resume(self, approval: Approval) -> Plan | None:
        """The same for a run that was interrupted: steps of it are done, so it is neither void nor was nothing done."""
        steps = self.store.steps(approval.id)
        unknown = [one.number for one in steps if one.state is StepState.UNKNOWN]
        at = self.store.now()
        try:
            self._refuse_beside_itself(approval, unknown)
            now = self.again(approval, at)
        except ScoutError as error:
            end(self.store, approval, State.INTERRUPTED, f"Not resumed. {error}")
            return None
        if isinstance(now, Report):
            return Plan(summary="", risk=approval.grade, steps=())
        drift = difference(approval.whole, now, self._done(approval, steps))
        if drift:
            more = "; ".join(drift)
            said = f"Not resumed: the database has changed since this was approved. Ask for it anew. It would also do: {more}"
            end(self.store, approval, State.FAILED, said)
            return None
        return now

    def _done(self, approval: Approval, steps: Sequence[StepRecord]) -> set[str]:
        """The titles of what is done, by the journal or by what the catalog says of what was in flight."""
        return {
            approval.plan.steps[one.number].title
            for one in steps
            if one.state is StepState.DONE or (one.state is StepState.UNKNOWN and self.aftermath.is_done(approval, one))
        }

    def _refuse_beside_itself(self, approval: Approval, unknown: Sequence[int]) -> None:
        database = self._known(approval).database
        if any(database.running(session_name(approval.id, number)) for number in unknown):
            raise StillAtWork("Its statement from before is still running on the server. Resume when that is over.")

    def _known(self, approval: Approval) -> Tools:
        if approval.database not in self.tools:
            raise BadInput(f"The settings name no database {approval.database} any more. Add it again to go on.")
        return self.tools[approval.database]
