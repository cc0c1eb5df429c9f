"""Sends what was written down: urgent lanes first, cards drawn from the store at the last moment, nothing lost when Slack refuses."""

from bot.outbox.outbox import Outbox
from bot.outbox.pace import Tempo
from bot.outbox.speaker import Busy, Gone, NotDrawable, Refused, Speaker, Unseen

__all__ = ["Busy", "Gone", "NotDrawable", "Outbox", "Refused", "Speaker", "Tempo", "Unseen"]
