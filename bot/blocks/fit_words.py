"""Blocks of text within Slack's limits: sections, headers, contexts, pictures, markdown, rich text."""

from pydantic import JsonValue

from bot.blocks.fit_presses import fit_elements, part_of
from bot.blocks.pieces import Block, put
from bot.blocks.reading import blocks_of, text_object, text_of
from bot.blocks.words import shorten

MARKDOWN_CHARACTERS = 12_000
RICH_CHARACTERS = 9_000
_SECTION_CHARACTERS = 3000
_URL_CHARACTERS = 3000


def fit_section(block: Block) -> list[Block]:
    """A section, or several where its text is split at its lines."""
    texts = _paragraphs(block.get("text"))
    fields = [fitted for one in blocks_of(block.get("fields")) if (fitted := text_object(one, 2000))]
    if not texts and not fields:
        return []
    first = {key: one for key, one in block.items() if key not in {"text", "fields", "accessory"}}
    accessory = fit_elements([block.get("accessory")])
    parts = {"text": texts[:1], "accessory": accessory}
    first = put(first, **{key: some[0] for key, some in parts.items() if some})
    rest: list[Block] = [{"type": "section", "text": text} for text in texts[1:]]
    return [put(first, fields=[*fields[:10]]) if fields else first, *rest]


def _paragraphs(value: JsonValue) -> list[Block]:
    if not isinstance(value, dict):
        return []
    pieces = [put(value, text=piece) for piece in _at_lines(text_of(value.get("text")), _SECTION_CHARACTERS)]
    return [fitted for piece in pieces if (fitted := text_object(piece, 3000))]


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
    text = text_object(block.get("text"), 150)
    return [put(block, text=put(text, type="plain_text"))] if text else []


def fit_context(block: Block) -> list[Block]:
    """Small print, in several blocks when it has more than ten elements."""
    shown = [fitted for one in blocks_of(block.get("elements")) if (fitted := _context_element(one))]
    return [part_of(block, at, shown[at : at + 10]) for at in range(0, len(shown), 10)]


def _context_element(element: Block) -> Block | None:
    return (fit_image(element) or [None])[0] if element.get("type") == "image" else text_object(element, 3000)


def fit_image(block: Block) -> list[Block]:
    """A picture with words for those who do not see it."""
    url = text_of(block.get("image_url"))
    if len(url) > _URL_CHARACTERS or not (url or isinstance(block.get("slack_file"), dict)):
        return []
    title = text_object(block.get("title"), 2000)
    rest = {key: one for key, one in block.items() if key != "title"}
    drawn = put(rest, alt_text=shorten(text_of(block.get("alt_text")), 2000) or "picture")
    return [put(drawn, title=title) if title else drawn]


def fit_markdown(block: Block) -> list[Block]:
    """A markdown block."""
    text = shorten(text_of(block.get("text")), MARKDOWN_CHARACTERS)
    return [put(block, text=text)] if text.strip() else []


def fit_divider(block: Block) -> list[Block]:
    """A rule."""
    return [block]


def fit_rich_text(block: Block, room: int = RICH_CHARACTERS) -> list[Block]:
    """A rich text without empty elements, cut where the room ends."""
    budget = [room]
    shown = [fitted for one in blocks_of(block.get("elements")) if (fitted := _rich(one, budget))]
    return [put(block, elements=[*shown])] if shown else []


def _rich(element: Block, budget: list[int]) -> Block | None:
    """An element of a rich text with what is left of the budget, which it uses up."""
    if "elements" in element:
        inner = [fitted for one in blocks_of(element["elements"]) if (fitted := _rich(one, budget))]
        return put(element, elements=[*inner]) if inner else None
    text, before = text_of(element.get("text")), budget[0]
    budget[0] -= len(text) + 1
    if before <= 1 or (element.get("type") == "text" and not text):
        return None
    return put(element, text=shorten(text, before)) if text else element
