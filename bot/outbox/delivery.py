"""Delivers one message, when its turn has come; what Slack answers is for the caller to settle."""

from dataclasses import dataclass, field

from bot.blocks import Drawn, draw_report
from bot.chat import Card, Lane, Notice, Post, Sheet, Whisper
from bot.outbox.drawing import Drawing
from bot.outbox.pace import Paces
from bot.outbox.speaker import Gone, NotDrawable, Speaker
from bot.store import Store

BELOW_SECONDS = 0.3
"""How long a post waits at a time for the card that it belongs below."""


@dataclass(frozen=True)
class Delivery:
    """Says what a notice tells, keeping to the paces."""

    store: Store
    speaker: Speaker
    drawing: Drawing
    paces: Paces = field(default_factory=Paces)

    def deliver(self, notice: Notice) -> float:
        """Send it and mark it sent; 0 when it is over, else the seconds to wait.

        Raises:
            Busy, Refused, Unavailable: Slack did not take it.
        """
        message = notice.message
        if isinstance(message, Card):
            return self._card(notice, message)
        if isinstance(message, Post):
            return self._post(notice, message)
        if isinstance(message, Sheet):
            self.speaker.send_sheet(message)
        else:
            self._whisper(notice, message)
        self._sent(notice)
        return 0

    def hold(self, notice: Notice, seconds: float) -> None:
        """Slack asked to wait: nothing of this kind goes out before."""
        message = notice.message
        if isinstance(message, Card) and self.store.card(message.key) is not None:
            self.paces.hold_edits(seconds)
        else:
            self.paces.hold_posts(message.channel, seconds)

    def _whisper(self, notice: Notice, message: Whisper) -> None:
        drawn = draw_report(message.report, share=notice.id if message.share else "", more=notice.id)
        self.speaker.whisper(message, drawn)

    def _card(self, notice: Notice, card: Card) -> float:
        there = self.store.card(card.key)
        if there is None:
            return self._first(notice, card)
        wait = self.paces.edit_wait(card.key, progress=notice.lane is Lane.PROGRESS)
        if wait:
            return wait
        drawn = self.drawing.draw(card, native=True)
        try:
            if drawn is not None:
                self._edit(card, there, drawn)
        except Gone:  # somebody deleted it: it is posted anew
            return self._first(notice, card)
        self._sent(notice, there[1], there[0])
        return 0

    def _first(self, notice: Notice, card: Card) -> float:
        drawn = self.drawing.draw(card, native=True)
        if drawn is None:
            self._sent(notice)
            return 0
        wait = self.paces.post_wait(card.channel)
        if wait:
            return wait
        try:
            channel, ts = self.speaker.post(card.channel, None, drawn, card.key)
        except NotDrawable:
            channel, ts = self.speaker.post(card.channel, None, self._plainer(card) or drawn, card.key)
        self.paces.shown(card.key)
        self._sent(notice, ts, channel)
        return 0

    def _edit(self, card: Card, there: tuple[str, str], drawn: Drawn) -> None:
        try:
            self.speaker.edit(*there, drawn, card.key)
        except NotDrawable:
            self.speaker.edit(*there, self._plainer(card) or drawn, card.key)
        self.paces.shown(card.key)

    def _plainer(self, card: Card) -> Drawn | None:
        return self.drawing.draw(card, native=False)

    def _post(self, notice: Notice, post: Post) -> float:
        channel, thread = post.channel, post.thread
        if post.below:
            there = self.store.card(post.below)
            if there is None:
                return BELOW_SECONDS
            channel, thread = there
        wait = self.paces.post_wait(channel)
        if wait:
            return wait
        drawn = draw_report(post.report, by=post.by, mention=post.mention, more=notice.id)
        _, ts = self.speaker.post(channel, thread, drawn, notice.id)
        self._sent(notice, ts, channel)
        return 0

    def _sent(self, notice: Notice, ts: str = "", channel: str = "") -> None:
        with self.store.change() as change:
            change.sent(notice.id, ts, channel)
