"""What recurs by itself: jobs that become plans at their times."""

from bot.routine.routine import Routine

__all__ = ["Routine"]
