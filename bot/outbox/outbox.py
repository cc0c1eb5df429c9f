"""Claims what is due, has it delivered, and settles what became of it."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from bot.chat import Call, Lane, Notice, bug
from bot.command import Metric
from bot.errors import ScoutError, Unavailable
from bot.outbox.administrator import Administrator
from bot.outbox.delivery import Delivery, Fronts
from bot.outbox.drawing import Drawing
from bot.outbox.lines import Lines
from bot.outbox.pace import Paces, Tempo
from bot.outbox.speaker import Busy, Refused, Speaker
from bot.store import Store

log = logging.getLogger(__name__)

POLL_SECONDS = 0.1
SENDERS = 4
URGENT_SENDERS = 2
"""Of their own, so that no page waits behind an answer that Slack is slow to take."""
WINDOW = 4 * SENDERS
"""How many messages are claimed at a time: what comes later and is more urgent overtakes all others."""
SENDING_S = 15.0
"""So long a claim has to hold yet when a message is sent, or another process could claim it before Slack has answered."""
LONGEST_BACK_OFF_S = 30.0
LONGEST_FOR_PAGES_S = 2.0


@dataclass
class Outbox:
    """Claims due notices and sends them: each channel in its order, the channels beside each other, pages and receivers beside all."""

    store: Store
    holder: str
    speaker: Speaker
    metric: Callable[[str, str], Metric[Any] | None]
    call: Callable[[Call], None] | None = None
    admin_channel: str = ""
    tempo: Tempo = field(default_factory=Tempo)
    fronts: Fronts | None = None
    tally: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """How often what became of a message of which lane."""
    _wanted: threading.Event = field(default_factory=threading.Event)
    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _under_way: int = 0
    _unsettled: set[str] = field(default_factory=set[str])
    """What was sent or not, and the store was gone when it was to be written down."""
    _thread: threading.Thread | None = None
    _senders: Sequence[ThreadPoolExecutor] = ()
    _urgent: ThreadPoolExecutor | None = None

    def __post_init__(self) -> None:
        self._administrator = Administrator(self.store, self.admin_channel)
        self._paces = Paces(self.tempo)
        self._lines = Lines(self._send, self.wake)
        drawing = Drawing(self.store, self.metric)
        self._delivery = Delivery(
            self.store, self.speaker, drawing, self._administrator, self._paces, self.call, self.fronts
        )

    def start(self) -> None:
        """Begin to send."""
        self._senders = [ThreadPoolExecutor(1, f"sender-{number}") for number in range(SENDERS)]
        self._urgent = ThreadPoolExecutor(URGENT_SENDERS, "sender-urgent")
        self._thread = threading.Thread(target=self._loop, name="outbox", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look now: something was written."""
        self._wanted.set()

    def share_with(self, senders: int) -> None:
        """So many processes send to this workspace, and Slack counts them together."""
        self._paces.share_with(senders)

    def stop(self, timeout: float = 5) -> None:
        """Send what is due already, as far as the time allows, and end."""
        self._over.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join(timeout)
        for sender in (*self._senders, *((self._urgent,) if self._urgent else ())):
            sender.shutdown(wait=True, cancel_futures=False)
        self._lines.close()

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
        self._let_go()
        room = WINDOW - self._under_way
        least = Lane.PROGRESS if room > 0 else Lane.PAGE
        held, busy = self._paces.held(), self._lines.busy
        notices = self.store.claim_notices(self.holder, max(room, URGENT_SENDERS), least=least, held=held, busy=busy)
        for notice in notices:
            self._hand_over(notice)
        return len(notices)

    def _let_go(self) -> None:
        """Take up again what could not be settled, as soon as the store is back: its claim would keep it for a minute."""
        with self._lock:
            unsettled = frozenset(self._unsettled)
        self.store.let_go_of_notices(self.holder, unsettled)
        with self._lock:
            self._unsettled -= unsettled

    def _hand_over(self, notice: Notice) -> None:
        if isinstance(notice.message, Call):
            self._lines.take(notice)
            return
        if notice.lane is Lane.PAGE and self._urgent is not None:
            self._urgent.submit(self._send, notice)
            return
        with self._lock:
            self._under_way += 1
        sender: Executor = self._senders[hash(notice.message.channel) % SENDERS]
        sender.submit(self._send_in_turn, notice)

    # --- one notice

    def _send_in_turn(self, notice: Notice) -> None:
        try:
            self._send(notice)
        finally:
            with self._lock:
                self._under_way -= 1
            self._wanted.set()

    def _send(self, notice: Notice) -> None:
        try:
            self._try(notice)
        except Unavailable as error:
            log.warning("what became of a message will be written down later: %s", error)
            with self._lock:
                self._unsettled.add(notice.id)

    def _try(self, notice: Notice) -> None:
        """Send it and write down what became of it.

        Raises:
            Unavailable: the store is gone.
        """
        try:
            if self.store.is_claimed(notice.id, self.holder, SENDING_S):
                self._deliver(notice)
        except Busy as busy:
            self._count("put off", notice)
            self._delivery.hold(notice, busy.seconds)
            self._later(notice, busy.seconds)
        except Refused as refusal:
            self._give_up(notice, str(refusal))
        except ScoutError as error:
            self._failed(notice, str(error))
        except Exception as error:  # noqa: BLE001 - a message that breaks its drawing must not stop the others
            self._give_up(notice, bug("sending", error).verdict.text)

    def _deliver(self, notice: Notice) -> None:
        wait = self._delivery.deliver(notice)
        if wait:
            self._later(notice, wait, tried=False)
            return
        self._count("sent", notice)
        if isinstance(notice.message, Call):
            self._administrator.reached(notice, notice.message)

    # --- what became of it

    def _later(self, notice: Notice, seconds: float, *, tried: bool = True) -> None:
        with self.store.change() as change:
            change.postpone(notice.id, change.now() + self.tempo.span(seconds), tried=tried)

    def _failed(self, notice: Notice, why: str) -> None:
        log.warning("a message could not be sent and will be tried again: %s", why)
        self._count("failed", notice)
        is_page = notice.lane is Lane.PAGE and not isinstance(notice.message, Call)
        self._later(notice, min(2.0 ** min(notice.tries, 5), LONGEST_FOR_PAGES_S if is_page else LONGEST_BACK_OFF_S))
        if isinstance(notice.message, Call):
            self._administrator.unreached(notice, notice.message, why)

    def _give_up(self, notice: Notice, why: str) -> None:
        self._count("refused", notice)
        with self.store.change() as change:
            change.give_up(notice.id, why)
        self._administrator.refused(notice, why)

    def _count(self, what: str, notice: Notice) -> None:
        with self._lock:
            self.tally[what, notice.lane.value] += 1
