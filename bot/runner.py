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
from bot.errors import ScoutError, StepFailed, TooSlow
from bot.report import Report
from bot.store import Store

log = logging.getLogger(__name__)

T = TypeVar("T")

PROGRESS_SECONDS = 1.0
ENDS = frozenset({StepState.DONE, StepState.SKIPPED, StepState.FAILED})


class Stopped(ScoutError):
    """Somebody pressed Stop."""


class Hand(Protocol):
    """A direct connection that carries one step; `cancel` may be called from another thread."""

    def run(self, statement: str, timeout_s: float, lock_timeout_s: float) -> object:
        """Run a statement that the database wrote."""
        ...

    def check(self, statement: str) -> tuple[bool, str]:
        """Ask a check: ok, and what was found."""
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
    """A run of this process: what can be cancelled now, and whether Stop was pressed."""

    stopped: threading.Event = field(default_factory=threading.Event)
    hand: Hand | None = None

    def cancel(self) -> None:
        """Stop now."""
        self.stopped.set()
        hand = self.hand
        if hand is not None:
            hand.cancel()


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
        """Run an approved plan to its end; nothing happens when another process or click was first."""
        approval = self.store.approval(approval_id)
        if approval is None or approval.state is not State.APPROVED:
            return
        live = self.live.setdefault(approval_id, Live())
        try:
            self._run(approval, live)
        except Exception as error:  # noqa: BLE001 - a run must end on its card whatever happens
            self._broke_down(approval_id, error)
        finally:
            self.live.pop(approval_id, None)

    def stop(self, approval_id: str) -> None:
        """Cancel the statement that runs now, when the run is one of this process."""
        live = self.live.get(approval_id)
        if live is not None:
            live.cancel()

    def stop_all(self) -> None:
        """Cancel everything, for the end of the process."""
        for live in list(self.live.values()):
            live.cancel()

    # --- one run

    def _run(self, approval: Approval, live: Live) -> None:
        plan = self._still_right(approval)
        if plan is None:
            return
        started = self._begin(approval)
        if started is None:
            return
        with self._progress(started.id, live):
            evidence = self._before(started)
            self._leave_out(started, plan)
            self._steps(evidence, live)
            self._finish(evidence.id, live)

    def _still_right(self, approval: Approval) -> Plan | None:
        """The plan made again, or None when it would do what nobody approved: then the approval is void."""
        resumed = approval.started_at is not None
        if resumed and self._still_at_work(approval):
            self._end(
                approval,
                State.INTERRUPTED,
                "Its statement from before is still running on the server. Resume when that is over.",
            )
            return None
        try:
            now = self.again(approval, self.store.now())
        except ScoutError as error:
            self._end(approval, State.FAILED, f"Nothing was done. The plan could not be made again: {error}")
            return None
        if isinstance(now, Report):
            if resumed:
                return Plan(summary="", risk=approval.grade, steps=())
            self._end(approval, State.VOID, f"Nothing was done: {now.verdict.text}")
            return None
        drift = difference(approval.plan, now)
        if drift:
            self._end(
                approval, State.VOID, "Nothing was done: the database has changed since this was approved.", drift
            )
            return None
        return now

    def _still_at_work(self, approval: Approval) -> bool:
        database = self.tools[approval.database].database
        unknown = [one.number for one in self.store.steps(approval.id) if one.state is StepState.UNKNOWN]
        return any(database.running(session_name(approval.id, number)) for number in unknown)

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
            if not change.swap_approval({State.APPROVED}, changed):
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
            change.save_approval(kept)
            for report in evidence:
                change.put_notice(_below(kept, report, at))
        return kept

    def _measured(self, database: str) -> tuple[Measurement, ...]:
        try:
            return tuple(self.measure(database))
        except ScoutError:
            return ()

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
            change.swap_step({StepState.WAITING, StepState.UNKNOWN}, record)

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
            if not change.swap_step({StepState.WAITING, StepState.UNKNOWN}, begun):
                return False
            change.put_notice(_card(approval, begun.started_at or approval.asked_at, Lane.PROGRESS))
        state, said = self._outcome_of(approval, step, record.number, live)
        ended = begun.model_copy(update={"state": state, "ended_at": self.store.now(), "said": said})
        with self.store.change() as change:
            change.swap_step({StepState.RUNNING}, ended)
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
            said = "stopped before it was through" if live.stopped.is_set() else str(error)
            return StepState.FAILED, said

    def _attempts(self, approval: Approval, step: Step, number: int, live: Live) -> str:
        for attempt in range(step.retries):
            try:
                return self._do(approval, step, number, live)
            except TooSlow:
                if live.stopped.wait(0.5 * 2**attempt):
                    raise
        return self._do(approval, step, number, live)

    def _do(self, approval: Approval, step: Step, number: int, live: Live) -> str:
        tools = self.tools[approval.database]
        if isinstance(step.do, Program):
            return _given(tools.program, "No program may be run for this database.")(step.do.argv, step.timeout_s)
        with tools.database.operate(session_name(approval.id, number)) as hand:
            if isinstance(step.do, Pooler):
                _given(tools.pooler, "No pooler is configured for this database.")(step.do.order)
                return "the pooler answered"
            return self._statement(hand, step, step.do, live)

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
        state = _ending(approval, steps, stopped=live.stopped.is_set() or bool(approval.stop_asked_by))
        after = approval.model_copy(
            update={"outcome": approval.outcome.model_copy(update={"after": self._measured(approval.database)})}
        )
        self._end(after, state, _in_words(state, after, steps))

    def _end(self, approval: Approval, state: State, said: str, drift: tuple[str, ...] = ()) -> None:
        at = self.store.now()
        outcome = approval.outcome.model_copy(update={"said": said})
        changed = approval.model_copy(update={"state": state, "ended_at": at, "outcome": outcome, "difference": drift})
        with self.store.change() as change:
            if change.swap_approval({approval.state}, changed):
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
        """Take over what dead processes were doing: approved plans begin, running ones become interrupted with what was found."""
        for approval in self.store.approvals({State.RUNNING}):
            if approval.holder in dead:
                self._interrupted(approval)

    def _interrupted(self, approval: Approval) -> None:
        in_flight = [record for record in self.store.steps(approval.id) if record.state is StepState.RUNNING]
        for record in in_flight:
            self._what_became_of(approval, record)
        where = ", ".join(f"step {record.number + 1}" for record in in_flight) or "between two steps"
        self._end(approval, State.INTERRUPTED, f"Scout was stopped in the middle ({where}). Nothing has been repeated.")

    def _what_became_of(self, approval: Approval, record: StepRecord) -> None:
        step = approval.plan.steps[record.number]
        state, said = self._found(approval, step, record.number)
        found = record.model_copy(update={"state": state, "ended_at": self.store.now(), "said": said})
        with self.store.change() as change:
            change.swap_step({StepState.RUNNING}, found)
            change.record("scout", f"step found {state.value}", approval.id, {"number": record.number, "said": said})

    def _found(self, approval: Approval, step: Step, number: int) -> tuple[StepState, str]:
        database = self.tools[approval.database].database
        try:
            if database.running(session_name(approval.id, number)):
                return StepState.UNKNOWN, "was in flight, and its statement is still running on the server"
            if step.check is None or not isinstance(step.do, Sql):
                return StepState.UNKNOWN, "was in flight; whether it was through cannot be seen"
            with database.operate(session_name(approval.id, number)) as hand:
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
