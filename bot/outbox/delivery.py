"""Delivers one message, when its turn has come; what Slack answers is for the caller to settle."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.blocks import Drawn, draw_front_page, draw_report
from bot.chat import HOMES, Call, Card, Home, Lane, Notice, Post, Sheet, Whisper
from bot.front_page import FrontPage
from bot.outbox.administrator import Administrator
from bot.outbox.drawing import Drawing
from bot.outbox.pace import Paces
from bot.outbox.speaker import Busy, Gone, NotDrawable, Refused, Speaker, Unseen
from bot.store import Store

BELOW_SECONDS = 0.3
"""How long a message waits at a time for the one that must come first: a post for its card, a call for the call before it."""


class Fronts(Protocol):
    """The pages of the home tabs."""

    def page(self, person: str) -> FrontPage | None:
        """What is to stand there now; None when it does already, or when nobody is to be shown anything."""
        ...

    def published(self, person: str, page: FrontPage) -> None:
        """It stands there."""
        ...

    def refused(self, person: str) -> None:
        """Slack will never take it."""
        ...


@dataclass(frozen=True)
class Delivery:
    """Says what a notice tells, keeping to the paces."""

    store: Store
    speaker: Speaker
    drawing: Drawing
    administrator: Administrator
    paces: Paces
    call: Callable[[Call], None] | None = None
    fronts: Fronts | None = None

    def deliver(self, notice: Notice) -> float:
        """Send it and mark it sent; 0 when it is over, else the seconds to wait.

        Raises:
            Busy, Refused, Unavailable: Slack did not take it.
        """
        message = notice.message
        if isinstance(message, Card | Post) and not message.channel:
            self._sent(notice)  # asked for at a terminal, and the settings name no channel
            return 0
        if isinstance(message, Card):
            return self._card(notice, message)
        if isinstance(message, Post | Sheet):
            placed = self._placed(message)
            return BELOW_SECONDS if placed is None else self._put(notice, message, *placed)
        if isinstance(message, Home):
            return self._home(notice, message)
        if isinstance(message, Call):
            if self._is_overtaking(notice, message):
                return BELOW_SECONDS
            self._call(message)
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

    def _is_overtaking(self, notice: Notice, call: Call) -> bool:
        """A receiver that hears of the end of an incident before its beginning would leave it open for ever."""
        before = [one.message for one in self.store.waiting_before(notice)]
        return any(isinstance(one, Call) and one.incident == call.incident for one in before)

    def _call(self, message: Call) -> None:
        if self.call is None:
            raise Refused(f"nothing here calls {message.channel}")
        self.call(message)

    def _whisper(self, notice: Notice, message: Whisper) -> None:
        share = notice.id if message.share else ""
        drawn = draw_report(message.report, share=share, more=notice.id, why=message.why)
        self.speaker.whisper(message, drawn)

    def _home(self, notice: Notice, home: Home) -> float:
        wait = self.paces.post_wait(HOMES)
        if wait:
            return wait
        page = self.fronts.page(home.person) if self.fronts else None
        if self.fronts and page is not None:
            try:
                self.speaker.publish(home.person, draw_front_page(page))
            except Refused:
                self.fronts.refused(home.person)
                raise
            self.fronts.published(home.person, page)
        self._sent(notice)
        return 0

    def _card(self, notice: Notice, card: Card) -> float:
        there = self.store.card(card.key) or self._standing_card(notice, card)
        if there is None:
            return self._first(notice, card)
        wait = self.paces.edit_wait(card.key, urgent=notice.lane is Lane.PAGE, progress=notice.lane is Lane.PROGRESS)
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
        wait = self.paces.post_wait(card.channel, urgent=notice.lane is Lane.PAGE)
        if wait:
            return wait
        try:
            channel, ts = self._say(notice, card.channel, None, drawn, card.key)
        except NotDrawable:
            channel, ts = self._say(notice, card.channel, None, self._plainer(card) or drawn, card.key)
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

    def _post(self, notice: Notice, post: Post, channel: str, thread: str | None) -> float:
        if (ts := self._standing(notice, channel, thread, notice.id)) is None:
            wait = self.paces.post_wait(channel, urgent=notice.lane is Lane.PAGE)
            if wait:
                return wait
            drawn = draw_report(post.report, by=post.by, mention=post.mention, more=notice.id, why=post.why)
            _, ts = self._say(notice, channel, thread, drawn, notice.id)
        self._sent(notice, ts, channel)
        return 0

    def _placed(self, message: Post | Sheet) -> tuple[str, str | None] | None:
        """In which conversation and thread it belongs; None as long as the card that it belongs to comes."""
        if not message.below:
            return message.channel, message.thread
        comes = self.store.awaits_card(message.below)  # asked first: a card that is sent in between is found then
        there = self.store.card(message.below)
        if there is None and comes:
            return None
        return there or (message.channel, None)  # a card that Slack never takes must not keep its page to itself

    def _put(self, notice: Notice, message: Post | Sheet, channel: str, thread: str | None) -> float:
        if isinstance(message, Post):
            return self._post(notice, message, channel, thread)
        self.speaker.send_sheet(message.model_copy(update={"channel": channel, "thread": thread}))
        self._sent(notice)
        return 0

    # --- a post that may stand there already

    def _say(self, notice: Notice, channel: str, thread: str | None, drawn: Drawn, key: str) -> tuple[str, str]:
        """Post, with a word before: a process that dies in between knows that it has to look before it posts again."""
        with self.store.change() as change:
            change.posting(notice.id, begun=True)
        try:
            return self.speaker.post(channel, thread, drawn, key)
        except (Busy, Refused):  # it stands nowhere; of any other trouble that is not known
            with self.store.change() as change:
                change.posting(notice.id, begun=False)
            raise

    def _standing_card(self, notice: Notice, card: Card) -> tuple[str, str] | None:
        ts = self._standing(notice, card.channel, None, card.key)
        if ts is None:
            return None
        with self.store.change() as change:
            change.placed(card.key, card.channel, ts)
        return card.channel, ts

    def _standing(self, notice: Notice, channel: str, thread: str | None, key: str) -> str | None:
        """Where a message stands whose post was begun, and whose end nobody knows."""
        if notice.posting is None:
            return None
        try:
            return self.speaker.find(channel, thread, key, notice.posting)
        except Unseen as unseen:
            self.administrator.unseen(channel, str(unseen))
            return None

    def _sent(self, notice: Notice, ts: str = "", channel: str = "") -> None:
        with self.store.change() as change:
            change.sent(notice.id, ts, channel)
