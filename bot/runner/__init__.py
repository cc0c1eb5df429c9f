"""Runs what was approved: re-checked, step by step, journaled before and after, stoppable, and found again after a crash."""

from bot.runner.hands import Tools
from bot.runner.later import SecondLook
from bot.runner.run import Runner

__all__ = ["Runner", "SecondLook", "Tools"]
