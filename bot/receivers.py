"""Pages for those who are called outside of the chat: PagerDuty's Events API v2, and any webhook with a signature."""

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from pydantic import SecretStr

from bot.chat import Call, CallEvent
from bot.errors import Unavailable
from bot.outbox import Busy, Refused

PAGERDUTY, WEBHOOK = "pagerduty", "webhook"
SIGNATURE = "X-Scout-Signature"
TIMEOUT_S = 5.0
LONGEST_WAIT_S = 300.0
TOO_MANY = 429
REQUEST_TIMEOUT = 408
BROKEN = 500


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)  # a proxy of the environment is used: these receivers are outside


@dataclass(frozen=True)
class PagerDuty:
    """An integration of PagerDuty; its incident has the id of Scout's."""

    key: SecretStr
    url: str

    def call(self, call: Call) -> None:
        """Trigger, acknowledge or resolve."""
        body: dict[str, Any] = {
            "routing_key": self.key.get_secret_value(),
            "event_action": call.event.value,
            "dedup_key": call.incident,
        }
        if call.event is CallEvent.TRIGGER:
            body["payload"] = {
                "summary": call.text[:1024],
                "source": call.database,
                "severity": "critical",
                "timestamp": call.at.isoformat(),
                "component": call.metric,
                "custom_details": {"since": call.since.isoformat(), "level": call.level.value},
            }
        _sent("PagerDuty", self.url, json.dumps(body).encode(), {})


@dataclass(frozen=True)
class Webhook:
    """An address that takes JSON; with a secret the body is signed with HMAC-SHA256, as `sha256=HEX`."""

    url: SecretStr
    secret: SecretStr | None = None

    def call(self, call: Call) -> None:
        """Tell what happened."""
        told = call.model_dump(mode="json", exclude={"kind", "channel"})
        body = json.dumps({"version": 1, **told}, separators=(",", ":")).encode()
        _sent("The webhook", self.url.get_secret_value(), body, self._signed(body))

    def _signed(self, body: bytes) -> Mapping[str, str]:
        if self.secret is None:
            return {}
        digest = hmac.new(self.secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()
        return {SIGNATURE: f"sha256={digest}"}


@dataclass(frozen=True)
class Receivers:
    """The receivers that the settings name, by their names."""

    known: Mapping[str, PagerDuty | Webhook] = field(default_factory=dict[str, PagerDuty | Webhook])

    @property
    def names(self) -> tuple[str, ...]:
        """Whom a page is told."""
        return tuple(self.known)

    def call(self, call: Call) -> None:
        """Say it to one of them.

        Raises:
            Busy: it asks to wait.
            Refused: it will never take it, or is not in the settings any more.
            Unavailable: try again later.
        """
        receiver = self.known.get(call.channel)
        if receiver is None:
            raise Refused(f"{call.channel} is not in the settings any more")
        receiver.call(call)


def _sent(who: str, url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Post it; what is said of a failure names neither the address nor the body, since both may hold secrets."""
    asked = urllib.request.Request(  # noqa: S310 - the settings take nothing but http:// and https://
        url, body, {"Content-Type": "application/json", "User-Agent": "scout", **headers}, method="POST"
    )
    try:
        with _OPENER.open(asked, timeout=TIMEOUT_S) as answer:
            answer.read(1000)
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(who, error) from None
    except (OSError, HTTPException, ValueError) as error:
        raise Unavailable(f"{who} cannot be reached ({type(error).__name__}).") from None


def _refusal(who: str, error: urllib.error.HTTPError) -> Exception:
    if error.code == TOO_MANY:
        return Busy(_retry_after(error.headers.get("Retry-After", "")))
    if error.code >= BROKEN or error.code == REQUEST_TIMEOUT:
        return Unavailable(f"{who} answered {error.code}.")
    return Refused(f"{who} answered {error.code}")


def _retry_after(told: str) -> float:
    try:
        return min(LONGEST_WAIT_S, max(0.2, float(told)))
    except ValueError:
        return 2.0
