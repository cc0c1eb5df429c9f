"""Reading blocks that may be any JSON: what is not of the expected shape counts as absent."""

from pydantic import JsonValue

from bot.blocks.pieces import Block, put
from bot.blocks.words import shorten, shorten_markup

_UNSEEN = {"type", "action_id", "block_id", "style", "value", "task_id", "status", "url", "image_url"}


def text_of(value: JsonValue) -> str:
    """The value when it is a text, else nothing."""
    return value if isinstance(value, str) else ""


def blocks_of(value: JsonValue) -> list[Block]:
    """The objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def short(block: Block, key: str, limit: int) -> Block:
    """A block whose field is a text of at most so many characters, or absent."""
    value = block.get(key)
    if key in block and not isinstance(value, str):
        return {name: one for name, one in block.items() if name != key}
    return put(block, **{key: shorten(value, limit)}) if isinstance(value, str) and len(value) > limit else block


def text_object(value: JsonValue, limit: int) -> Block | None:
    """A text object with at most so many characters; None when it shows nothing."""
    if not isinstance(value, dict) or value.get("type") not in {"mrkdwn", "plain_text"}:
        return None
    text = text_of(value.get("text"))
    cut = shorten_markup(text, limit) if value["type"] == "mrkdwn" else shorten(text, limit)
    return put(value, text=cut) if cut.strip() else None


def label_object(value: JsonValue, limit: int) -> Block:
    """The same where Slack wants one in any case."""
    fitted = text_object(value, limit)
    return fitted or {"type": "plain_text", "text": "\u2026"}


def characters_of(value: JsonValue) -> int:
    """How many characters of text something shows, roughly as Slack counts them."""
    if isinstance(value, list):
        return sum(characters_of(one) for one in value)
    if isinstance(value, dict):
        return sum(characters_of(one) for key, one in value.items() if key not in _UNSEEN)
    return len(value) if isinstance(value, str) else 0
