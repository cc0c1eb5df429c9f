"""Whether a request is Slack's: signed, fresh, and not seen before.

Source: Slack's manual, "Verifying requests from Slack" (v0, HMAC-SHA256, five minutes).
"""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Mapping

WINDOW_SECONDS = 300
MOST_REMEMBERED = 100_000
"""More in five minutes is no workspace; the oldest go first."""


class Forged(Exception):
    """It is not Slack's, or not now; the message is for the log, and says nothing of the secret."""


class OutOfTime(Forged):
    """It is signed by Slack, and not within the last five minutes by our clock."""


def signed(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of a body at a moment."""
    whole = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), whole, hashlib.sha256).hexdigest()


class Signatures:
    """Checks requests and remembers those of the last five minutes; Slack signs what it sends again anew."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._seen: OrderedDict[str, float] = OrderedDict()

    def check(self, headers: Mapping[str, str], body: bytes, at: float) -> str:
        """The signature of a request that is Slack's; `at` in seconds since 1970.

        Raises:
            Forged: it is not.
        """
        timestamp, signature = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12 and signature):  # noqa: PLR2004 - seconds have ten
            raise Forged("it is not signed")
        if not hmac.compare_digest(signed(self._secret, timestamp, body).encode(), signature.encode()):
            raise Forged("the signature is not Slack's; is SLACK_SIGNING_SECRET that of this app?")
        if abs(at - int(timestamp)) > WINDOW_SECONDS:
            raise OutOfTime("it is older than five minutes, or the clock of this machine is wrong")
        self._remember(signature, at)
        return signature

    def forget(self, signature: str) -> None:
        """It was not taken, so it may come again, even within the same second."""
        self._seen.pop(signature, None)

    def _remember(self, signature: str, at: float) -> None:
        """Keep it for twice the window: a timestamp may be ahead of us by as much as another is behind."""
        while self._seen and (len(self._seen) >= MOST_REMEMBERED or next(iter(self._seen.values())) < at):
            self._seen.popitem(last=False)
        if signature in self._seen:
            raise Forged("it was sent before, and Slack never sends the same twice")
        self._seen[signature] = at + 2 * WINDOW_SECONDS
