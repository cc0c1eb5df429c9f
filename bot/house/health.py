"""Whether this process does its work, in reasons why not; and a word to the outside while all is well, which stops when it is not."""

import logging
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPException

from bot.errors import ScoutError
from bot.house.caring import Caring
from bot.house.loop_back import LoopBack
from bot.store import Store

log = logging.getLogger(__name__)

LATE_SECONDS = 120.0
"""How old the oldest unsent message may be; Slack may ask to wait for half a minute."""
DEAD_MAN_SECONDS = 60.0
DEAD_MAN_TIMEOUT = 10.0


@dataclass(frozen=True)
class Health:
    """Looks at the store, the watch and the outbox; `door` tells what is wrong with the connection to Slack.

    No tick may take `tick_late` seconds. What waits for one of the `receivers` outside of Slack says nothing about this process.
    """

    store: Store
    caring: Caring
    tick_late: float
    loop_back: LoopBack
    door: Callable[[], list[str]]
    receivers: tuple[str, ...] = ()

    def reasons(self) -> list[str]:
        """Why this process is not ready, the connection to Slack apart; empty when it is."""
        try:
            now, oldest = self.store.now(), self.store.oldest_unsent(apart=self.receivers)
        except ScoutError as error:
            return [str(error), *self._late_tick(), *self.loop_back.reasons()]
        age = (now - oldest).total_seconds() if oldest else 0.0
        waiting = [f"the oldest message to Slack has been waiting for {age:.0f} s"] if age > LATE_SECONDS else []
        return [*self._late_tick(), *self.loop_back.reasons(), *waiting]

    def _late_tick(self) -> list[str]:
        age = self.caring.tick_age
        return [f"the watch has not come round for {age:.0f} s"] if age > self.tick_late else []


@dataclass(frozen=True)
class DeadMan:
    """Calls an address outside every minute while all is well: whoever listens there raises the alarm when it falls silent."""

    url: str = field(repr=False)
    health: Health

    def call(self, _: datetime) -> None:
        """Call it now, unless something is wrong; an address that does not answer is logged without its secret."""
        if not self.url or self.health.door() or self.health.reasons():
            return
        if not self.url.startswith(("https://", "http://")):
            log.warning("the dead man's address begins with neither https:// nor http://")
            return
        try:
            with urllib.request.urlopen(self.url, timeout=DEAD_MAN_TIMEOUT) as answer:  # noqa: S310 - looked at above
                answer.read(1)
        except (urllib.error.URLError, HTTPException, OSError, ValueError) as error:
            log.warning("the dead man's address does not answer (%s)", type(error).__name__)
