"""Block by block: whatever Slack would refuse is shortened, split or left out. Source of the figures: Slack's Block Kit reference."""

import math
from collections.abc import Callable, Sequence

from pydantic import JsonValue

from bot.blocks.pieces import Block, context, put
from bot.blocks.words import shorten, shorten_markup

TABLE_CHARACTERS = 10_000
DATA_TABLE_CHARACTERS = 20_000
MARKDOWN_CHARACTERS = 12_000
RICH_CHARACTERS = 9_000
_BODIES = {"table": (99, TABLE_CHARACTERS), "data_table": (200, DATA_TABLE_CHARACTERS)}
_COLUMNS = 20
_SECTION_CHARACTERS = 3000
_VALUE_CHARACTERS = 2000
_URL_CHARACTERS = 3000
_HEAD_AND_ONE = 2
_STYLES = {"primary", "danger"}
_TASK_STATES = {"pending", "in_progress", "complete", "error"}


def fit(block: Block) -> list[Block]:
    """The same block within Slack's limits, as one, several or none; a type that Scout does not draw with is left out."""
    fitter = _FITTERS.get(str(block.get("type")))
    named = _short(block, "block_id", 255)
    return fitter(named) if fitter else []


# --- reading JSON that may be anything ---


def text_of(value: JsonValue) -> str:
    """The value when it is a text, else nothing."""
    return value if isinstance(value, str) else ""


def blocks_of(value: JsonValue) -> list[Block]:
    """The objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _short(block: Block, key: str, limit: int) -> Block:
    value = block.get(key)
    if key in block and not isinstance(value, str):
        return {name: one for name, one in block.items() if name != key}
    return put(block, **{key: shorten(value, limit)}) if isinstance(value, str) and len(value) > limit else block


def _text_object(value: JsonValue, limit: int) -> Block | None:
    if not isinstance(value, dict) or value.get("type") not in {"mrkdwn", "plain_text"}:
        return None
    text = text_of(value.get("text"))
    cut = shorten_markup(text, limit) if value["type"] == "mrkdwn" else shorten(text, limit)
    return put(value, text=cut) if cut.strip() else None


def _label(value: JsonValue, limit: int) -> Block:
    fitted = _text_object(value, limit)
    return fitted or {"type": "plain_text", "text": "\u2026"}


# --- sections, headers, contexts ---


def _section(block: Block) -> list[Block]:
    texts = _paragraphs(block.get("text"))
    fields = [fitted for one in blocks_of(block.get("fields")) if (fitted := _text_object(one, 2000))]
    if not texts and not fields:
        return []
    first = {key: one for key, one in block.items() if key not in {"text", "fields", "accessory"}}
    accessory = _elements([block.get("accessory")])
    parts = {"text": texts[:1], "accessory": accessory}
    first = put(first, **{key: some[0] for key, some in parts.items() if some})
    rest: list[Block] = [{"type": "section", "text": text} for text in texts[1:]]
    return [put(first, fields=[*fields[:10]]) if fields else first, *rest]


def _paragraphs(value: JsonValue) -> list[Block]:
    if not isinstance(value, dict):
        return []
    pieces = [put(value, text=piece) for piece in _at_lines(text_of(value.get("text")), _SECTION_CHARACTERS)]
    return [fitted for piece in pieces if (fitted := _text_object(piece, 3000))]


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


def _header(block: Block) -> list[Block]:
    text = _text_object(block.get("text"), 150)
    return [put(block, text=put(text, type="plain_text"))] if text else []


def _context(block: Block) -> list[Block]:
    shown = [fitted for one in blocks_of(block.get("elements")) if (fitted := _context_element(one))]
    return [_part(block, at, shown[at : at + 10]) for at in range(0, len(shown), 10)]


def _context_element(element: Block) -> Block | None:
    return (_image(element) or [None])[0] if element.get("type") == "image" else _text_object(element, 3000)


def _part(block: Block, at: int, elements: Sequence[Block]) -> Block:
    """A piece of a block that was split: only the first keeps the block's id."""
    rest = {key: one for key, one in block.items() if at == 0 or key != "block_id"}
    return put(rest, elements=[*elements])


# --- buttons and what else can be pressed ---


def _actions(block: Block) -> list[Block]:
    shown = _elements(block.get("elements"))
    return [_part(block, at, _own_ids(shown[at : at + 25])) for at in range(0, len(shown), 25)]


def _elements(value: JsonValue) -> list[Block]:
    return [fitted for one in blocks_of(value) if (fitted := _button(one))]


def _button(element: Block) -> Block | None:
    """A button; one whose value does not fit is left out, because a value that is cut means something else."""
    url, value = text_of(element.get("url")), text_of(element.get("value"))
    if element.get("type") != "button" or len(value) > _VALUE_CHARACTERS or len(url) > _URL_CHARACTERS:
        return None
    text = put(_label(element.get("text"), 75), type="plain_text")
    fitted = put(_short(element, "action_id", 255), text=text)
    return _styled(_confirmed(fitted))


def _styled(element: Block) -> Block:
    keep = element.get("style") in _STYLES
    return {key: one for key, one in element.items() if key != "style" or keep}


def _confirmed(element: Block) -> Block:
    asked = element.get("confirm")
    if not isinstance(asked, dict):
        return {key: one for key, one in element.items() if key != "confirm"}
    limits = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
    return put(
        element, confirm=_styled(put(asked, **{key: _label(asked.get(key), limit) for key, limit in limits.items()}))
    )


def _own_ids(elements: Sequence[Block]) -> list[Block]:
    """Elements whose action ids differ, as Slack wants within one block: those used twice are numbered."""
    ids = [text_of(element.get("action_id")) for element in elements]
    numbered = [
        f"{name[:250]}:{ids[: at + 1].count(name)}" if ids.count(name) > 1 else name for at, name in enumerate(ids)
    ]
    named = zip(elements, numbered, strict=True)
    return [put(element, action_id=name) if name else element for element, name in named]


# --- pictures, markdown, rules ---


def _image(block: Block) -> list[Block]:
    url = text_of(block.get("image_url"))
    if len(url) > _URL_CHARACTERS or not (url or isinstance(block.get("slack_file"), dict)):
        return []
    title = _text_object(block.get("title"), 2000)
    rest = {key: one for key, one in block.items() if key != "title"}
    drawn = put(rest, alt_text=shorten(text_of(block.get("alt_text")), 2000) or "picture")
    return [put(drawn, title=title) if title else drawn]


def _markdown(block: Block) -> list[Block]:
    text = shorten(text_of(block.get("text")), MARKDOWN_CHARACTERS)
    return [put(block, text=text)] if text.strip() else []


def _divider(block: Block) -> list[Block]:
    return [block]


# --- tables ---


def _table(block: Block) -> list[Block]:
    limit, characters = _BODIES[str(block["type"])]
    rows = [[_cell(one) for one in row[:_COLUMNS]] for row in _rows_of(block)]
    kept = rows_within(rows[: limit + 1], characters)
    if not kept or (block["type"] == "data_table" and len(kept) < _HEAD_AND_ONE):
        return []
    drawn = put(_settled(block, len(kept[0])), rows=[[*row] for row in _even(kept)])
    return [drawn, *left_out(len(rows) - len(kept))]


def _rows_of(block: Block) -> list[list[JsonValue]]:
    rows = block.get("rows")
    return [row for row in rows if isinstance(row, list) and row] if isinstance(rows, list) else []


def _even(rows: Sequence[list[Block]]) -> list[list[Block]]:
    width = len(rows[0])
    return [(row + [_cell(None)] * width)[:width] for row in rows]


def _cell(value: JsonValue) -> Block:
    if isinstance(value, dict) and value.get("type") == "rich_text" and (fitted := _rich_text(value)):
        return fitted[0]
    cell: Block = value if isinstance(value, dict) else {}
    text = shorten(text_of(cell.get("text")), 2000) or "\u2013"
    number = cell.get("value")
    if cell.get("type") == "raw_number" and isinstance(number, int | float) and math.isfinite(number):
        return {"type": "raw_number", "value": number, "text": text}
    return {"type": "raw_text", "text": text}


def rows_within(rows: Sequence[list[Block]], characters: int) -> list[list[Block]]:
    """As many of the first rows as their texts together allow."""
    kept: list[list[Block]] = []
    for row in rows:
        characters -= sum(characters_of(cell) for cell in row)
        if characters < 0:
            break
        kept.append(row)
    return kept


def left_out(count: int) -> list[Block]:
    """A line that says how many rows are not shown."""
    return [context(f"{count:,} more {'row' if count == 1 else 'rows'}")] if count > 0 else []


def _settled(block: Block, width: int) -> Block:
    if block["type"] == "table":
        settings = block.get("column_settings")
        return put(block, column_settings=settings[:width]) if isinstance(settings, list) else block
    size, header = block.get("page_size"), block.get("row_header_column_index")
    caption = shorten(text_of(block.get("caption")), 300) or "\u2026"
    fitted = put(block, caption=caption, page_size=min(max(size, 1), 100) if isinstance(size, int) else 5)
    out = header is not None and not (isinstance(header, int) and 0 <= header < width)
    return {key: one for key, one in fitted.items() if not (out and key == "row_header_column_index")}


# --- rich text, tasks ---


def _rich_text(block: Block, room: int = RICH_CHARACTERS) -> list[Block]:
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


def _plan(block: Block) -> list[Block]:
    asked = blocks_of(block.get("tasks"))[:50]
    tasks = [fitted for one in asked if (fitted := _task(one, RICH_CHARACTERS // len(asked)))]
    title = shorten(text_of(block.get("title")), 150) or "\u2026"
    return [put(block, title=title, tasks=[*tasks])] if tasks else []


def _task(block: Block, room: int = RICH_CHARACTERS) -> Block | None:
    if block.get("status") not in _TASK_STATES:
        return None
    texts = {key: fitted for key in ("details", "output") if (fitted := _task_text(block.get(key), room // 2))}
    rest = {key: one for key, one in block.items() if key not in {"details", "output"}}
    title, name = shorten(text_of(block.get("title")), 150), shorten(text_of(block.get("task_id")), 255)
    return put(rest, **texts, title=title or "\u2026", task_id=name or "task")


def _task_text(value: JsonValue, room: int) -> Block | None:
    """What stands below a task: a rich text with exactly one element."""
    fitted = _rich_text(value, room) if isinstance(value, dict) else []
    return put(fitted[0], elements=[*blocks_of(fitted[0]["elements"])[:1]]) if fitted else None


def _lone_task(block: Block) -> list[Block]:
    fitted = _task(block)
    return [fitted] if fitted and fitted["status"] != "pending" else []


def characters_of(value: JsonValue) -> int:
    """How many characters of text something shows, roughly as Slack counts them."""
    if isinstance(value, list):
        return sum(characters_of(one) for one in value)
    if isinstance(value, dict):
        return sum(characters_of(one) for key, one in value.items() if key not in _UNSEEN)
    return len(value) if isinstance(value, str) else 0


_UNSEEN = {"type", "action_id", "block_id", "style", "value", "task_id", "status", "url", "image_url"}

_FITTERS: dict[str, Callable[[Block], list[Block]]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "markdown": _markdown,
    "divider": _divider,
    "table": _table,
    "data_table": _table,
    "rich_text": _rich_text,
    "plan": _plan,
    "task_card": _lone_task,
}
