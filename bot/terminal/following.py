"""A run on a terminal: a line for every step as it begins and ends, until the run is over or somebody leaves."""

import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from bot.approval import Approval, State, StepRecord, StepState
from bot.errors import BadInput
from bot.house import House
from bot.terminal.trimming import steering

LOOK_SECONDS = 0.2
AGAIN_SECONDS = 3.0
"""How often a plan that waits for its window or its turn is tried anew."""
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
OVER = frozenset(State) - {State.ASKED, State.APPROVED, State.RUNNING}


@contextmanager
def interruptible() -> Generator[None]:
    """Ctrl-C, a polite kill and a terminal that is gone all raise KeyboardInterrupt."""

    def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler's form
        for (
            name
        ) in ENDINGS:  # whoever insists is obeyed at once: the next start finds the run, as after any other death
            signal.signal(name, signal.SIG_DFL)
        raise KeyboardInterrupt

    before = {name: signal.signal(name, leave) for name in ENDINGS}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


@dataclass
class Following:
    """Follows one plan; `line` writes a line, `wait` says whether to wait for other people and for windows too."""

    house: House
    approval_id: str
    line: Callable[[str], None]
    wait: bool
    _shown: dict[int, tuple[StepState, str]] = field(default_factory=dict[int, tuple[StepState, str]])

    def to_the_end(self, *, ours: bool) -> Approval:
        """The plan when it is over, or when nothing is to be waited for; `ours` is one that this process runs.

        Raises:
            KeyboardInterrupt: somebody left; what this process runs is handed over, and can be resumed.
        """
        try:
            return self._followed(ours=ours)
        except KeyboardInterrupt:
            self.house.runner.leave()
            raise
        finally:
            self.house.runs.close()

    def _followed(self, *, ours: bool) -> Approval:
        tried = time.monotonic()
        while True:
            ended = self.house.runs.returned
            approval = self.now()
            self._tell(approval)
            if approval.state in OVER or not (self.wait or (ours and self._goes_on(approval, ended))):
                return approval
            if ours and approval.state is State.APPROVED and time.monotonic() - tried > AGAIN_SECONDS:
                tried = time.monotonic()
                self.house.runs.begin(self.approval_id)
            time.sleep(LOOK_SECONDS)

    def now(self) -> Approval:
        """The plan as it is now."""
        found = self.house.store.approval(self.approval_id)
        if found is None:
            raise BadInput("This plan is not known any more.")
        return found

    @staticmethod
    def _goes_on(approval: Approval, ended: int) -> bool:
        """Whether it runs, or is about to: a runner that came back has found that it is not its time yet."""
        return approval.state is State.RUNNING or (approval.state is State.APPROVED and not ended)

    def _tell(self, approval: Approval) -> None:
        for record in self.house.store.steps(self.approval_id):
            if self._shown.get(record.number, (StepState.WAITING, ""))[0] is not record.state:
                self._shown[record.number] = record.state, record.said
                self.line(_in_words(approval, record))


def _in_words(approval: Approval, record: StepRecord) -> str:
    at = record.ended_at or record.started_at
    when = f"{at:%H:%M:%S} " if at else ""
    said = f": {record.said}" if record.said else ""
    title = approval.plan.steps[record.number].title
    number = f"{record.number + 1}/{len(approval.plan.steps)}"
    return f"{when}{number} {record.state.value:7} {title}{said}{steering(approval, record)}"
