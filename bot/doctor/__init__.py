"""Examines what Scout needs, line by line, each with the next step when something is wrong."""

from bot.doctor.examine import examine, roles

__all__ = ["examine", "roles"]
