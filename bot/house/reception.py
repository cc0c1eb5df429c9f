"""What comes in: written down first, then handed to a worker; answers make way for acknowledgements."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from bot.chat import Asked, Inbound, Opened, bug
from bot.desk import Desk
from bot.errors import ScoutError, Unavailable
from bot.flow import Flow
from bot.home_tabs import HomeTabs
from bot.house.allowance import Allowance, Asking
from bot.house.turns import Turns
from bot.store import Store

log = logging.getLogger(__name__)

QUESTION_THREADS = 8
PRESS_THREADS = 4
"""Of their own, so that no tedious question keeps a Stop waiting."""
PATIENCE_SECONDS = 2.0
"""For how long a person waits for an answer without a word."""
RUSH_SECONDS = 1.0
"""For how long answers make way at most; Slack gives up on an acknowledgement after three."""


@dataclass
class Reception:
    """Takes requests and has them handled; `wake` is told after each that there may be something to send."""

    store: Store
    holder: str
    flow: Flow
    desk: Desk
    homes: HomeTabs
    wake: Callable[[], None]
    crowded: Callable[[], bool]
    allowance: Allowance
    _questions: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(QUESTION_THREADS, "question"))
    _refusals: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "refusal"))
    _presses: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(PRESS_THREADS, "press"))
    _in_hand: set[str] = field(default_factory=set[str])
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closing: bool = False

    def __post_init__(self) -> None:
        self._turns = Turns(self._questions)

    def receive(self, item: Inbound) -> None:
        """Write a request down, then hand it to a worker; one that is there already was handed over before.

        Raises:
            Unavailable: the store cannot be reached, so nothing may be acknowledged as taken.
        """
        if not self.store.receive(item, self.holder):
            return
        said = self.allowance.ask(item.person.id, item.at) if isinstance(item, Asked) else Asking.ANSWERED
        if isinstance(item, Asked) and said is not Asking.ANSWERED:
            self._refuse(item, tell=said is Asking.REFUSED)
        else:
            self.work_on(item)

    def _refuse(self, asked: Asked, *, tell: bool) -> None:
        """End a question that is one too many, beside those that are answered; never a press, which may be a Stop."""
        with suppress(RuntimeError):  # we are closing, and it stays in the inbox
            self._refusals.submit(self._put_off, asked, tell=tell)

    def _put_off(self, asked: Asked, *, tell: bool) -> None:
        with suppress(ScoutError):  # the housekeeping takes it again
            self.flow.put_off(asked, self.allowance.per_minute, tell=tell)
        self.wake()

    def work_on(self, item: Inbound) -> None:
        """Give a request of the inbox to a worker, unless one has it."""
        with self._lock:
            if item.id in self._in_hand or self._closing:
                return
            self._in_hand.add(item.id)
        if isinstance(item, Asked):
            self._turns.take(item.person.id, lambda: self._handle(item))
        else:
            self._presses.submit(self._handle, item)

    def refuse(self) -> None:
        """Hand over no more: what comes now stays in the inbox."""
        self._closing = True

    def close(self) -> None:
        """Wait for what is under way; what no worker has begun stays in the inbox."""
        self._closing = True
        for pool in (self._questions, self._presses, self._refusals):
            pool.shutdown(wait=True, cancel_futures=True)

    def _handle(self, item: Inbound) -> None:
        self._make_way()
        try:
            self._take(item)
        except Unavailable as error:  # the row stays in the inbox and is taken again by the housekeeping
            log.warning("a request waits until the store answers: %s", error)
        except Exception as error:  # noqa: BLE001 - as above
            bug("a request", error)
        finally:
            with self._lock:
                self._in_hand.discard(item.id)
        self.wake()

    def _take(self, item: Inbound) -> None:
        if isinstance(item, Opened):
            self.homes.handle(item)
            return
        self._answer(item) if isinstance(item, Asked) else self.desk.handle(item)
        if item.place.channel == item.person.id:  # pressed on the home tab
            self.homes.touched(item.person.id)

    def _answer(self, asked: Asked) -> None:
        timer = threading.Timer(PATIENCE_SECONDS, self._still, [asked])
        timer.daemon = True
        timer.start()
        try:
            self.flow.handle(asked)
        finally:
            timer.cancel()

    def _still(self, asked: Asked) -> None:
        with suppress(ScoutError):
            self.flow.still(asked)
        self.wake()

    def _make_way(self) -> None:
        """Acknowledgements first: Python runs one thread at a time, and Slack is less patient than people."""
        until = time.monotonic() + RUSH_SECONDS
        while self.crowded() and time.monotonic() < until and not self._closing:
            time.sleep(0.01)
