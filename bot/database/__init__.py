"""The databases in Scout's care: read in one round trip with short limits, changed on a connection of their own."""

from bot.database.capabilities import Capabilities, capabilities, role_script
from bot.database.operation import Operation, Ran
from bot.database.refusal import Locked, Stopped
from bot.database.watched import Advance, Watched, place

__all__ = [
    "Advance",
    "Capabilities",
    "Locked",
    "Operation",
    "Ran",
    "Stopped",
    "Watched",
    "capabilities",
    "place",
    "role_script",
]
