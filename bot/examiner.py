"""Looks into incidents when they open or get worse, beside the watch: the questions that fit the metric, asked at that moment."""

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from bot.alert import Alert, Findings
from bot.chat import Lane, Notice, Post, bug, new_id
from bot.command import Metric
from bot.errors import ScoutError
from bot.report import Report
from bot.store import Store
from bot.telling import card_of, key

log = logging.getLogger(__name__)

EXAMINERS = 2
MOST_LOOKS = 3


@dataclass
class Examiner:
    """Asks with threads of its own: a slow answer keeps no tick waiting. What is wanted stands in the store, so a crash forgets none."""

    store: Store
    metric: Callable[[str, str], Metric[Any] | None]
    look: Callable[[str, str, datetime], Report]
    wake: Callable[[], None]
    _in_hand: set[str] = field(default_factory=set[str])
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(EXAMINERS, "examiner")

    def go_round(self) -> None:
        """Begin to look into whatever is wanted and not under way."""
        for incident in self.store.wanted_findings():
            with self._lock:
                if incident in self._in_hand:
                    continue
                self._in_hand.add(incident)
            self._pool.submit(self._examine, incident)

    def close(self) -> None:
        """Begin no further look."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _examine(self, incident: str) -> None:
        try:
            self.examine(incident)
        except ScoutError as error:
            log.warning("an incident could not be looked into and will be again: %s", error)
        except Exception as error:  # noqa: BLE001 - one broken look must not end the others
            bug("looking into an incident", error)
        finally:
            with self._lock:
                self._in_hand.discard(incident)
        self.wake()

    def examine(self, incident: str) -> None:
        """Ask, keep the answers, and tell them on the card and in its thread."""
        alert = self.store.incident(incident)
        at = self.store.now()
        answers = tuple(self.look(text, alert.database, at) for text in self._looks(alert)) if alert else ()
        with self.store.change() as change:
            if not change.settle_findings(incident, Findings(at=at, answers=answers)):
                return
            now = change.incident(incident)
            for notice in _told(now, answers, at) if now else ():
                change.put_notice(notice)

    def _looks(self, alert: Alert) -> Iterable[str]:
        metric = self.metric(alert.database, alert.metric)
        return metric.looks[:MOST_LOOKS] if metric else ()


def _told(alert: Alert, answers: Iterable[Report], at: datetime) -> Iterable[Notice]:
    if not alert.on_card or not alert.channel:
        return
    yield card_of(alert, Lane.ALERT, at)
    for answer in answers:
        kept = answer.model_copy(update={"buttons": ()})
        post = Post(channel=alert.channel, below=key(alert), report=kept)
        yield Notice(id=new_id(), lane=Lane.ALERT, message=post, due=at)
