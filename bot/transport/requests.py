"""What Slack posts in HTTP mode: checked, read into what Socket Mode would have brought, and answered in the same request."""

import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast
from urllib.parse import parse_qsl

from aiohttp import web
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.transport.signature import Forged, OutOfTime, Signatures

log = logging.getLogger(__name__)

PATH = "/slack/events"
MOST_BYTES = 1_000_000
QUIET_SECONDS = 60.0
"""A log line for each forged request would be a gift to whoever forges them."""
UNAVAILABLE = 503
JSON, FORM = "application/json", "application/x-www-form-urlencoded"

Answer = Callable[[SocketModeRequest], Awaitable[SocketModeResponse | None]]


class NotUnderstood(Exception):
    """It is Slack's, and yet nothing that Scout knows."""


class Requests:
    """The page that Slack posts to; `answer` carries a request to the Bolt app, `refuse` says why not now.

    `doubt` hears of what Slack has signed and our clock calls too old.
    """

    def __init__(self, secret: str, answer: Answer, refuse: Callable[[], str], doubt: Callable[[], None]) -> None:
        self._signatures, self._answer, self._refuse, self._doubt = Signatures(secret), answer, refuse, doubt
        self._quiet_until = 0.0

    async def serve(self, request: web.Request) -> web.Response:
        """Answer one request; nothing of its body is read as anything before its signature holds."""
        body = await request.read()  # a longer one than the application takes ends here, with 413
        try:
            signature = self._signatures.check(request.headers, body, time.time())
        except Forged as reason:
            if isinstance(reason, OutOfTime):
                self._doubt()
            self._tell(f"a request to {PATH} was refused: {reason}")
            return _said(401, "This request is not signed by Slack, or too old.")
        answer = await self._taken(request.content_type, body, signature)
        if answer.status == UNAVAILABLE:
            self._signatures.forget(signature)
        return answer

    async def _taken(self, content_type: str, body: bytes, signature: str) -> web.Response:
        trouble = self._refuse()
        if trouble:
            return _said(UNAVAILABLE, trouble)
        try:
            kind, payload = _read(content_type, body)
        except NotUnderstood as reason:
            return _said(415 if content_type not in {JSON, FORM} else 400, str(reason))
        if payload.get("type") == "url_verification":
            return web.json_response({"challenge": str(payload.get("challenge", ""))})
        return _answered(await self._answer(SocketModeRequest(kind, signature, payload)))

    def _tell(self, what: str) -> None:
        if time.monotonic() >= self._quiet_until:
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            log.warning("%s", what)


def _answered(answer: SocketModeResponse | None) -> web.Response:
    """What nobody took is not acknowledged, so that Slack sends an event again."""
    if answer is None:
        return _said(UNAVAILABLE, "Not taken in time.")
    payload = cast("dict[str, Any] | None", answer.payload)
    return web.json_response(payload) if payload else web.Response()


def _read(content_type: str, body: bytes) -> tuple[str, dict[str, Any]]:
    """The kind of a request as Socket Mode names it, and its payload.

    Raises:
        NotUnderstood: it is neither.
    """
    if content_type == JSON:
        return "events_api", _record(body)
    if content_type != FORM:
        raise NotUnderstood(f"Slack sends {JSON} or {FORM}.")
    form = _form(body)
    return ("interactive", _record(form["payload"])) if "payload" in form else ("slash_commands", dict(form))


def _form(body: bytes) -> Mapping[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100))
    except ValueError:
        raise NotUnderstood("This is no form.") from None


def _record(text: str | bytes) -> dict[str, Any]:
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        raise NotUnderstood("This is no JSON.") from None
    if not isinstance(found, dict):
        raise NotUnderstood("This is no JSON object.")
    return cast("dict[str, Any]", found)


def _said(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n")
