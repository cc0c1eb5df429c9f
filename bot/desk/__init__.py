"""Where people decide: every press of a button and every dialog that is sent off, answered exactly once."""

from bot.desk.desk import Desk
from bot.desk.duty import Duty

__all__ = ["Desk", "Duty"]
