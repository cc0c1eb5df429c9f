"""What people do with an answer: share it, see the rest of it, take its tables with them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.blocks import as_csv
from bot.chat import Lane, Notice, Post, Pressed, Profile, Sheet, Verb, Whisper
from bot.desk.duty import Duty, notice, said
from bot.errors import TooLate, Unavailable
from bot.policy import Deed
from bot.report import Report
from bot.store import Store


@dataclass(frozen=True)
class Answers:
    """The buttons of an answer; `reachable` says whether the bot can post in a channel."""

    store: Store
    reachable: Callable[[str], bool]

    @property
    def duties(self) -> Mapping[Verb, Duty]:
        """Its buttons."""
        return {
            Verb.SHARE: Duty(Deed.SHARE, self._share),
            Verb.MORE: Duty(Deed.LOOK, self._more),
            Verb.SHEET: Duty(Deed.LOOK, self._sheet),
        }

    def _share(self, pressed: Pressed, who: Profile) -> Report:
        there = self.store.notice(pressed.subject)
        if there is None or not isinstance(there.message, Whisper) or there.message.person != who.id:
            raise TooLate("I no longer have this answer. Ask again.")
        message = there.message
        if not self.reachable(message.channel):
            raise Unavailable(
                "I cannot post in this channel, so I cannot share it here. Type `/invite @Scout`, then press again."
            )
        shared = Post(channel=message.channel, thread=message.thread, report=message.report, by=who.id)
        told = Notice(id=f"share:{there.id}", lane=Lane.ANSWER, message=shared, due=self.store.now())
        if self.store.notice(told.id) is not None:
            raise TooLate("It is shared already.")
        with self.store.change() as change:
            change.put_notice(told)  # its id is made from the answer's: however often it is pressed, it is posted once
        return said("Shared with this channel.")

    def _more(self, pressed: Pressed, who: Profile) -> Report:
        """The parts behind *More*, as a report of their own."""
        report = self._given(pressed, who)
        return report.model_copy(update={"parts": report.more, "more": (), "notes": (), "buttons": ()})

    def _sheet(self, pressed: Pressed, who: Profile) -> Report:
        """The tables of an answer as a file: in its thread, or directly to the person when nobody else sees the answer."""
        report = self._given(pressed, who)
        name = f"{report.title.lower().replace(' ', '-')}.csv"
        sheet = Sheet(channel=pressed.place.channel, name=name, title=report.title, text=as_csv(report))
        where = {"thread": pressed.place.thread or pressed.on} if pressed.on else {"person": who.id}
        at = self.store.now()
        with self.store.change() as change:
            change.put_notice(notice(sheet.model_copy(update=where), Lane.ANSWER, at))
        return said("The sheet comes into the thread." if pressed.on else "The sheet comes to you directly.")

    def _given(self, pressed: Pressed, who: Profile) -> Report:
        """The answer that a button stands on, when it is one that this person has seen."""
        there = self.store.notice(pressed.subject)
        if there is None or not isinstance(there.message, Post | Whisper):
            raise TooLate("I no longer have this answer. Ask again.")
        if isinstance(there.message, Whisper) and there.message.person != who.id:
            raise TooLate("This answer was for somebody else. Ask for yourself.")
        return there.message.report
