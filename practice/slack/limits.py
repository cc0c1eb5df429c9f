"""Slack's limits: what it refuses, said in its own words."""

from practice.slack.wire import Json


def message_problems(message: Json) -> list[str]:
    """Return what is wrong with the blocks of a message."""
    return []


def view_problems(view: Json) -> list[str]:
    """Return what is wrong with a view."""
    return []


MAX_MESSAGE_TEXT = 40_000


def message_size_error(message: Json) -> str:
    return ""
