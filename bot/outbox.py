"""Sends what was written down: urgent lanes first, cards drawn from the store at the last moment, nothing lost when Slack refuses."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from bot.blocks import Drawn, amount, draw_approval, draw_incident, draw_report
from bot.chat import Card, Lane, Notice, Post, Sheet, Whisper, bug
from bot.command import Direction, Metric
from bot.errors import ScoutError, Unavailable
from bot.report import Button, Level, Unit
from bot.store import Store

log = logging.getLogger(__name__)

POLL_SECONDS = 0.1
POST_GAP = 1.0
POST_BURST = 5
EDIT_GAP = 1.5
EDITS_PER_MINUTE = 40
SENDERS = 4


class Busy(Unavailable):
    """Slack said 429: nothing of this kind before `seconds` have passed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Slack asks to wait {seconds:.0f} s.")
        self.seconds = seconds


class Refused(ScoutError):
    """Slack will never take this message; the text is Slack's name for why."""


class NotDrawable(Refused):
    """Slack does not know a block of this message: a plainer one may pass."""


class Gone(Refused):
    """The message that was to be edited is not there any more."""


class Speaker(Protocol):
    """What can say something in the chat."""

    def post(self, channel: str, thread: str | None, drawn: Drawn, key: str) -> tuple[str, str]:
        """Post a message; its channel and ts."""
        ...

    def edit(self, channel: str, ts: str, drawn: Drawn, key: str) -> None:
        """Replace a message."""
        ...

    def whisper(self, to: Whisper, drawn: Drawn) -> None:
        """Say something to one person, unseen by others."""
        ...

    def send_sheet(self, sheet: Sheet) -> None:
        """Send a text file."""
        ...


@dataclass
class Pace:
    """How fast one kind of message may go out: a token bucket that refills, and a time before which nothing goes."""

    per_second: float
    burst: float
    tokens: float = field(init=False)
    filled_at: float = field(default_factory=time.monotonic)
    not_before: float = 0

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def wait(self, now: float) -> float:
        """Seconds until one more may go; 0 takes a token."""
        self.tokens = min(self.burst, self.tokens + (now - self.filled_at) * self.per_second)
        self.filled_at = now
        if now < self.not_before:
            return self.not_before - now
        if self.tokens < 1:
            return (1 - self.tokens) / self.per_second
        self.tokens -= 1
        return 0


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
    _posts: dict[str, Pace] = field(default_factory=dict[str, Pace])
    _edits: Pace = field(default_factory=lambda: Pace(EDITS_PER_MINUTE / 60, 10))
    _edited_at: dict[str, float] = field(default_factory=dict[str, float])

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
            wait = self._deliver(notice) if self.store.is_claimed(notice.id, self.holder) else 0
            if wait:
                self._later(notice, wait, tried=False)
        except Busy as busy:
            self._hold(notice, busy.seconds)
            self._later(notice, busy.seconds)
        except Refused as refusal:
            self._give_up(notice, str(refusal))
        except ScoutError as error:
            log.warning("a message could not be sent and will be tried again: %s", error)
            self._later(notice, min(2.0 ** min(notice.tries, 5), 2.0 if notice.lane is Lane.PAGE else 30.0))
        except Exception as error:  # noqa: BLE001 - a message that breaks its drawing must not stop the others
            self._give_up(notice, bug("sending", error).verdict.text)

    def _deliver(self, notice: Notice) -> float:
        """Send it; 0 when it is over, else the seconds to wait."""
        message = notice.message
        if isinstance(message, Card):
            return self._card(notice, message)
        if isinstance(message, Post):
            return self._post(notice, message)
        if isinstance(message, Sheet):
            self.speaker.send_sheet(message)
            self._sent(notice)
            return 0
        drawn = draw_report(message.report, share=notice.id if message.share else "", more=notice.id)
        self.speaker.whisper(message, drawn)
        self._sent(notice)
        return 0

    def _card(self, notice: Notice, card: Card) -> float:
        there = self.store.card(card.key)
        if there is None:
            return self._first(notice, card)
        wait = self._edit_wait(notice, card.key)
        if wait:
            return wait
        drawn = self._draw(card, native=True)
        try:
            if drawn is not None:
                self._edit(card, there, drawn)
        except Gone:  # somebody deleted it: it is posted anew
            return self._first(notice, card)
        self._sent(notice, there[1], there[0])
        return 0

    def _first(self, notice: Notice, card: Card) -> float:
        drawn = self._draw(card, native=True)
        if drawn is None:
            self._sent(notice)
            return 0
        wait = self._post_wait(card.channel)
        if wait:
            return wait
        try:
            channel, ts = self.speaker.post(card.channel, None, drawn, card.key)
        except NotDrawable:
            channel, ts = self.speaker.post(card.channel, None, self._draw(card, native=False) or drawn, card.key)
        self._edited_at[card.key] = time.monotonic()
        self._sent(notice, ts, channel)
        return 0

    def _edit(self, card: Card, there: tuple[str, str], drawn: Drawn) -> None:
        try:
            self.speaker.edit(*there, drawn, card.key)
        except NotDrawable:
            self.speaker.edit(*there, self._draw(card, native=False) or drawn, card.key)
        self._edited_at[card.key] = time.monotonic()

    def _post(self, notice: Notice, post: Post) -> float:
        channel, thread = post.channel, post.thread
        if post.below:
            there = self.store.card(post.below)
            if there is None:
                return 0.3
            channel, thread = there
        wait = self._post_wait(channel)
        if wait:
            return wait
        drawn = draw_report(post.report, by=post.by, mention=post.mention, more=notice.id)
        _, ts = self.speaker.post(channel, thread, drawn, notice.id)
        self._sent(notice, ts, channel)
        return 0

    # --- drawing

    def _draw(self, card: Card, *, native: bool) -> Drawn | None:
        kind, _, subject = card.key.partition(":")
        return self._draw_approval(subject, native=native) if kind == "approval" else self._draw_incident(subject)

    def _draw_approval(self, approval_id: str, *, native: bool) -> Drawn | None:
        approval = self.store.approval(approval_id)
        if approval is None:
            return None
        measured = [one.name for one in (*approval.outcome.before, *approval.outcome.after)]
        metrics = [metric for name in dict.fromkeys(measured) if (metric := self.metric(approval.database, name))]
        steps = self.store.steps(approval_id)
        return draw_approval(approval, steps, self.store.now(), native=native, metrics=metrics)

    def _draw_incident(self, incident: str) -> Drawn | None:
        alert = self.store.incident(incident)
        if alert is None:
            return None
        metric = self.metric(alert.database, alert.metric)
        if metric is None:
            return draw_incident(alert, alert.metric, Unit.COUNT, "", (), ())
        buttons = [Button(label=text.capitalize(), text=f"{text} on {alert.database}") for text in metric.repairs]
        mention = self.mention if alert.level is Level.PAGE else ()
        return draw_incident(alert, metric.title, metric.unit, lines_of(metric), buttons, mention)

    # --- pace

    def _post_wait(self, channel: str) -> float:
        return self._posts.setdefault(channel, Pace(1 / POST_GAP, POST_BURST)).wait(time.monotonic())

    def _edit_wait(self, notice: Notice, key: str) -> float:
        """Progress keeps to the edit budget; what matters more goes at once."""
        now = time.monotonic()
        if now < self._edits.not_before:
            return self._edits.not_before - now
        if notice.lane is not Lane.PROGRESS:
            return 0
        since = now - self._edited_at.get(key, 0)
        return EDIT_GAP - since if since < EDIT_GAP else self._edits.wait(now)

    def _hold(self, notice: Notice, seconds: float) -> None:
        until = time.monotonic() + seconds
        message = notice.message
        if isinstance(message, Card) and self.store.card(message.key) is not None:
            self._edits.not_before = until
        else:
            self._posts.setdefault(message.channel, Pace(1 / POST_GAP, POST_BURST)).not_before = until

    # --- what became of it

    def _sent(self, notice: Notice, ts: str = "", channel: str = "") -> None:
        with self.store.change() as change:
            change.sent(notice.id, ts, channel)

    def _later(self, notice: Notice, seconds: float, *, tried: bool = True) -> None:
        with self.store.change() as change:
            change.postpone(notice.id, self.store.now() + timedelta(seconds=seconds), tried=tried)

    def _give_up(self, notice: Notice, why: str) -> None:
        log.error("a message to %s was refused for good: %s", notice.message.channel, why)
        with self.store.change() as change:
            change.give_up(notice.id, why)


def lines_of(metric: Metric[Any]) -> str:
    """A metric's lines in words, as "alert above 60 min, page above 120 min"."""
    if metric.unit is Unit.TEXT:
        return ""
    side = "above" if metric.worse is Direction.HIGHER else "below"
    said = f"alert {side} {amount(metric.alert, metric.unit)}"
    return said if metric.page is None else f"{said}, page {side} {amount(metric.page, metric.unit)}"
