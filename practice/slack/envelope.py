"""What Slack tells the app over a socket, and the app's acknowledgement."""

import asyncio
import json
from dataclasses import dataclass, field

from practice.slack.wire import Json, new_id

ACK_SECONDS = 3.0
"""How long Slack waits for an acknowledgement before it tells the person that the app failed."""


@dataclass(frozen=True)
class Acknowledgement:
    """One delivery that the app acknowledged, with the seconds it took."""

    envelope_id: str
    kind: str
    seconds: float
    attempt: int
    payload: Json


@dataclass
class Envelope:
    """Something Slack tells the app, until it is acknowledged."""

    kind: str
    payload: Json
    answer: asyncio.Future[Json]
    id: str = field(default_factory=lambda: new_id("").lower() + "-envelope")
    attempt: int = 0
    reason: str = ""
    sent_at: float = 0.0
    holder: int | None = None
    sendings: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    """When it went out, and by which socket; more than once when Slack sent it again."""

    @property
    def is_event(self) -> bool:
        """Whether it is an event, which Slack sends again when nobody acknowledges."""
        return self.kind == "events_api"

    async def acknowledged(self) -> Json:
        """Return what the app acknowledged with; raises TimeoutError after Slack's three seconds."""
        return await asyncio.wait_for(asyncio.shield(self.answer), ACK_SECONDS)

    def frame(self) -> str:
        """Return the text frame."""
        body: Json = {
            "envelope_id": self.id,
            "payload": self.payload,
            "type": self.kind,
            "accepts_response_payload": not self.is_event,
        }
        if self.attempt or self.is_event:
            body |= {"retry_attempt": self.attempt, "retry_reason": self.reason}
        return json.dumps(body)
