"""Scout in a process of its own that carries one repair out and is killed in it: STORE READ OPERATE HOLDER APPROVAL MOMENT STEP.

MOMENT is `begun`, before the first statement of the step is sent; `half`, after the first; `ended`, after the last and before
anything is written down; or `never`.
"""

import os
import signal
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime

from command_fixture import House

from bot.approval import Approval
from bot.command import Plan
from bot.database import Advance, Operation, Ran, Watched
from bot.report import Level, Report, Verdict
from bot.runner import Runner, Tools
from bot.store import Store


def die() -> None:
    """End here, as `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Hand:
    """A hand that does what it is told, and dies at a moment."""

    hand: Operation
    moment: str

    def run(self, statement: str, timeout_s: float, lock_timeout_s: float) -> Ran:
        """Run it, unless the end comes before."""
        if self.moment == "begun":
            die()
        ran = self.hand.run(statement, timeout_s, lock_timeout_s)
        if self.moment == "half":
            die()
        return ran

    def check(self, statement: str) -> tuple[bool, str]:
        """As the hand does, unless the end comes before."""
        if self.moment == "ended":
            die()
        return self.hand.check(statement)

    def fence(self, application_name: str) -> None:
        """As the hand does."""
        self.hand.fence(application_name)

    def cancel(self) -> None:
        """As the hand does."""
        self.hand.cancel()


@dataclass(frozen=True)
class Mortal:
    """A database that is changed by mortal hands, which die in one step."""

    database: Watched
    moment: str
    step: int

    @contextmanager
    def operate(self, application_name: str) -> Generator[Hand]:
        """A hand for one step."""
        with self.database.operate(application_name) as hand:
            yield Hand(hand, self.moment if application_name.endswith(f"/{self.step + 1}") else "never")

    def running(self, application_name: str) -> bool:
        """As the database tells."""
        return self.database.running(application_name)

    def advance(self, application_name: str) -> Advance | None:
        """As the database tells."""
        return self.database.advance(application_name)


def repairer(house: House, holder: str, moment: str = "never", step: int = 0) -> Runner:
    """A runner that makes every plan anew by asking for it again, as the real one does."""

    def again(approval: Approval, _: datetime) -> Report | Plan:
        return house.ask(approval.text)

    def look(text: str, _: str, __: datetime) -> Report:
        return Report(title=text, verdict=Verdict(level=Level.OK, text="seen"))

    tools = Tools(Mortal(house.database, moment, step))
    return Runner(house.store, holder, {house.database.name: tools}, again, look, lambda _: ())


if __name__ == "__main__":
    url, read, operate, name, wanted, when, where = sys.argv[1:]
    with closing(Watched("scout", read, operate, "scout")) as database, closing(Store.open(url)) as store:
        repairer(House(database, store), name, when, int(where)).run(wanted)
