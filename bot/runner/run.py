"""Runs what was approved: re-checked, step by step, journaled before and after, stoppable, and found again after a crash."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.approval import Approval, Outcome, State, StepRecord, StepState, still_needed
from bot.chat import Lane, bug
from bot.command import Measurement, Plan, Step
from bot.errors import ScoutError, Unavailable
from bot.pooler import LeftPaused
from bot.report import Report
from bot.runner.aftermath import Aftermath
from bot.runner.hands import Hands, Live, TakenOver, Tools, is_run_by, or_taken_over
from bot.runner.journal import ENDS, below, card, cut_short, end, ending, in_words
from bot.runner.outcome import Outcomes
from bot.runner.progress import Progress
from bot.runner.rechecking import Recheck
from bot.runner.skipping import clearing_up, skipped_before
from bot.store import Store

log = logging.getLogger(__name__)


PATIENCE_SECONDS = 60.0


@dataclass
class Runner:
    """Executes approvals of this process; `holder` is its name in the store.

    `patience_s` is for how long a database that was lost in the middle of a step may take until it answers again.
    """

    store: Store
    holder: str
    tools: Mapping[str, Tools]
    again: Callable[[Approval, datetime], Report | Plan]
    look: Callable[[str, str, datetime], Report]
    measure: Callable[[str], Sequence[Measurement]]
    patience_s: float = PATIENCE_SECONDS
    live: dict[str, Live] = field(default_factory=dict[str, Live])
    _leaving: bool = False

    def __post_init__(self) -> None:
        self._hands = Hands(self.store, self.holder, self.tools)
        self._aftermath = Aftermath(self.store, self.tools)

    def run(self, approval_id: str) -> bool:
        """Run an approved plan to its end, and tell whether it was begun: not when it has to wait, is void, or somebody was first."""
        live = Live()
        if self.live.setdefault(approval_id, live) is not live:
            return False
        try:
            approval = None if self._leaving else self.store.approval(approval_id)
            if approval is not None and approval.state is State.APPROVED:
                self._run(approval, live)
        except TakenOver:
            log.warning("the run %s was taken over by another process", approval_id)
        except LeftPaused as error:  # it stays open, and whoever looks after lost runs resumes the pooler
            log.warning("the run %s could not resume the pooler yet: %s", approval_id, error)
        except Unavailable as error:  # whoever looks after the store later finds it and says what became of it
            log.warning("the run %s was left in the middle: %s", approval_id, error)
        except Exception as error:  # noqa: BLE001 - a run must end on its card whatever happens
            self._broke_down(approval_id, error)
        finally:
            del self.live[approval_id]
        return live.begun

    def stop(self, approval_id: str) -> None:
        """Cancel the statement that runs now, when the run is one of this process."""
        live = self.live.get(approval_id)
        if live is not None:
            live.cancel()

    def skip(self, approval_id: str, number: int) -> None:
        """Cancel a step and go on, when it is at work in a run of this process."""
        live = self.live.get(approval_id)
        if live is not None:
            live.skip(number)

    def leave(self) -> None:
        """Cancel everything and begin nothing, for the end of the process: the runs become interrupted and can be resumed."""
        self._leaving = True  # first: a run that a worker begins now either sees it, or is among the live
        leaving = [threading.Thread(target=live.leave, name="leave") for live in list(self.live.values())]
        for thread in leaving:
            thread.start()
        for thread in leaving:
            thread.join()

    # --- one run

    def _run(self, approval: Approval, live: Live) -> None:
        recheck = Recheck(self.store, self.tools, self.again, self._aftermath)
        plan = recheck.plan(approval) if recheck.is_its_time(approval) else None
        if plan is None:
            return
        started = None if live.leaving else self._begin(approval)
        if started is None:
            return
        live.begun = True
        with Progress(self.store, self.tools[started.database].database, started.id, live):
            evidence = self._before(started)
            self._look_again(started)
            self._leave_out(started, plan)
            self._steps(evidence, live)
            self._finish(evidence.id, live)

    def _begin(self, approval: Approval) -> Approval | None:
        at = self.store.now()
        begun = {
            "state": State.RUNNING,
            "holder": self.holder,
            "started_at": approval.started_at or at,
            "stop_asked_by": "",
        }
        changed = approval.model_copy(update=begun)
        with self.store.change() as change:
            if not change.swap_approval({State.APPROVED}, changed, held_by=approval.holder):
                return None
            change.put_notice(card(changed, at, Lane.APPROVAL))
            change.record("scout", "running", approval.id, {"seal": approval.seal, "holder": self.holder})
        return changed

    def _before(self, approval: Approval) -> Approval:
        """Keep the evidence and the metrics as they were, once."""
        if approval.outcome.before:
            return approval
        at = self.store.now()
        evidence = tuple(self.look(text, approval.database, at) for text in approval.plan.evidence)
        kept = approval.model_copy(
            update={"outcome": Outcome(before=self._measured(approval.database), evidence=evidence)}
        )
        with self.store.change() as change:
            or_taken_over(done=change.save_approval(kept))
            for report in () if approval.is_quiet else evidence:
                change.put_notice(below(kept, report, at))
        return kept

    def _measured(self, database: str) -> tuple[Measurement, ...]:
        try:
            return tuple(self.measure(database))
        except ScoutError:
            return ()

    def _look_again(self, approval: Approval) -> None:
        """What was still running when the run was interrupted may be done by now, and is not done twice then."""
        for record in self.store.steps(approval.id):
            if record.state is StepState.UNKNOWN:
                self._aftermath.what_became_of(approval, record)

    def _leave_out(self, approval: Approval, now: Plan) -> None:
        """Mark the steps that the state of the database no longer asks for."""
        at = self.store.now()
        for number, needed in enumerate(still_needed(approval.plan, now)):
            if not needed and not approval.plan.steps[number].hits:
                self._skip(approval, number, at, "no longer needed")
            elif not needed:
                self._skip(approval, number, at, "already gone")

    def _skip(self, approval: Approval, number: int, at: datetime, said: str) -> None:
        record = StepRecord(
            approval=approval.id, number=number, state=StepState.SKIPPED, started_at=at, ended_at=at, said=said
        )
        with self.store.change() as change:
            change.swap_step({StepState.WAITING, StepState.UNKNOWN}, record, held_by=self.holder)

    def _steps(self, approval: Approval, live: Live) -> None:
        for record in self.store.steps(approval.id):
            if record.state in ENDS:
                continue
            if live.lost or live.stopped.is_set() or self._stop_was_asked(approval.id):
                return
            step = self._as_it_is_now(approval, record.number)
            if step is not None and not self._step(approval, step, record, live) and step.required:
                return

    def _as_it_is_now(self, approval: Approval, number: int) -> Step | None:
        """The step, or what is left of it when somebody skipped the one it follows; None when that is nothing."""
        step, records = approval.plan.steps[number], self.store.steps(approval.id)
        skipped = skipped_before(approval.plan, records, number)
        if skipped is None:
            return step
        left = clearing_up(step)
        if left is None:
            told = f"left out, because {skipped.skip_asked_by} skipped '{approval.plan.steps[skipped.number].title}'"
            self._skip(approval, number, self.store.now(), told)
        return left

    def _stop_was_asked(self, approval_id: str) -> bool:
        approval = self.store.approval(approval_id)
        return approval is None or bool(approval.stop_asked_by)

    def _step(self, approval: Approval, step: Step, record: StepRecord, live: Live) -> bool:
        begun = record.model_copy(
            update={"state": StepState.RUNNING, "started_at": self.store.now(), "ended_at": None, "said": ""}
        )
        live.begin(begun)  # before anybody can see that it is at work, so that no press of Skip comes too early
        with self.store.change() as change:
            or_taken_over(done=change.swap_step({StepState.WAITING, StepState.UNKNOWN}, begun, held_by=self.holder))
            change.put_notice(card(approval, begun.started_at or approval.asked_at, Lane.PROGRESS))
        outcomes = Outcomes(self.store, self.holder, self._hands, self._aftermath, self.patience_s)
        state, said = outcomes.of(approval, step, record.number, live)
        live.record = None
        ended = begun.model_copy(update={"state": state, "ended_at": self.store.now(), "said": said})
        with self.store.change() as change:
            or_taken_over(done=change.swap_step({StepState.RUNNING}, ended, held_by=self.holder))
            change.put_notice(card(approval, ended.ended_at or approval.asked_at, Lane.PROGRESS))
            change.record(
                "scout",
                f"step {state.value}",
                approval.id,
                {"number": record.number, "title": step.title, "said": said},
            )
        return state is StepState.DONE

    # --- the end

    def _finish(self, approval_id: str, live: Live) -> None:
        approval = self.store.approval(approval_id)
        if approval is None or not is_run_by(self.holder, approval):
            raise TakenOver
        steps = self.store.steps(approval_id)
        if live.leaving and not approval.stop_asked_by and any(one.state not in ENDS for one in steps):
            end(self.store, approval, State.INTERRUPTED, cut_short("Scout was shut down in the middle", steps))
            return
        if live.lost and not live.stopped.is_set() and any(one.state not in ENDS for one in steps):
            end(self.store, approval, State.INTERRUPTED, cut_short("The database was lost in the middle", steps))
            return
        stopped = bool(approval.stop_asked_by) or (live.stopped.is_set() and not live.leaving)
        state = ending(approval, steps, stopped=stopped)
        after = approval.model_copy(
            update={"outcome": approval.outcome.model_copy(update={"after": self._measured(approval.database)})}
        )
        end(self.store, after, state, in_words(state, after, steps))

    def _broke_down(self, approval_id: str, error: Exception) -> None:
        said = bug("a run", error).verdict.text.replace("; nothing was changed", "")
        approval = self.store.approval(approval_id)
        if approval is not None and (approval.state is State.APPROVED or is_run_by(self.holder, approval)):
            end(self.store, approval, State.FAILED, said)

    # --- after a crash

    def recover(self, dead: set[str]) -> None:
        """Runs of dead processes, and our own that lost the store in the middle, become interrupted with what was found."""
        for approval in self.store.approvals({State.RUNNING}):
            lost = approval.holder == self.holder and approval.id not in self.live
            if lost or approval.holder in dead:
                self._aftermath.interrupted(approval)
