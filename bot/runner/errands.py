"""Steps that are no statements of the database: programs, orders to the pooler, keys of a cache."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot.command import Answers, Clear, Do, Pause, Pooler, Program, Step, Warm
from bot.errors import StepFailed

T = TypeVar("T")
Tell = Callable[[str], None]

NO_POOLER = "No pooler is configured for this database."
NO_PROGRAM = "No program may be run for this database."
NO_CACHE = "No Redis is configured for this database."


class Console(Protocol):
    """The pooler's admin console, for acting."""

    def order(self, order: str) -> object:
        """Give an order, as RECONNECT."""
        ...

    def pause(self, order: Pause, stopped: threading.Event, tell: Tell) -> str:
        """Pause a database for a while, and resume it whatever happens."""
        ...

    def resume(self, database: str) -> bool:
        """End a pause; false when there is none."""
        ...

    def answers(self, database: str, seconds: float, stopped: threading.Event) -> str:
        """Ask until it answers and serves a database."""
        ...


class KeyWriter(Protocol):
    """A cache of keys and values, for acting."""

    def clear(self, prefix: str, seconds: float, stopped: threading.Event, tell: Tell) -> str:
        """Remove every key that begins so."""
        ...

    def alone(self, prefix: str, token: str, seconds: float) -> AbstractContextManager[None]:
        """Keep everybody else from warming the same keys while a block lasts."""
        ...

    def write(
        self, order: Warm, rows: Sequence[tuple[str, str]], seconds: float, stopped: threading.Event, tell: Tell
    ) -> str:
        """Write keys and values over whatever is there."""
        ...


@dataclass(frozen=True)
class Errand:
    """One such step: what ends it early, and how it tells how far it is."""

    step: Step
    stopped: threading.Event
    tell: Tell

    def done(
        self, console: Console | None, program: Callable[[Sequence[str], float], str] | None, keys: KeyWriter | None
    ) -> str:
        """Do it, and what became of it.

        Raises:
            ScoutError: it failed.
        """
        do: Do = self.step.do
        match do:
            case Program():
                said = given(program, NO_PROGRAM)(do.argv, self.step.timeout_s)
                return enough(said, self.step.at_least)
            case Pooler():
                given(console, NO_POOLER).order(do.order)
                return "the pooler answered"
            case Answers():
                return given(console, NO_POOLER).answers(do.database, self.step.timeout_s, self.stopped)
            case Pause():
                return given(console, NO_POOLER).pause(do, self.stopped, self.tell)
            case Clear():
                return given(keys, NO_CACHE).clear(do.prefix, self.step.timeout_s, self.stopped, self.tell)
            case _:
                raise StepFailed(f"A step of the kind {do.kind} needs the database.")


def enough(said: str, at_least: float | None) -> str:
    """What a program said, once the number in its last line is large enough; bytes where it measures room.

    Raises:
        StepFailed: it is too small, or there is none.
    """
    if at_least is None:
        return said
    last = said.strip().splitlines()[-1] if said.strip() else ""
    try:
        found = float(last)
    except ValueError:
        raise StepFailed(
            f"The program's last line has to be a number and nothing else; it said: {last[:80] or 'nothing'}"
        ) from None
    if not found >= at_least:  # nan is not enough either
        raise StepFailed(f"Not enough: the program said {found:,.0f}, and {at_least:,.0f} are needed.")
    return f"{found:,.0f} of the {at_least:,.0f} that are needed"


def given(tool: T | None, missing: str) -> T:
    """A tool that the settings give.

    Raises:
        StepFailed: they do not.
    """
    if tool is None:
        raise StepFailed(missing)
    return tool
