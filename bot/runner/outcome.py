"""What comes of one step: done, failed, skipped, or not known because Scout or its database went in the middle."""

from dataclasses import dataclass

from bot.approval import Approval, StepState
from bot.command import Step
from bot.errors import LostInTheMiddle, ScoutError
from bot.runner.aftermath import Aftermath
from bot.runner.hands import Hands, Live
from bot.runner.telling import Teller
from bot.store import Store


@dataclass(frozen=True)
class Outcomes:
    """Does steps and names what came of them; `patience_s` is for how long a database that was lost may take until it answers again."""

    store: Store
    holder: str
    hands: Hands
    aftermath: Aftermath
    patience_s: float

    def of(self, approval: Approval, step: Step, number: int, live: Live) -> tuple[StepState, str]:
        """Do a step; its state, and what is to be said of it.

        Raises:
            TakenOver: another process has the run.
        """
        try:
            return StepState.DONE, self.hands.attempts(approval, step, number, live)
        except LostInTheMiddle as error:
            return self._lost(approval, number, live, error)
        except ScoutError as error:
            return self._failed(approval, step, number, live, error)

    def _failed(
        self, approval: Approval, step: Step, number: int, live: Live, error: ScoutError
    ) -> tuple[StepState, str]:
        if live.leaving:
            return StepState.UNKNOWN, f"Scout was shut down. {error}"
        if live.stopped.is_set():
            return StepState.FAILED, "stopped before it was through"
        skipped = live.cut.is_set() and self._skipped_by(approval.id, number)
        if skipped:
            return StepState.SKIPPED, f"skipped by {skipped} before it was through"
        only_clears_up = step is not approval.plan.steps[number]
        left = self.hands.found(approval, step, number) if only_clears_up else ""
        return StepState.FAILED, f"{error} {left}".strip()

    def _lost(self, approval: Approval, number: int, live: Live, error: LostInTheMiddle) -> tuple[StepState, str]:
        """What became of a step whose database was lost; nothing more is done before somebody resumes the run."""
        live.lost = True
        Teller(self.store, approval.id, number, self.holder)(f"{error} Waiting until it answers again.")
        state, said = self.aftermath.once_it_answers(approval, number, self.patience_s, live.cut)
        skipped = live.cut.is_set() and self._skipped_by(approval.id, number)
        if state is StepState.UNKNOWN and skipped:
            return StepState.SKIPPED, f"skipped by {skipped}; {said}"
        return state, said

    def _skipped_by(self, approval_id: str, number: int) -> str:
        return next(one.skip_asked_by for one in self.store.steps(approval_id) if one.number == number)
