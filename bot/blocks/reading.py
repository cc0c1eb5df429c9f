"""Reading blocks that may be any JSON: what is not of the expected shape counts as absent, and is not copied."""

from pydantic import JsonValue

from bot.blocks.pieces import Block
from bot.blocks.words import shorten, shorten_markup

_UNSEEN = {"type", "action_id", "block_id", "style", "value", "task_id", "status", "url", "image_url"}
_ID = 255


def text_of(value: JsonValue) -> str:
    """The value when it is a text, else nothing."""
    return value if isinstance(value, str) else ""


def whole_of(value: JsonValue) -> int | None:
    """The value when it is a whole number, else nothing."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def blocks_of(value: JsonValue) -> list[Block]:
    """The objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def built(block: Block, **fields: JsonValue) -> Block:
    """A block of the same type and id with only these fields; empty ones are left out."""
    name = shorten(text_of(block.get("block_id")), _ID)
    named: Block = {"block_id": name} if name else {}
    filled = {key: one for key, one in fields.items() if one not in (None, "", [], {})}
    return {"type": block["type"], **named, **filled}


def text_object(value: JsonValue, limit: int) -> Block | None:
    """A text object with at most so many characters; None when it shows nothing.

    It is verbatim: Slack makes no link out of an address, and no channel out of a name, that somebody gave to a table.
    """
    if not isinstance(value, dict):
        return None
    kind, text = value.get("type"), text_of(value.get("text"))
    if not text.strip() or kind not in ("mrkdwn", "plain_text"):
        return None
    if kind == "plain_text":
        return {"type": "plain_text", "text": shorten(text, limit), "emoji": value.get("emoji") is not False}
    return {"type": "mrkdwn", "text": shorten_markup(text, limit), "verbatim": True}


def plain_object(value: JsonValue, limit: int) -> Block | None:
    """A text object where Slack takes no markup."""
    text = text_of(value.get("text")) if isinstance(value, dict) else ""
    emoji = isinstance(value, dict) and value.get("emoji") is True
    return {"type": "plain_text", "text": shorten(text, limit), "emoji": emoji} if text.strip() else None


def label_object(value: JsonValue, limit: int) -> Block:
    """The same where Slack wants one in any case."""
    return plain_object(value, limit) or {"type": "plain_text", "text": "\u2026", "emoji": False}


def characters_of(value: JsonValue) -> int:
    """How many characters of text something shows, roughly as Slack counts them."""
    if isinstance(value, list):
        return sum(characters_of(one) for one in value)
    if isinstance(value, dict):
        return sum(characters_of(one) for key, one in value.items() if key not in _UNSEEN)
    return len(value) if isinstance(value, str) else 0
