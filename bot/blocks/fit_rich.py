"""Rich text within Slack's limits, of the elements that Scout draws with; each uses up a part of the room."""

from collections.abc import Callable, Sequence

from pydantic import JsonValue

from bot.blocks.pieces import Block
from bot.blocks.reading import blocks_of, built, text_of, whole_of
from bot.blocks.words import shorten

RICH_CHARACTERS = 9_000
_STYLES = ("bold", "italic", "strike", "code")


class Room:
    """How many characters may still be shown."""

    def __init__(self, characters: int) -> None:
        self._left = characters

    def take(self, text: str) -> str:
        """As much of a text as there is room for."""
        taken = shorten(text, self._left) if self._left > 1 else ""
        self._left -= len(text)
        return taken


def fit_rich_text(block: Block, characters: int = RICH_CHARACTERS) -> list[Block]:
    """A rich text without empty elements, cut where the room ends."""
    room = Room(characters)
    shown = [fitted for one in blocks_of(block.get("elements")) if (fitted := _holder(one, room))]
    return [built(block, elements=[*shown])] if shown else []


def _holder(holder: Block, room: Room) -> Block | None:
    """A line, a list, a quote or code."""
    kind = text_of(holder.get("type"))
    if kind == "rich_text_list":
        return _list(holder, room)
    if kind not in {"rich_text_section", "rich_text_quote", "rich_text_preformatted"}:
        return None
    known = {"text"} if kind == "rich_text_preformatted" else set(_PARTS)
    parts = [one for one in blocks_of(holder.get("elements")) if text_of(one.get("type")) in known]
    return _with(kind, [fitted for one in parts if (fitted := _PARTS[text_of(one["type"])](one, room))])


def _list(holder: Block, room: Room) -> Block | None:
    lines = [one for one in blocks_of(holder.get("elements")) if one.get("type") == "rich_text_section"]
    drawn = _with("rich_text_list", [fitted for one in lines if (fitted := _holder(one, room))])
    style = "ordered" if holder.get("style") == "ordered" else "bullet"
    return {**drawn, "style": style} if drawn else None


def _with(kind: str, elements: Sequence[Block]) -> Block | None:
    return {"type": kind, "elements": [*elements]} if elements else None


def _text(part: Block, room: Room) -> Block | None:
    text = room.take(text_of(part.get("text")))
    asked = part.get("style")
    style: dict[str, JsonValue] = {key: True for key in _STYLES if isinstance(asked, dict) and asked.get(key) is True}
    drawn: Block = {"type": "text", "text": text}
    return ({**drawn, "style": style} if style else drawn) if text else None


def _named(field: str) -> Callable[[Block, Room], Block | None]:
    """An element that is an id or a name."""

    def fit_named(part: Block, room: Room) -> Block | None:
        name = text_of(part.get(field))
        return {"type": part["type"], field: name} if name and room.take(name) == name else None

    return fit_named


def _date(part: Block, room: Room) -> Block | None:
    at, shape = whole_of(part.get("timestamp")), room.take(text_of(part.get("format")))
    fallback = room.take(text_of(part.get("fallback")))
    drawn: Block = {"type": "date", "timestamp": at, "format": shape}
    if at is None or not shape:
        return None
    return {**drawn, "fallback": fallback} if fallback else drawn


_PARTS: dict[str, Callable[[Block, Room], Block | None]] = {
    "text": _text,
    "user": _named("user_id"),
    "usergroup": _named("usergroup_id"),
    "emoji": _named("name"),
    "date": _date,
}
