"""How Scout itself is: what went wrong in any of its processes is written down, and judged by one of them."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from bot.errors import ScoutError
from bot.store import Fence, LostLease, Store
from bot.watch import ITSELF, RECENT, Watch, own_sample

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mishaps:
    """Those of one process, and the judgement of all."""

    store: Store
    holder: str
    watch: Watch

    def note(self, what: str) -> None:
        """A job of the clock failed, was missed or hangs: whoever judges Scout itself has to know."""
        log.warning("the clock: %s", what)
        with suppress(ScoutError):  # the store may be what is missing
            self.store.put_mishap(self.holder, what)

    def judge(self, at: datetime, fence: Fence) -> None:
        """One of all processes judges how Scout itself is, and ends what nobody judges any more."""
        mishaps = self.store.mishaps(self.store.now() - RECENT)
        with suppress(LostLease):
            self.watch.judge(ITSELF, [own_sample(mishaps, at)], at, fence)
            self.watch.forsake(at, fence)
