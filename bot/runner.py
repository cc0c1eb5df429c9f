"""Runs what was approved: re-checked, step by step, journaled before and after, stoppable, and found again after a crash."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from bot.approval import Approval, Outcome, State, StepRecord, StepState, difference, still_needed
from bot.chat import Card, Lane, Notice, Post, bug, new_id
from bot.command import Check, Measurement, Plan, Pooler, Program, Sql, Step
from bot.database import Locked, Stopped
from bot.errors import ScoutError, StepFailed, Unavailable
from bot.report import Report
from bot.store import Store

log = logging.getLogger(__name__)

T = TypeVar("T")

PROGRESS_SECONDS = 1.0
ENDS = frozenset({StepState.DONE, StepState.SKIPPED, StepState.FAILED})


RECOVERY = "scout recovery"
"""The application_name under which it is looked up what became of a step."""


class StillAtWork(ScoutError):
    """A statement of an earlier attempt still runs on the server."""


class TakenOver(Exception):
    """Another process has the run now: this one was taken for dead, and writes and does nothing more."""


class Hand(Protocol):
    """A direct connection that carries one step; `cancel` may be called from another thread."""

    def run(self, statement: str, timeout_s: float, lock_timeout_s: float) -> object:
        """Run a statement that the database wrote."""
        ...

    def check(self, statement: str) -> tuple[bool, str]:
        """Ask a check: ok, and what was found."""
        ...

    def fence(self, application_name: str) -> None:
        """End the sessions of a name that are not at work."""
        ...

    def cancel(self) -> None:
        """Cancel the running statement."""
        ...


class Operated(Protocol):
    """A database that Scout may change."""

    def operate(self, application_name: str) -> AbstractContextManager[Hand]:
        """Open a direct connection under a name that finds it again."""
        ...

    def running(self, application_name: str) -> bool:
        """Whether a session of that name is still at work."""
        ...


@dataclass(frozen=True)
class Tools:
    """What steps are done with, for one database."""

    database: Operated
    pooler: Callable[[str], object] | None = None
    program: Callable[[Sequence[str], float], str] | None = None


@dataclass
class Live:
    """A run of this process: what can be cancelled now, and whether it is to end, because of Stop or because Scout is `leaving`."""

    stopped: threading.Event = field(default_factory=threading.Event)
    hand: Hand | None = None
    leaving: bool = False

    def cancel(self) -> None:
        """Stop now."""
        self.stopped.set()
        hand = self.hand
        if hand is not None:
            hand.cancel()

    def leave(self) -> None:
        """Cancel as well, but it was nobody's wish to stop this run."""
        self.leaving = not self.stopped.is_set()
        self.cancel()


@dataclass
class Runner:
    """Executes approvals of this process; `holder` is its name in the store."""

    store: Store
    holder: str
    tools: Mapping[str, Tools]
    again: Callable[[Approval, datetime], Report | Plan]
    look: Callable[[str, str, datetime], Report]
    measure: Callable[[str], Sequence[Measurement]]
    live: dict[str, Live] = field(default_factory=dict[str, Live])

    def run(self, approval_id: str) -> None:
        """Run an approved plan to its end; nothing happens when another process, thread or click was first."""
        live = Live()
        if self.live.setdefault(approval_id, live) is not live:
            return
        try:
            approval = self.store.approval(approval_id)
            if approval is not None and approval.state is State.APPROVED:
                self._run(approval, live)
        except TakenOver:
            log.warning("the run %s was taken over by another process", approval_id)
        except Unavailable as error:  # whoever looks after the store later finds it and says what became of it
            log.warning("the run %s was left in the middle: %s", approval_id, error)
        except Exception as error:  # noqa: BLE001 - a run must end on its card whatever happens
            self._broke_down(approval_id, error)
        finally:
            del self.live[approval_id]

    def stop(self, approval_id: str) -> None:
        """Cancel the statement that runs now, when the run is one of this process."""
        live = self.live.get(approval_id)
        if live is not None:
            live.cancel()

    def leave(self) -> None:
        """Cancel everything, for the end of the process: the runs become interrupted and can be resumed."""
        leaving = [threading.Thread(target=live.leave, name="leave") for live in list(self.live.values())]
        for thread in leaving:
            thread.start()
        for thread in leaving:
            thread.join()

    # --- one run

    def _run(self, approval: Approval, live: Live) -> None:
        plan = self._still_right(approval)
        if plan is None:
            return
        started = None if live.leaving else self._begin(approval)
        if started is None:
            return
        with self._progress(started.id, live):
            evidence = self._before(started)
            self._look_again(started)
            self._leave_out(started, plan)
            self._steps(evidence, live)
            self._finish(evidence.id, live)

    def _still_right(self, approval: Approval) -> Plan | None:
        """The plan made again, or None when it would do what nobody approved: then the approval is void."""
        if approval.started_at is not None:
            return self._still_right_to_resume(approval)
        at = self.store.now()
        try:
            now = self.again(approval, at)
        except ScoutError as error:
            self._end(approval, State.FAILED, f"Nothing was done. The plan could not be made again: {error}")
            return None
        if isinstance(now, Report):
            self._end(approval, State.VOID, f"Nothing was done: {now.verdict.text}")
            return None
        drift = difference(approval.plan, now)
        if drift:
            self._end(
                approval, State.VOID, "Nothing was done: the database has changed since this was approved.", drift
            )
            return None
        return now

    def _still_right_to_resume(self, approval: Approval) -> Plan | None:
        """The same for a run that was interrupted: steps of it are done, so it is neither void nor was nothing done."""
        unknown = [one.number for one in self.store.steps(approval.id) if one.state is StepState.UNKNOWN]
        at = self.store.now()
        try:
            self._refuse_beside_itself(approval, unknown)
            now = self.again(approval, at)
        except ScoutError as error:
            self._end(approval, State.INTERRUPTED, f"Not resumed. {error}")
            return None
        if isinstance(now, Report):
            return Plan(summary="", risk=approval.grade, steps=())
        drift = difference(approval.plan, now)
        if drift:
            more = "; ".join(drift)
            said = f"Not resumed: the database has changed since this was approved. Ask for it anew. It would also do: {more}"
            self._end(approval, State.FAILED, said)
            return None
        return now

    def _refuse_beside_itself(self, approval: Approval, unknown: Sequence[int]) -> None:
        database = self.tools[approval.database].database
        if any(database.running(session_name(approval.id, number)) for number in unknown):
            raise StillAtWork("Its statement from before is still running on the server. Resume when that is over.")

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
            change.put_notice(_card(changed, at, Lane.APPROVAL))
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
            _or_taken_over(done=change.save_approval(kept))
            for report in evidence:
                change.put_notice(_below(kept, report, at))
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
                self._what_became_of(approval, record)

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
            if live.stopped.is_set() or self._stop_was_asked(approval.id):
                return
            done = self._step(approval, record, live)
            if not done and approval.plan.steps[record.number].required:
                return

    def _stop_was_asked(self, approval_id: str) -> bool:
        approval = self.store.approval(approval_id)
        return approval is None or bool(approval.stop_asked_by)

    def _step(self, approval: Approval, record: StepRecord, live: Live) -> bool:
        step = approval.plan.steps[record.number]
        begun = record.model_copy(
            update={"state": StepState.RUNNING, "started_at": self.store.now(), "ended_at": None, "said": ""}
        )
        with self.store.change() as change:
            _or_taken_over(done=change.swap_step({StepState.WAITING, StepState.UNKNOWN}, begun, held_by=self.holder))
            change.put_notice(_card(approval, begun.started_at or approval.asked_at, Lane.PROGRESS))
        state, said = self._outcome_of(approval, step, record.number, live)
        ended = begun.model_copy(update={"state": state, "ended_at": self.store.now(), "said": said})
        with self.store.change() as change:
            _or_taken_over(done=change.swap_step({StepState.RUNNING}, ended, held_by=self.holder))
            change.put_notice(_card(approval, ended.ended_at or approval.asked_at, Lane.PROGRESS))
            change.record(
                "scout",
                f"step {state.value}",
                approval.id,
                {"number": record.number, "title": step.title, "said": said},
            )
        return state is StepState.DONE

    def _outcome_of(self, approval: Approval, step: Step, number: int, live: Live) -> tuple[StepState, str]:
        try:
            return StepState.DONE, self._attempts(approval, step, number, live)
        except ScoutError as error:
            if live.leaving:
                return StepState.UNKNOWN, f"Scout was shut down. {error}"
            said = "stopped before it was through" if live.stopped.is_set() else str(error)
            return StepState.FAILED, said

    def _attempts(self, approval: Approval, step: Step, number: int, live: Live) -> str:
        for attempt in range(step.retries):
            try:
                return self._do(approval, step, number, live)
            except Locked:  # a statement that ran into its own limit of time would only run into it again
                if live.stopped.wait(0.5 * 2**attempt):
                    raise
        return self._do(approval, step, number, live)

    def _do(self, approval: Approval, step: Step, number: int, live: Live) -> str:
        tools = self.tools[approval.database]
        if isinstance(step.do, Program):
            self._refuse_when_taken_over(approval.id)
            return _given(tools.program, "No program may be run for this database.")(step.do.argv, step.timeout_s)
        with tools.database.operate(session_name(approval.id, number)) as hand:
            self._refuse_when_taken_over(approval.id)
            if isinstance(step.do, Pooler):
                _given(tools.pooler, "No pooler is configured for this database.")(step.do.order)
                return "the pooler answered"
            return self._statement(hand, step, step.do, live)

    def _refuse_when_taken_over(self, approval_id: str) -> None:
        """Look once more when the connection is open: whoever takes over from now on cuts it, and until now we would see it."""
        found = self.store.approval(approval_id)
        _or_taken_over(done=found is not None and found.state is State.RUNNING and found.holder == self.holder)

    def _statement(self, hand: Hand, step: Step, do: Sql, live: Live) -> str:
        live.hand = hand
        try:
            if live.stopped.is_set():
                raise Stopped("stopped before it began")
            hand.run(do.statement, step.timeout_s, step.lock_timeout_s)
        finally:
            live.hand = None
        return verified(hand, step.check, live.stopped) if step.check else "done"

    # --- the end

    def _finish(self, approval_id: str, live: Live) -> None:
        approval = self.store.approval(approval_id)
        if approval is None:
            return
        steps = self.store.steps(approval_id)
        if live.leaving and not approval.stop_asked_by and any(one.state not in ENDS for one in steps):
            self._end(approval, State.INTERRUPTED, _cut_short("Scout was shut down in the middle", steps))
            return
        stopped = bool(approval.stop_asked_by) or (live.stopped.is_set() and not live.leaving)
        state = _ending(approval, steps, stopped=stopped)
        after = approval.model_copy(
            update={"outcome": approval.outcome.model_copy(update={"after": self._measured(approval.database)})}
        )
        self._end(after, state, _in_words(state, after, steps))

    def _end(self, approval: Approval, state: State, said: str, drift: tuple[str, ...] = ()) -> None:
        """Write the end of what the given record still is: the same state in the same hands."""
        at = self.store.now()
        outcome = approval.outcome.model_copy(update={"said": said})
        ended_at = None if state is State.INTERRUPTED else at  # nobody saw when that was
        changed = approval.model_copy(
            update={"state": state, "ended_at": ended_at, "outcome": outcome, "difference": drift}
        )
        with self.store.change() as change:
            if change.swap_approval({approval.state}, changed, held_by=approval.holder):
                change.put_notice(_card(changed, at, Lane.APPROVAL))
                change.record("scout", state.value, approval.id, {"said": said})

    def _broke_down(self, approval_id: str, error: Exception) -> None:
        said = bug("a run", error).verdict.text.replace("; nothing was changed", "")
        approval = self.store.approval(approval_id)
        if approval is not None and approval.state in {State.APPROVED, State.RUNNING}:
            self._end(approval, State.FAILED, said)

    # --- progress

    def _progress(self, approval_id: str, live: Live) -> "Progress":
        return Progress(self.store, approval_id, live)

    # --- after a crash

    def recover(self, dead: set[str]) -> None:
        """Runs of dead processes, and our own that lost the store in the middle, become interrupted with what was found."""
        for approval in self.store.approvals({State.RUNNING}):
            lost = approval.holder == self.holder and approval.id not in self.live
            if lost or approval.holder in dead:
                self._interrupted(approval)

    def _interrupted(self, approval: Approval) -> None:
        steps = self.store.steps(approval.id)
        for record in steps:
            if record.state is StepState.RUNNING:
                self._what_became_of(approval, record)
        self._end(approval, State.INTERRUPTED, _cut_short("Scout was stopped in the middle", steps))

    def _what_became_of(self, approval: Approval, record: StepRecord) -> None:
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


class Progress:
    """Keeps a run's card moving and listens for Stop pressed at another replica, while a `with` block lasts."""

    def __init__(self, store: Store, approval_id: str, live: Live) -> None:
        self._store, self._id, self._live = store, approval_id, live
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"progress {approval_id}", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(PROGRESS_SECONDS):
            try:
                self._once()
            except ScoutError as error:
                log.warning("no progress of %s can be shown: %s", self._id, error)

    def _once(self) -> None:
        approval = self._store.approval(self._id)
        if approval is None:
            return
        if approval.stop_asked_by:
            self._live.cancel()
        with self._store.change() as change:
            change.put_notice(_card(approval, self._store.now(), Lane.PROGRESS))


def verified(hand: Hand, check: Check, stopped: threading.Event) -> str:
    """Ask a check until it is content or its patience ends; counters of PostgreSQL can be ten seconds late.

    Raises:
        StepFailed: it never was; with what was found instead.
    """
    until = time.monotonic() + check.patience_s
    ok, found = hand.check(check.statement)
    while not ok and time.monotonic() < until and not stopped.wait(0.25):
        ok, found = hand.check(check.statement)
    if not ok:
        raise StepFailed(f"not verified: {found}")
    return found


def session_name(approval_id: str, number: int) -> str:
    """The application_name under which a step runs, so that it can be found again."""
    return f"scout run {approval_id}/{number + 1}"


def _or_taken_over(*, done: bool) -> None:
    """Raises: TakenOver: it was not done, because this process does not hold the run any more."""
    if not done:
        raise TakenOver


def _cut_short(what: str, steps: Sequence[StepRecord]) -> str:
    in_flight = [f"step {one.number + 1}" for one in steps if one.state in {StepState.RUNNING, StepState.UNKNOWN}]
    return f"{what} ({', '.join(in_flight) or 'between two steps'}). Nothing has been repeated."


def _given(tool: T | None, missing: str) -> T:
    if tool is None:
        raise StepFailed(missing)
    return tool


def _ending(approval: Approval, steps: Sequence[StepRecord], *, stopped: bool) -> State:
    broken = any(one.state is StepState.FAILED and approval.plan.steps[one.number].required for one in steps)
    unfinished = any(one.state not in ENDS for one in steps)
    if stopped and (broken or unfinished):
        return State.STOPPED
    return State.FAILED if broken or unfinished else State.DONE


def _in_words(state: State, approval: Approval, steps: Sequence[StepRecord]) -> str:
    done = sum(one.state is StepState.DONE for one in steps)
    skipped = sum(one.state is StepState.SKIPPED for one in steps)
    failed = [approval.plan.steps[one.number].title for one in steps if one.state is StepState.FAILED]
    said = f"{done} of {len(steps)} steps done and verified" + (f", {skipped} not needed any more" if skipped else "")
    if state is State.STOPPED:
        return f"Stopped: {said}."
    return f"{said}; failed: {', '.join(failed)}." if failed else f"{said}."


def _card(approval: Approval, at: datetime, lane: Lane) -> Notice:
    return Notice(id=new_id(), lane=lane, message=Card(key=f"approval:{approval.id}", channel=approval.channel), due=at)


def _below(approval: Approval, report: Report, at: datetime) -> Notice:
    titled = report.model_copy(update={"title": f"Before the run: {report.title}", "buttons": ()})
    return Notice(
        id=new_id(),
        lane=Lane.ANSWER,
        message=Post(channel=approval.channel, below=f"approval:{approval.id}", report=titled),
        due=at,
    )
