"""Tables within Slack's limits: too long ones lose their last rows, and say how many."""

from collections.abc import Sequence

from pydantic import JsonValue

from bot.blocks.figures import is_figure
from bot.blocks.fit_words import fit_rich_text
from bot.blocks.pieces import Block, context, put
from bot.blocks.reading import characters_of, text_of
from bot.blocks.words import shorten

TABLE_CHARACTERS = 10_000
DATA_TABLE_CHARACTERS = 20_000
_BODIES = {"table": (99, TABLE_CHARACTERS), "data_table": (200, DATA_TABLE_CHARACTERS)}
_COLUMNS = 20
_HEAD_AND_ONE = 2


def fit_table(block: Block) -> list[Block]:
    """A `table` or `data_table` with as many rows as fit, and a line that says how many do not."""
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
    if isinstance(value, dict) and value.get("type") == "rich_text" and (fitted := fit_rich_text(value)):
        return fitted[0]
    cell: Block = value if isinstance(value, dict) else {}
    text = shorten(text_of(cell.get("text")), 2000) or "\u2013"
    number = cell.get("value")
    if cell.get("type") == "raw_number" and is_figure(number):
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
