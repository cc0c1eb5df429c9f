"""The whole house put together: store, databases, rivers and doors, and the order in which they open and close."""

from bot.house.house import House

__all__ = ["House"]
