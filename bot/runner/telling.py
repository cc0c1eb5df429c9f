"""How far a step is, said on its card while it runs."""

import time
from contextlib import suppress
from dataclasses import dataclass, field

from bot.approval import StepState
from bot.errors import ScoutError
from bot.store import Store

TELL_SECONDS = 1.0


@dataclass
class Teller:
    """Writes into the journal what a running step says of itself, at most once a second; the card is drawn from it."""

    store: Store
    approval: str
    number: int
    holder: str
    last: float = field(default=float("-inf"))

    def __call__(self, said: str) -> None:
        """Keep a word; a store that does not answer is no reason to fail."""
        if time.monotonic() < self.last + TELL_SECONDS:
            return
        self.last = time.monotonic()
        with suppress(ScoutError):
            self._keep(said)

    def _keep(self, said: str) -> None:
        record = next(one for one in self.store.steps(self.approval) if one.number == self.number)
        with self.store.change() as change:
            change.swap_step({StepState.RUNNING}, record.model_copy(update={"said": said}), held_by=self.holder)
