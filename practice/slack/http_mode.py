"""Slack's side of HTTP mode: every delivery is signed and posted to the app."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout

from practice.slack.envelope import ACK_SECONDS, Envelope
from practice.slack.wire import Json, is_record


@dataclass(frozen=True)
class Postman:
    """Posts to one address, with the app's signing secret."""

    url: str
    secret: str

    async def post(self, envelope: Envelope) -> Json | None:
        """What the app acknowledges with; None when it does not, or too late."""
        content_type, body = encoded(envelope)
        headers = {"Content-Type": content_type, **self.signature(body)}
        if envelope.attempt:
            headers |= {"X-Slack-Retry-Num": str(envelope.attempt), "X-Slack-Retry-Reason": envelope.reason}
        try:
            async with (
                ClientSession(timeout=ClientTimeout(total=ACK_SECONDS)) as session,
                session.post(self.url, data=body, headers=headers) as answer,
            ):
                return _said(await answer.text()) if answer.ok else None
        except (ClientError, OSError, TimeoutError):
            return None

    def signature(self, body: bytes, at: float | None = None) -> dict[str, str]:
        """The two headers of a body, now or at a moment."""
        timestamp = str(int(time.time() if at is None else at))
        whole = b"v0:" + timestamp.encode() + b":" + body
        code = hmac.new(self.secret.encode(), whole, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={code}"}


def encoded(envelope: Envelope) -> tuple[str, bytes]:
    """The content type and the body in which HTTP mode carries a payload."""
    if envelope.is_event:
        return "application/json", json.dumps(envelope.payload).encode()
    form = {"payload": json.dumps(envelope.payload)} if envelope.kind == "interactive" else envelope.payload
    return "application/x-www-form-urlencoded", urlencode(form).encode()


def _said(text: str) -> Json:
    try:
        body: object = json.loads(text) if text else {}
    except ValueError:
        return {"text": text}
    return body if is_record(body) else {}
