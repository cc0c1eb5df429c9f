"""What a step is done with, and how it is done once: attempts, the check, and the last look before it."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.approval import Approval, State, StepRecord
from bot.command import Check, Opening, Sql, Step, Warm
from bot.database import Advance, Locked, Ran, Stopped
from bot.errors import ScoutError, StepFailed
from bot.runner.errands import NO_CACHE, Console, Errand, KeyWriter, given
from bot.runner.telling import Teller
from bot.store import Store


class TakenOver(Exception):
    """Another process has the run now: this one was taken for dead, and writes and does nothing more."""


class Hand(Protocol):
    """A direct connection that carries one step; `cancel` may be called from another thread."""

    def run(self, statement: str, timeout_s: float, lock_timeout_s: float) -> Ran:
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

    def advance(self, application_name: str) -> Advance | None:
        """How far the statement of a session of that name is."""
        ...


@dataclass(frozen=True)
class Tools:
    """What steps are done with, for one database."""

    database: Operated
    pooler: Console | None = None
    program: Callable[[Sequence[str], float], str] | None = None
    keys: KeyWriter | None = None


@dataclass
class Live:
    """A run of this process: the step it is at, what can be cancelled now, and whether it is to end, because of Stop or because Scout is `leaving`.

    `cut` is set when nobody is to wait for the step any more: it was skipped, or the run is to end. `begun` says that the run came
    to its steps, `lost` that the database was lost in the middle of one: then nothing more is done until somebody resumes it.
    """

    stopped: threading.Event = field(default_factory=threading.Event)
    cut: threading.Event = field(default_factory=threading.Event)
    hand: Hand | None = None
    leaving: bool = False
    begun: bool = False
    lost: bool = False
    record: StepRecord | None = None

    def begin(self, record: StepRecord) -> None:
        """Come to a step: whoever skipped the one before does not skip this one."""
        self.record = record
        self.cut.clear()
        if self.stopped.is_set():  # looked at last: a Stop that comes in this very moment cuts it itself
            self.cut.set()

    def cancel(self) -> None:
        """Stop now."""
        self.stopped.set()
        self._cancel()

    def skip(self, number: int) -> None:
        """Cancel a step when it is the one at work, and let the run go on."""
        if self.record is not None and self.record.number == number:
            self._cancel()

    def _cancel(self) -> None:
        self.cut.set()
        hand = self.hand
        if hand is not None:
            hand.cancel()

    def leave(self) -> None:
        """Cancel as well, but it was nobody's wish to stop this run."""
        self.leaving = not self.stopped.is_set()
        self.cancel()


@dataclass(frozen=True)
class Hands:
    """Does the steps of this process's runs."""

    store: Store
    holder: str
    tools: Mapping[str, Tools]

    def attempts(self, approval: Approval, step: Step, number: int, live: Live) -> str:
        """Do a step, again where a lock was in the way and the step may be repeated; what its check found.

        Raises:
            ScoutError: it failed or was stopped.
            TakenOver: another process has the run.
        """
        for attempt in range(step.retries):
            try:
                return self._do(approval, step, number, live)
            except Locked:  # a statement that ran into its own limit of time would only run into it again
                if live.cut.wait(0.5 * 2**attempt):
                    raise
        return self._do(approval, step, number, live)

    def found(self, approval: Approval, step: Step, number: int) -> str:
        """What the check of a step that failed finds, as a sentence; empty when there is none or nobody answers."""
        if step.check is None:
            return ""
        with (
            suppress(ScoutError),
            self.tools[approval.database].database.operate(session_name(approval.id, number)) as hand,
        ):
            _, found = hand.check(step.check.statement)
            return f"{found[:1].upper()}{found[1:]}."
        return ""

    def _do(self, approval: Approval, step: Step, number: int, live: Live) -> str:
        tools, step = self.tools[approval.database], within(step, approval.plan.window, self.store.now())
        name = session_name(approval.id, number)
        tell = Teller(self.store, approval.id, number, self.holder)
        if not isinstance(step.do, Sql | Warm):
            self._refuse_when_taken_over(approval.id)
            return Errand(step, live.cut, tell).done(tools.pooler, tools.program, tools.keys)
        with tools.database.operate(name) as hand:
            self._refuse_when_taken_over(approval.id)
            if isinstance(step.do, Sql):
                return self._statement(hand, step, step.do, live)
            keys = given(tools.keys, NO_CACHE)
            with keys.alone(
                step.do.prefix, name, 2 * step.timeout_s
            ):  # as long as asking and writing may take together
                rows = self._run(hand, step, step.do.statement, live).rows
                pairs = [(str(key), str(value)) for key, value in rows]
                return keys.write(step.do, pairs, step.timeout_s, live.cut, tell)

    def _refuse_when_taken_over(self, approval_id: str) -> None:
        """Look once more when the connection is open: whoever takes over from now on cuts it, and until now we would see it."""
        found = self.store.approval(approval_id)
        or_taken_over(done=found is not None and is_run_by(self.holder, found))

    def _statement(self, hand: Hand, step: Step, do: Sql, live: Live) -> str:
        for statement in filter(None, (do.first, do.statement)):
            self._run(hand, step, statement, live)
        return verified(hand, step.check, live.cut) if step.check else "done"

    def _run(self, hand: Hand, step: Step, statement: str, live: Live) -> Ran:
        live.hand = hand
        try:
            if live.cut.is_set():
                raise Stopped("stopped before it began")
            return hand.run(statement, step.timeout_s, step.lock_timeout_s)
        finally:
            live.hand = None


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


def within(step: Step, window: Opening | None, at: datetime) -> Step:
    """The same step, ended when its window closes.

    Raises:
        StepFailed: it has closed.
    """
    if window is None:
        return step
    left = (window.closes_at - at).total_seconds()
    if left <= 0:
        raise StepFailed(f"The window has closed ({window.words}), so this was not begun.")
    return step.model_copy(update={"timeout_s": min(step.timeout_s or left, left)})


def session_name(approval_id: str, number: int) -> str:
    """The application_name under which a step runs, so that it can be found again."""
    return f"scout run {approval_id}/{number + 1}"


def is_run_by(holder: str, approval: Approval) -> bool:
    """Whether a run is in the hands of a process: one that was taken for dead ends nothing that another runs by now."""
    return approval.state is State.RUNNING and approval.holder == holder


def or_taken_over(*, done: bool) -> None:
    """Raises: TakenOver: it was not done, because this process does not hold the run any more."""
    if not done:
        raise TakenOver
