"""Slack's door: what comes in becomes an inbox row, what goes out is spoken here."""

from bot.slack.app import build_app
from bot.slack.dialogs import SlackDialogs
from bot.slack.directory import Directory
from bot.slack.speaker import SlackSpeaker, web_client

__all__ = ["Directory", "SlackDialogs", "SlackSpeaker", "build_app", "web_client"]
