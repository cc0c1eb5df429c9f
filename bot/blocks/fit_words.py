"""Blocks of text within Slack's limits: sections, headers, contexts, pictures, markdown."""

from collections.abc import Sequence

from pydantic import JsonValue

from bot.blocks.fit_presses import fit_elements
from bot.blocks.pieces import Block, put
from bot.blocks.reading import blocks_of, built, plain_object, text_object, text_of
from bot.blocks.words import shorten

MARKDOWN_CHARACTERS = 12_000
_SECTION_CHARACTERS = 3000
_FIELD_CHARACTERS = 2000
_URL_CHARACTERS = 3000


def fit_section(block: Block) -> list[Block]:
    """A section, or several where its text is split at its lines."""
    texts = _paragraphs(block.get("text"))
    fields = [fitted for one in blocks_of(block.get("fields")) if (fitted := text_object(one, _FIELD_CHARACTERS))][:10]
    beside = fit_elements([block.get("accessory")])
    if not texts and not fields:
        return []
    first = built(block, text=_first(texts), fields=[*fields], accessory=_first(beside))
    rest: list[Block] = [{"type": "section", "text": text} for text in texts[1:]]
    return [first, *rest]


def _first(blocks: Sequence[Block]) -> Block | None:
    return blocks[0] if blocks else None


def _paragraphs(value: JsonValue) -> list[Block]:
    if not isinstance(value, dict):
        return []
    pieces = [put(value, text=piece) for piece in _at_lines(text_of(value.get("text")), _SECTION_CHARACTERS)]
    return [fitted for piece in pieces if (fitted := text_object(piece, _SECTION_CHARACTERS))]


def _at_lines(text: str, limit: int) -> list[str]:
    """Pieces of a text that begin and end with a line; a line that is longer than the limit alone is left to be cut."""
    pieces = [""]
    for one in text.split("\n"):
        joined = f"{pieces[-1]}\n{one}" if pieces[-1] else one
        if len(joined) <= limit or not pieces[-1]:
            pieces[-1] = joined
        else:
            pieces.append(one)
    return pieces


def fit_header(block: Block) -> list[Block]:
    """A header."""
    text = plain_object(block.get("text"), 150)
    return [built(block, text=text)] if text else []


def fit_context(block: Block) -> list[Block]:
    """Small print, in several blocks when it has more than ten elements."""
    shown = [fitted for one in blocks_of(block.get("elements")) if (fitted := _context_element(one))]
    first, *rest = range(0, len(shown), 10) or [0]
    drawn: list[Block] = [{"type": "context", "elements": [*shown[at : at + 10]]} for at in rest]
    return [built(block, elements=[*shown[first : first + 10]]), *drawn] if shown else []


def _context_element(element: Block) -> Block | None:
    return _picture(element) if element.get("type") == "image" else text_object(element, _SECTION_CHARACTERS)


def fit_image(block: Block) -> list[Block]:
    """A picture with words for those who do not see it."""
    picture, title = _picture(block), plain_object(block.get("title"), 2000)
    return [built(block, **{key: one for key, one in picture.items() if key != "type"}, title=title)] if picture else []


def _picture(image: Block) -> Block | None:
    """The picture itself, by a public address or by the id of a file in Slack."""
    url, words = text_of(image.get("image_url")), shorten(text_of(image.get("alt_text")), 2000) or "picture"
    file = image.get("slack_file")
    name = text_of(file.get("id")) if isinstance(file, dict) else ""
    if url and len(url) <= _URL_CHARACTERS:
        return {"type": "image", "image_url": url, "alt_text": words}
    return {"type": "image", "slack_file": {"id": name}, "alt_text": words} if name else None


def fit_markdown(block: Block) -> list[Block]:
    """A markdown block."""
    text = shorten(text_of(block.get("text")), MARKDOWN_CHARACTERS)
    return [built(block, text=text)] if text.strip() else []


def fit_divider(block: Block) -> list[Block]:
    """A rule."""
    return [built(block)]
