# pyright: reportUnknownMemberType=false
# Slack_sdk types its answers loosely.
"""Waits where Slack asks to: a 429 says nothing of what was asked, least of all that a token is wrong."""

from collections.abc import Callable
from time import sleep
from typing import Any, TypeVar, cast

from slack_sdk.errors import SlackApiError

from bot.transport import SlackUnreachable

T = TypeVar("T")

PATIENCE_SECONDS = 60.0
"""For how long is waited at a time; Slack hardly ever asks for more."""
TIMES = 4
"""So often the same is asked at most."""
TOO_MANY = 429


class StillBusy(Exception):
    """Slack asks for more patience than a doctor has; the message is for a finding."""


def patiently(ask: Callable[[], T]) -> T:
    """Ask Slack, and ask again where it asks to wait.

    Raises:
        StillBusy: it asks to wait for too long, or again and again.
    """
    waits = 0
    while True:
        try:
            return ask()
        except (SlackUnreachable, SlackApiError) as error:
            seconds, waits = _retry_after(error), waits + 1
            if not seconds:
                raise
            if seconds > PATIENCE_SECONDS or waits == TIMES:
                raise StillBusy(f"Slack asks to wait for {seconds:.0f} s: examine it again then") from None
            sleep(seconds)


def _retry_after(error: SlackUnreachable | SlackApiError) -> float:
    """For how many seconds Slack asks to wait; 0 when that is not what is wrong."""
    if isinstance(error, SlackUnreachable):
        return error.retry_after
    answer = cast("Any", error.response)
    told = str(answer.headers.get("Retry-After") or answer.headers.get("retry-after") or "1")
    return (float(told) if told.isdigit() else 1.0) if answer.status_code == TOO_MANY else 0.0
