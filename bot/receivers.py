"""Pages for those who are called outside of the chat: PagerDuty's Events API v2, and any webhook with a signature."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout
from pydantic import SecretStr

from bot.chat import Call, CallEvent
from bot.errors import Unavailable
from bot.outbox import Busy, Refused

PAGERDUTY, WEBHOOK = "pagerduty", "webhook"
SIGNATURE = "X-Scout-Signature"
IDEMPOTENCY = "Idempotency-Key"
TIMEOUT_S = 5.0
LONGEST_WAIT_S = 300.0
TOO_MANY = 429
REQUEST_TIMEOUT = 408
MOVED = 300
BROKEN = 500


@dataclass(frozen=True)
class PagerDuty:
    """An integration of PagerDuty; its incident has the id of Scout's."""

    key: SecretStr
    url: str
    timeout_s: float = TIMEOUT_S

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
        _sent("PagerDuty", self.url, json.dumps(body).encode(), {}, self.timeout_s)


@dataclass(frozen=True)
class Webhook:
    """An address that takes JSON; with a secret the body is signed with HMAC-SHA256, as `sha256=HEX`.

    What is sent again after a lost answer has the same body and the same key of idempotency.
    Source: the IETF's draft "The Idempotency-Key HTTP Header Field".
    """

    url: SecretStr
    secret: SecretStr | None = None
    timeout_s: float = TIMEOUT_S

    def call(self, call: Call) -> None:
        """Tell what happened."""
        told = call.model_dump(mode="json", exclude={"kind", "channel"})
        body = json.dumps({"version": 1, **told}, separators=(",", ":")).encode()
        same = {IDEMPOTENCY: f'"{call.incident} {call.event.value} {call.at.isoformat()}"'}
        _sent("The webhook", self.url.get_secret_value(), body, {**same, **self._signed(body)}, self.timeout_s)

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


def _sent(who: str, url: str, body: bytes, headers: Mapping[str, str], timeout_s: float) -> None:
    """Post it; what is said of a failure names neither the address nor the body, since both may hold secrets."""
    told = {"Content-Type": "application/json", "User-Agent": "scout", **headers}
    try:
        status, retry_after = asyncio.run(_answer(url, body, told, timeout_s))
    except TimeoutError:
        raise Unavailable(f"{who} did not answer within {timeout_s:.0f} s.") from None
    except (ClientError, OSError, ValueError) as error:
        raise Unavailable(f"{who} cannot be reached ({type(error).__name__}).") from None
    if status >= MOVED:
        raise _refusal(who, status, retry_after)


async def _answer(url: str, body: bytes, headers: Mapping[str, str], timeout_s: float) -> tuple[int, str]:
    """The status and Retry-After. The time is that of the whole: a socket's own would begin anew with each byte that drips in."""
    limit = ClientTimeout(total=timeout_s)
    async with (
        ClientSession(
            timeout=limit, trust_env=True
        ) as outside,  # a proxy of the environment is meant for such receivers
        outside.post(url, data=body, headers=headers, allow_redirects=False) as answer,
    ):
        return answer.status, answer.headers.get("Retry-After", "")


def _refusal(who: str, status: int, retry_after: str) -> Exception:
    if status == TOO_MANY:
        return Busy(_retry_after(retry_after))
    if status >= BROKEN or status == REQUEST_TIMEOUT:
        return Unavailable(f"{who} answered {status}.")
    return Refused(f"{who} answered {status}")


def _retry_after(told: str) -> float:
    try:
        return min(LONGEST_WAIT_S, max(0.2, float(told)))
    except ValueError:
        return 2.0
