"""Tables within Slack's limits: too long ones lose their last rows, and say how many."""

from collections.abc import Sequence

from pydantic import JsonValue

from bot.blocks.figures import is_figure
from bot.blocks.fit_rich import fit_rich_text
from bot.blocks.pieces import Block, context
from bot.blocks.reading import blocks_of, built, characters_of, text_of, whole_of
from bot.blocks.words import shorten

TABLE_CHARACTERS = 10_000
DATA_TABLE_CHARACTERS = 20_000
_BODIES = {"table": (99, TABLE_CHARACTERS), "data_table": (200, DATA_TABLE_CHARACTERS)}
_COLUMNS = 20
_HEAD_AND_ONE = 2


def fit_table(block: Block) -> list[Block]:
    """A `table` or `data_table` with as many rows as fit, and a line that says how many do not."""
    limit, characters = _BODIES[str(block["type"])]
    rows = [
        [_cell(one, heads=block["type"] == "data_table" and not at) for one in row[:_COLUMNS]]
        for at, row in enumerate(_rows_of(block))
    ]
    kept = rows_within(rows[: limit + 1], characters)
    if not kept or (block["type"] == "data_table" and len(kept) < _HEAD_AND_ONE):
        return []
    rows_drawn: list[JsonValue] = [[*row] for row in _even(kept)]
    drawn = _grid(block, rows_drawn, len(kept[0])) if block["type"] == "table" else _pages(block, rows_drawn)
    return [drawn, *left_out(len(rows) - len(kept))]


def _rows_of(block: Block) -> list[list[JsonValue]]:
    rows = block.get("rows")
    return [row for row in rows if isinstance(row, list) and row] if isinstance(rows, list) else []


def _even(rows: Sequence[list[Block]]) -> list[list[Block]]:
    width = len(rows[0])
    return [(row + [_cell(None)] * width)[:width] for row in rows]


def _cell(value: JsonValue, *, heads: bool = False) -> Block:
    """A cell; the heads of a `data_table` are plain."""
    if isinstance(value, dict) and value.get("type") == "rich_text" and not heads and (fitted := fit_rich_text(value)):
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


def _grid(block: Block, rows: list[JsonValue], width: int) -> Block:
    return built(
        block, rows=rows, column_settings=[_column(one) for one in blocks_of(block.get("column_settings"))[:width]]
    )


def _column(settings: Block) -> JsonValue:
    align = text_of(settings.get("align"))
    drawn: Block = {"align": align if align in {"left", "center", "right"} else "left"}
    return {**drawn, "is_wrapped": True} if settings.get("is_wrapped") is True else drawn


def _pages(block: Block, rows: list[JsonValue]) -> Block:
    """A table that is turned page by page; its caption is for those who cannot see it too."""
    size, width = whole_of(block.get("page_size")) or 5, len(rows[0]) if isinstance(rows[0], list) else 0
    header = whole_of(block.get("row_header_column_index"))
    return built(
        block,
        caption=shorten(text_of(block.get("caption")), 300) or "\u2026",
        page_size=min(max(size, 1), 100),
        row_header_column_index=header if header is not None and 0 <= header < width else None,
        rows=rows,
    )
