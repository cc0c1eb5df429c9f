"""Small things that every part of the wire format needs."""

import re
import secrets
import time
from collections.abc import Callable
from typing import Any, TypeAlias, TypeGuard

Json: TypeAlias = dict[str, Any]
"""A JSON object as Slack sends or takes it."""

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
_TOKENS = re.compile(r"<(?:[@#][A-Z0-9]+|![a-z]+(?:\^[A-Z0-9]+)?)(?:\|[^<>]*)?>")
_MENTION = re.compile(r"([@#])([\w.-]*\w)")


class Refusal(Exception):
    """An answer of the form `{"ok": false, "error": …}`."""

    def __init__(self, error: str, **extra: object) -> None:
        super().__init__(error)
        self.error = error
        self.extra = extra

    def body(self) -> Json:
        """Return the answer's body."""
        return {"ok": False, "error": self.error, **self.extra}


class NotPossible(Exception):
    """Something that Slack's own client would not let the person do; the message is a sentence to them."""


def is_record(value: object) -> TypeGuard[Json]:
    """Tell whether a value is a JSON object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Tell whether a value is a JSON array."""
    return isinstance(value, list)


def as_record(value: object) -> Json:
    """Return the object, or an empty one for anything else."""
    return value if is_record(value) else {}


def records(value: object) -> list[Json]:
    """Return the objects of an array, and nothing of anything else."""
    return [item for item in value if is_record(item)] if is_list(value) else []


def new_id(prefix: str) -> str:
    """Make an identifier as Slack's, such as `V7K2…`."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(10))


def escape(text: str) -> str:
    """Escape the three characters that Slack's markup reserves."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """Undo `escape`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def typed_text(text: str, name_token: Callable[[str, str], str | None]) -> str:
    """Turn what a person typed into what Slack sends: escaped, with names as tokens.

    `name_token` gets the sign and the name, as `@` and `ben`, and returns the token or None.
    """
    parts: list[str] = []
    at = 0
    for token in _TOKENS.finditer(text):
        parts += [_plain(text[at : token.start()], name_token), token.group()]
        at = token.end()
    return "".join([*parts, _plain(text[at:], name_token)])


def _plain(text: str, name_token: Callable[[str, str], str | None]) -> str:
    return _MENTION.sub(lambda found: name_token(found[1], found[2]) or found[0], escape(text))


class Clock:
    """Message timestamps: seconds with six digits, each later than the one before."""

    def __init__(self) -> None:
        self._last = 0

    def ts(self) -> str:
        """Return the next timestamp, as `1790000000.000100`."""
        self._last = max(self._last + 1, time.time_ns() // 1000)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"
