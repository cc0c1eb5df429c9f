"""The same core without Slack, for the day Slack is down: asks, decides and runs from a terminal."""

from bot.terminal.ask import Wanted, ask

__all__ = ["Wanted", "ask"]
