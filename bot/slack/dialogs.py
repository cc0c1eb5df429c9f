# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Slack_sdk types its arguments and answers loosely.
"""Opens a modal within the three seconds that Slack gives, and fills it when it is known with what."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.blocks import Block, draw_dialog, draw_in_dialog, draw_waiting
from bot.chat import Place
from bot.dialog import Dialog
from bot.report import Report
from bot.slack.directory import code_of, patiently

log = logging.getLogger(__name__)

THREADS = 4
OPENED_WITHIN = 5.0
"""Seconds after which an opening that nobody has told of is not waited for: Slack takes none after three."""
REMEMBERED = 500


class SlackDialogs:
    """Modals by the press that opened them.

    The press's id is the modal's `external_id` too, so that another process can fill what a dead one has opened.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._aside = ThreadPoolExecutor(THREADS, "dialog")
        self._opened: OrderedDict[str, Future[str]] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, press: str, trigger: str) -> None:
        """Have an empty modal opened; returns at once, because the acknowledgement must not wait for it."""
        told = self._told(press)
        with self._lock:
            again = told.running() or told.done()  # the same press, which Slack sent twice
            if not again:
                told.set_running_or_notify_cancel()
        if not again:
            self._aside.submit(self._open, told, press, trigger)

    def show(self, press: str, what: Dialog | Report, place: Place) -> bool:
        """Put a dialog, or what is to be said instead, into the modal of a press; False when there is none to be seen."""
        drawn = draw_dialog(what, place) if isinstance(what, Dialog) else draw_in_dialog(what)
        try:
            view = self._told(press).result(OPENED_WITHIN)
        except NotYet:  # opened by a process that is dead, or not at all
            return bool(self._view(press, lambda: self._client.views_update(external_id=press, view=_of(press, drawn))))
        finally:
            self._forget(press)
        return bool(view and self._view(press, lambda: self._client.views_update(view_id=view, view=_of(press, drawn))))

    def _open(self, told: "Future[str]", press: str, trigger: str) -> None:
        waiting = _of(press, draw_waiting())
        told.set_result(self._view(press, lambda: self._client.views_open(trigger_id=trigger, view=waiting)))

    def _told(self, press: str) -> "Future[str]":
        """Where it is told which modal was opened for a press, whoever of the two comes first."""
        with self._lock:
            while len(self._opened) > REMEMBERED:
                self._opened.popitem(last=False)
            return self._opened.setdefault(press, Future())

    def _forget(self, press: str) -> None:
        with self._lock:
            self._opened.pop(press, None)

    def _view(self, press: str, call: Callable[[], SlackResponse]) -> str:
        """The id of the modal that Slack opened or filled; empty when it did not."""
        try:
            answer: dict[str, Any] = dict(patiently(call)["view"] or {})
        except (SlackApiError, OSError, TimeoutError) as error:
            log.warning("a dialog could not be shown: %s (%s)", code_of(error), press)
            return ""
        return str(answer["id"])


def _of(press: str, drawn: Block) -> Block:
    return {**drawn, "external_id": press}
