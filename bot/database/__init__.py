"""The databases in Scout's care: read in one round trip with short limits, changed on a connection of their own."""

from bot.database.operation import Operation, Ran
from bot.database.refusal import Locked, Stopped
from bot.database.watched import Watched

__all__ = ["Locked", "Operation", "Ran", "Stopped", "Watched"]
