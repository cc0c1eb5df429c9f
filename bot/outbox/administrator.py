"""Tells the administrators what Slack will never take, and what Scout cannot see: nobody else would hear of it."""

import logging
from dataclasses import dataclass

from bot.chat import Call, Card, Home, Lane, Notice, Post
from bot.report import Level, Report, Verdict
from bot.store import Store

log = logging.getLogger(__name__)

ADVICE = {
    "not_in_channel": "Invite Scout there: /invite @Scout.",
    "channel_not_found": "Look whether the channel in the settings is the right one, and invite Scout if it is private.",
    "is_archived": "Choose another channel in the settings, or restore this one.",
    "restricted_action": "Let Scout post there, in the settings of the channel.",
    "missing_scope": "Install Scout to the workspace again: its manifest has changed.",
    "not_enabled": "Switch on the Home Tab, in the settings of the app under App Home.",
    "user_not_in_channel": "The person has left the channel; they can ask again.",
}
FURTHER = "Tell Scout's maintainers."
UNSEEN = "unseen"
TRIES = 3
"""So often a receiver outside of the chat has failed before somebody hears of it: a moment's trouble mends itself."""


@dataclass(frozen=True)
class Administrator:
    """Writes to a channel of the settings; without one there is only the log."""

    store: Store
    channel: str

    def refused(self, notice: Notice, why: str) -> None:
        """A message will never be sent."""
        if isinstance(notice.message, Call):
            self._never(notice.message, why)
            return
        there = notice.message.channel
        log.error("a message to %s was refused for good: %s", there, why)
        advice = ADVICE.get(why, FURTHER)
        if there != self.channel:
            subject = f"home {why}" if isinstance(notice.message, Home) else notice.id  # many people have one each
            self._tell(f"refused {subject}", f"Slack refused {_named(notice)} in {there} for good: {why}. {advice}")

    def unseen(self, channel: str, why: str) -> None:
        """A message that may stand in Slack already cannot be looked for, and was posted again rather than lost."""
        log.warning("what stands in %s cannot be read (%s): a message may be there twice", channel, why)
        advice = ADVICE.get(why, FURTHER)
        text = f"After a break I cannot see what I have posted ({why} in {channel}), so a message may be there twice. {advice}"
        self._tell(f"{UNSEEN} {why}", text)

    def unreached(self, notice: Notice, call: Call, why: str) -> None:
        """A receiver does not take a call: told once, of the call that waits longest for it."""
        if notice.tries + 1 >= TRIES and not self.store.waiting_before(notice):
            text = (
                f"{why} “{call.text}” has not reached {call.channel}, and I go on trying. Call those on duty yourself."
            )
            self._tell(_trouble(notice), text)

    def reached(self, notice: Notice, call: Call) -> None:
        """A receiver has taken a call; whoever heard that it did not hears that it did."""
        if self.store.notice(_trouble(notice)) is not None:
            text = f"{call.channel} takes calls again: “{call.text}” has reached it."
            self._tell(f"{_trouble(notice)} over", text, Level.OK)

    def _never(self, call: Call, why: str) -> None:
        log.error("a call to %s was refused for good: %s", call.channel, why)
        text = f"{why}: “{call.text}” will not reach {call.channel}. Look at its address and its key in the settings."
        self._tell(f"refused {call.channel} {call.incident}", text)

    def _tell(self, subject: str, text: str, level: Level = Level.ALERT) -> None:
        if self.channel:
            verdict = Verdict(level=level, text=text)
            said = Post(channel=self.channel, report=Report(title="Scout's messages", verdict=verdict))
            with self.store.change() as change:  # an id that is there already is told once
                change.put_notice(Notice(id=subject, lane=Lane.ALERT, message=said, due=change.now()))


def _trouble(notice: Notice) -> str:
    return f"unreached {notice.id}"


def _named(notice: Notice) -> str:
    message = notice.message
    return f"the card {message.key}" if isinstance(message, Card) else f"a {message.kind}"
