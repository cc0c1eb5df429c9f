"""Claims what is due, has it delivered, and settles what became of it."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.chat import Lane, Notice, bug
from bot.command import Metric
from bot.errors import ScoutError
from bot.outbox.delivery import Delivery
from bot.outbox.drawing import Drawing
from bot.outbox.speaker import Busy, Refused, Speaker
from bot.store import Store

log = logging.getLogger(__name__)

POLL_SECONDS = 0.1
SENDERS = 4


@dataclass
class Outbox:
    """Claims due notices and sends them, each channel in its order, the channels beside each other."""

    store: Store
    holder: str
    speaker: Speaker
    metric: Callable[[str, str], Metric[Any] | None]
    mention: tuple[str, ...] = ()
    _wanted: threading.Event = field(default_factory=threading.Event)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _senders: Sequence[ThreadPoolExecutor] = ()

    def __post_init__(self) -> None:
        self._delivery = Delivery(self.store, self.speaker, Drawing(self.store, self.metric, self.mention))

    def start(self) -> None:
        """Begin to send."""
        self._senders = [ThreadPoolExecutor(1, f"sender-{number}") for number in range(SENDERS)]
        self._thread = threading.Thread(target=self._loop, name="outbox", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look now: something was written."""
        self._wanted.set()

    def stop(self, timeout: float = 5) -> None:
        """Send what is due already, as far as the time allows, and end."""
        self._over.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join(timeout)
        for sender in self._senders:
            sender.shutdown(wait=True, cancel_futures=False)

    def _loop(self) -> None:
        while True:
            over = self._over.is_set()
            try:
                found = self._round()
            except ScoutError as error:
                log.warning("the outbox cannot look: %s", error)
                found = 0
            except Exception as error:  # noqa: BLE001 - the outbox must go on
                bug("the outbox", error)
                found = 0
            if over:
                return
            if not found:
                self._wanted.wait(POLL_SECONDS)
                self._wanted.clear()

    def _round(self) -> int:
        notices = self.store.claim_notices(self.holder)
        for notice in notices:
            self._senders[hash(notice.message.channel) % SENDERS].submit(self._send, notice)
        return len(notices)

    # --- one notice

    def _send(self, notice: Notice) -> None:
        try:
            wait = self._delivery.deliver(notice) if self.store.is_claimed(notice.id, self.holder) else 0
            if wait:
                self._later(notice, wait, tried=False)
        except Busy as busy:
            self._delivery.hold(notice, busy.seconds)
            self._later(notice, busy.seconds)
        except Refused as refusal:
            self._give_up(notice, str(refusal))
        except ScoutError as error:
            log.warning("a message could not be sent and will be tried again: %s", error)
            self._later(notice, min(2.0 ** min(notice.tries, 5), 2.0 if notice.lane is Lane.PAGE else 30.0))
        except Exception as error:  # noqa: BLE001 - a message that breaks its drawing must not stop the others
            self._give_up(notice, bug("sending", error).verdict.text)

    # --- what became of it

    def _later(self, notice: Notice, seconds: float, *, tried: bool = True) -> None:
        with self.store.change() as change:
            change.postpone(notice.id, self.store.now() + timedelta(seconds=seconds), tried=tried)

    def _give_up(self, notice: Notice, why: str) -> None:
        log.error("a message to %s was refused for good: %s", notice.message.channel, why)
        with self.store.change() as change:
            change.give_up(notice.id, why)
