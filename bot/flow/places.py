"""Where something is said: to whom an answer goes, and in which channel a card stands."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.chat import Asked, Place, Post, Whisper
from bot.errors import Unavailable
from bot.report import Report

URL_LIFE = timedelta(minutes=30)


@dataclass(frozen=True)
class Room:
    """What is known of a channel: whether the bot can post there, and whether another company reads it."""

    reachable: bool = True
    shared_outside: bool = False


@dataclass(frozen=True)
class Places:
    """The channels of the chat, as far as Scout speaks in them."""

    room: Callable[[str], Room]
    alert_channel: str = ""

    def is_shared(self, place: Place) -> bool:
        """Whether another company reads there."""
        return not place.direct and (place.shared_outside or self.room(place.channel).shared_outside)

    def for_card(self, place: Place) -> str:
        """The channel where others can see it: here, or the alert channel when it was asked where nobody else or no bot is.

        Raises:
            Unavailable: there is no such channel; says how to make one.
        """
        if place.channel == self.alert_channel or (not place.direct and self.room(place.channel).reachable):
            return place.channel
        if self.alert_channel:
            return self.alert_channel
        if place.direct:
            return place.channel
        raise Unavailable(
            "I cannot post in this channel, so nobody could approve it. Type `/invite @Scout` here, or ask in another channel."
        )

    def addressed(self, asked: Asked, report: Report, *, private: bool = False) -> Post | Whisper:
        """Public in a direct message and in the alert channel, where what one asks all may see; mistakes are nobody else's business."""
        place = asked.place
        if place.direct or (self._is_home(place) and not private):
            return Post(channel=place.channel, thread=place.thread, report=report, by=asked.person.id)
        return Whisper(
            channel=place.channel,
            person=asked.person.id,
            thread=place.thread,
            url=asked.url,
            url_until=asked.at + URL_LIFE if asked.url else None,
            report=report,
            share=not private,
        )

    def _is_home(self, place: Place) -> bool:
        """A direct message, or the alert channel: the settings say that Scout speaks there."""
        return place.direct or place.channel == self.alert_channel
