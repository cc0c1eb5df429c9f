# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Bolt types its decorators and `authorize` loosely.
"""The Bolt application: its listeners write the inbox row, hand over and acknowledge; nothing else happens before that."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from slack_bolt import Ack, App, BoltContext, BoltResponse, Respond
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.chat import OPENING, Inbound, Pressed, bug
from bot.errors import BadInput, ScoutError
from bot.slack.payloads import (
    ACTIONS,
    DIALOGS,
    HOME_OPENED,
    Payload,
    blanks,
    fields,
    from_action,
    from_dialog,
    from_event,
    from_slash,
)

log = logging.getLogger(__name__)

_quiet = logging.getLogger("bot.slack.bolt")
_quiet.setLevel(logging.ERROR)  # Bolt warns of SLACK_BOT_TOKEN in the environment, which it is right to ignore

Receive = Callable[[Inbound], None]
Clock = Callable[[], datetime]
Open = Callable[[str, str], None]

ASIDE_THREADS = 2
NOT_NOW = 503
"""The status that leaves an event with Slack, which sends it again."""


def build_app(
    client: WebClient,
    identity: Callable[[], AuthorizeResult | None],
    receive: Receive,
    now: Clock,
    alert_channel: str,
    open_dialog: Open,
) -> App:
    """The application for one team; requests of every other team end before a listener.

    `receive` writes the row and hands it to a worker; `open_dialog` takes a press's id and its trigger. Everything is passed explicitly, because SLACK_CLIENT_ID and its kin
    in the environment would switch Bolt to OAuth.
    """

    def authorize(context: BoltContext, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        found = _ours(identity(), enterprise_id, team_id)
        if found is None:
            # There Bolt would post its refusal, and acknowledge only when that was taken.
            context["response_url"] = None
        return found

    app = App(
        client=client,
        authorize=authorize,  # pyright: ignore[reportArgumentType] - Bolt's own code takes None for "not ours"
        user_facing_authorize_error_message="Scout answers only its own workspace.",
        signing_secret="unused-in-socket-mode",  # noqa: S106 - Bolt wants one; Socket Mode requests carry no signature
        process_before_response=True,  # else Bolt looks every 10 ms whether a listener in another thread has acknowledged
        logger=_quiet,
    )
    listeners = Listeners(receive, now, alert_channel, open_dialog)
    app.command("/scout")(listeners.slash)
    app.event("app_mention", middleware=[listeners.event])(listeners.taken)
    app.event("message", middleware=[listeners.event])(listeners.taken)
    app.event("app_home_opened", middleware=[listeners.event])(listeners.taken)
    app.action(ACTIONS)(listeners.action)
    app.view(DIALOGS)(listeners.dialog)
    return app


class Listeners:
    """What Bolt calls; commands and presses are acknowledged in every case."""

    def __init__(self, receive: Receive, now: Clock, alert_channel: str, open_dialog: Open) -> None:
        self._receive, self._now, self._alert_channel, self._open = receive, now, alert_channel, open_dialog
        self._aside = ThreadPoolExecutor(ASIDE_THREADS, "aside")

    def slash(self, ack: Ack, body: dict[str, Any]) -> None:
        """A typed command; in the alert channel everybody sees what was typed."""
        _, trouble = self._take(lambda: from_slash(body, self._now()))
        if trouble:
            ack(trouble)
        elif body.get("channel_id") == self._alert_channel:
            ack(response_type="in_channel")
        else:
            ack()

    def event(self, body: dict[str, Any], next: Callable[[], object]) -> BoltResponse | None:  # noqa: A002 - Bolt's name
        """A mention, a direct message or an opened home tab; a channel's chatter is none of Scout's business.

        A middleware, since Bolt acknowledges an event before its listener runs. What could not be written down is not
        acknowledged, and Slack sends it again.
        """
        event: Payload = body.get("event") or {}
        is_ours = event.get("type") in {"app_mention", HOME_OPENED} or event.get("channel_type") == "im"
        if is_ours and self._take(lambda: self._heard(body))[1]:
            return BoltResponse(status=NOT_NOW)
        next()
        return None

    def _heard(self, body: Payload) -> Inbound | None:
        """What an event says; one that cannot be read is none, as nobody waits for an answer and Slack would send the same again."""
        try:
            return from_event(body, self._now())
        except BadInput:
            return None

    def taken(self) -> None:
        """What is left of an event to listen to: nothing."""

    def action(self, ack: Ack, body: dict[str, Any], respond: Respond, client: WebClient) -> None:
        """A pressed button; Slack shows no answer to an acknowledgement here, so trouble goes by the response URL.

        A dialog is opened beside the acknowledgement, empty, because its trigger is good for three seconds only.
        """
        item, trouble = self._take(lambda: from_action(body, self._now()))
        if not trouble and isinstance(item, Pressed) and item.verb in OPENING:
            self._open(item.id, str(body["trigger_id"]))
        ack()
        if trouble:
            # Aside: the acknowledgement leaves when this returns.
            self._aside.submit(_respond, respond, client, body, trouble)

    def dialog(self, ack: Ack, body: dict[str, Any]) -> None:
        """A dialog that was sent off; it stays open, with the reason at a field, when it was not written down."""
        wrong = blanks(body)
        if not wrong:
            _, trouble = self._take(lambda: from_dialog(body, self._now()))
            wrong = dict.fromkeys(fields(body)[:1], trouble) if trouble else {}
        ack(response_action="errors", errors=wrong) if wrong else ack()

    def _take(self, read: Callable[[], Inbound | None]) -> tuple[Inbound | None, str]:
        """Write it down; what it is, and what to tell the person when that was not possible."""
        try:
            item = read()
            if item is not None:
                self._receive(item)
        except ScoutError as error:
            log.warning("a request could not be written down: %s", error)
            return None, f"Scout cannot take this now: {error}"
        except Exception as error:  # noqa: BLE001 - whatever a payload holds, it is acknowledged
            return None, bug("taking a request", error).verdict.text
        return item, ""


def _respond(respond: Respond, client: WebClient, body: Payload, trouble: str) -> None:
    """By the response URL; the home tab has none, there by a direct message."""
    if respond.response_url:
        respond(text=trouble, response_type="ephemeral", replace_original=False)
    else:
        client.chat_postMessage(channel=body["user"]["id"], text=trouble)


def _ours(identity: AuthorizeResult | None, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
    """Who we are, for a request of our own workspace; one of our whole enterprise names no workspace."""
    if identity is None:
        return None
    ours = team_id == identity.team_id if team_id else enterprise_id and enterprise_id == identity.enterprise_id
    return identity if ours else None
