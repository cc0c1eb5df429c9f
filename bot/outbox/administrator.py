"""Tells the administrators what Slack will never take, and what Scout cannot see: nobody else would hear of it."""

import logging
from dataclasses import dataclass

from bot.chat import Card, Home, Lane, Notice, Post
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


@dataclass(frozen=True)
class Administrator:
    """Writes to a channel of the settings; without one there is only the log."""

    store: Store
    channel: str

    def refused(self, notice: Notice, why: str) -> None:
        """A message will never be sent."""
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

    def _tell(self, subject: str, text: str) -> None:
        if self.channel:
            verdict = Verdict(level=Level.ALERT, text=text)
            said = Post(channel=self.channel, report=Report(title="Scout's messages", verdict=verdict))
            with self.store.change() as change:  # an id that is there already is told once
                change.put_notice(Notice(id=subject, lane=Lane.ALERT, message=said, due=change.now()))


def _named(notice: Notice) -> str:
    message = notice.message
    return f"the card {message.key}" if isinstance(message, Card) else f"a {message.kind}"
