"""Hears itself: a word to one person's direct messages has to come back through the socket, or Scout is deaf.

A silent socket can be told from its pings, but not one whose pings are answered while Slack sends no events any more. So Scout edits one
message of its own, once a minute: Slack tells every app of what changes in its direct messages (the event message.im, which it has
anyway), an edit rings nobody's bell, and it costs one of the forty edits a minute. A bot has no direct messages with itself, a channel
would need the right to hear everybody in it, and nothing else that an app may do to itself comes back as an event.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.blocks import draw_report
from bot.chat import new_id
from bot.errors import ScoutError
from bot.outbox import Gone, Speaker
from bot.report import Level, Report, Verdict
from bot.store import Store

log = logging.getLogger(__name__)

LOOP_SECONDS = 60.0
UNHEARD_ROUNDS = 2
"""After one round unheard a new socket is asked for, after two this process is deaf."""


@dataclass
class LoopBack:
    """Says a new word in each round; `renew` asks for a new socket."""

    store: Store
    speaker: Speaker
    person: str
    name: str
    renew: Callable[[], None]
    _word: str = ""
    _unheard: int = 0
    _heard: float | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether its last word has not come back yet."""
        return bool(self._word)

    @property
    def age(self) -> float | None:
        """Seconds since Scout last heard itself; None before the first time, or when it does not try."""
        return None if self._heard is None else time.monotonic() - self._heard

    def say(self, at: datetime) -> None:
        """One round: look whether the last word came back, and say the next; a Slack that takes nothing proves no deafness."""
        if not self.person:
            return
        if self._word:
            self._unheard += 1
            log.warning("Scout has not heard itself for %d rounds: a new socket is asked for", self._unheard)
            self.renew()
        word = f"{at:%Y-%m-%d %H:%M} UTC ({new_id()})"
        self._word = word
        try:
            self._show(f"Scout hears itself. {word}")
        except ScoutError as error:
            log.warning("Scout cannot speak to itself: %s", error)
            self._word = ""

    def overhear(self, payload: Mapping[str, Any]) -> None:
        """Look whether an event is Scout's own word."""
        event: dict[str, Any] = payload.get("event") or {}
        message: dict[str, Any] = event.get("message") or event
        if self._word and self._word in str(message.get("text", "")):
            self._word, self._unheard, self._heard = "", 0, time.monotonic()

    def reasons(self) -> list[str]:
        """Whether Scout is deaf."""
        deaf = self._unheard >= UNHEARD_ROUNDS
        return [f"Slack sends no events: {self._unheard} words to itself did not come back"] if deaf else []

    def _show(self, text: str) -> None:
        key = f"loop-back:{self.name}"
        drawn = draw_report(Report(title="Scout", verdict=Verdict(level=Level.INFO, text=text)))
        there = self.store.card(key)
        try:
            if there is not None:
                self.speaker.edit(*there, drawn, key)
                return
        except Gone:
            log.info("the word to itself was deleted: it is said anew")
        channel, ts = self.speaker.post(self.person, None, drawn, key)
        with self.store.change() as change:
            change.placed(key, channel, ts)
