"""Which databases this process looks after now: a share of all, held by leases, with the others' at hand when they fall silent."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.errors import ScoutError
from bot.store import Fence, Store
from bot.watch import Watch

log = logging.getLogger(__name__)

SHARE_SECONDS = 3.0
LEASE_SECONDS = 12.0
"""With a share every 3 s, a dead process is followed within 15 s."""
STUCK_SECONDS = 60.0


@dataclass
class Caring:
    """Ticks for the databases whose leases it holds; `gained` is told when there are more, `itself` is judged by one of all processes."""

    store: Store
    holder: str
    watch: Watch
    itself: str
    stuck_after: float
    gained: Callable[[], None]
    judge_itself: Callable[[datetime, Fence], None]
    mishap: Callable[[str], None]
    _held: Mapping[str, Fence] = field(default_factory=dict[str, Fence])
    _until: float = 0.0
    _began: float | None = None
    ticks: int = 0
    _more: bool = False
    _ticked: float = field(default_factory=time.monotonic)

    @property
    def fences(self) -> Mapping[str, Fence]:
        """What is held now; nothing when it could not be prolonged in time, as after a sleep."""
        return self._held if time.monotonic() < self._until else {}

    @property
    def is_ticking(self) -> bool:
        """Whether a tick is under way."""
        return self._began is not None

    @property
    def tick_age(self) -> float:
        """Seconds since the last tick came to its end."""
        return time.monotonic() - self._ticked

    @property
    def is_stuck(self) -> bool:
        """Whether a tick has been under way for too long to come back."""
        began = self._began
        return began is not None and time.monotonic() - began > self.stuck_after

    def share(self, _: datetime) -> None:
        """Prolong, give up and take leases; a process whose tick hangs leaves the databases to others."""
        asked = time.monotonic()
        try:
            held = self._shared()
        except ScoutError as error:
            log.warning("the leases could not be prolonged: %s", error)
            return
        self._more = self._more or bool(held.keys() - self.fences.keys())
        self._held, self._until = held, asked + LEASE_SECONDS
        if not self.is_ticking:
            self._tell()

    def tick(self, at: datetime) -> None:
        """Go round what is held."""
        self._began = time.monotonic()
        try:
            fences = self.fences
            self.watch.tick(at, fences)
            if self.itself in fences:
                self.judge_itself(at, fences[self.itself])
            self._ticked = time.monotonic()
            self.ticks += 1
        finally:
            self._began = None
            self._tell()

    def let_go(self) -> None:
        """Leave everything to the others, who need not wait for it."""
        self._held = {}
        self.store.let_go(self.holder)

    def _shared(self) -> Mapping[str, Fence]:
        if not self.is_stuck:
            return self.store.share(self.holder, self._names(), LEASE_SECONDS)
        self.store.let_go(self.holder)
        self.mishap(f"the watch has been at one round for more than {self.stuck_after:.0f} s")
        return {}

    def _tell(self) -> None:
        """What came in the middle of a round is gone round as well."""
        if self._more:
            self._more = False
            self.gained()

    def _names(self) -> list[str]:
        return [*self.watch.awake, self.itself]
