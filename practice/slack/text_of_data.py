"""Tables, charts and plans as plain text."""

from typing import Any

from practice.slack.text_of_rich import rich_text
from practice.slack.wire import Json, as_record, is_record, records

WIDEST_CELL = 60
_MARKS = {"pending": "[ ]", "in_progress": "[~]", "complete": "[x]", "error": "[!]"}


def table(block: Json) -> str:
    """Return a table with aligned columns; numbers stand at the right."""
    rows: list[Any] = block.get("rows") or []
    cells = [[_cell(cell) for cell in records(row)] for row in rows]
    right = [{index for index, cell in enumerate(records(row)) if cell.get("type") == "raw_number"} for row in rows]
    widths = [
        max(len(row[index]) for row in cells if index < len(row)) for index in range(max(map(len, cells), default=0))
    ]
    return "\n".join(_line(row, widths, at_right) for row, at_right in zip(cells, right, strict=True))


def data_table(block: Json) -> str:
    """Return a data table: its caption, its header, its rows."""
    return f"{block.get('caption')}\n{table(block)}"


def _cell(cell: Json) -> str:
    text = rich_text(cell) if cell.get("type") == "rich_text" else str(cell.get("text") or cell.get("value") or "")
    text = text.replace("\n", " ")
    return text if len(text) <= WIDEST_CELL else text[: WIDEST_CELL - 1] + "…"


def _line(row: list[str], widths: list[int], at_right: set[int]) -> str:
    filled = [
        f"{cell:>{width}}" if index in at_right else f"{cell:<{width}}"
        for index, (cell, width) in enumerate(zip(row, widths, strict=False))
    ]
    return "  ".join(filled).rstrip()


def chart(block: Json) -> str:
    """Return a chart as a line for each series."""
    drawn = as_record(block.get("chart"))
    lines = [f"{one.get('name')}: {_points(one.get('data'))}" for one in records(drawn.get("series"))]
    if drawn.get("segments"):
        lines = [_points(drawn["segments"])]
    return "\n".join([f"({drawn.get('type')} chart: {block.get('title')})", *(f"  {line}" for line in lines)])


def _points(points: object) -> str:
    return ", ".join(f"{point.get('label')} {point.get('value')}" for point in records(points))


def plan(block: Json) -> str:
    """Return a plan as a list of tasks."""
    return "\n".join([str(block.get("title")), *(f"  {task(one)}" for one in records(block.get("tasks")))])


def task(card: Json) -> str:
    """Return one task with a mark for its state, its details and its output below it."""
    more = [rich_text(card[name]) for name in ("details", "output") if is_record(card.get(name))]
    below = "".join(f"\n      {line}" for part in more for line in part.split("\n") if line)
    return f"{_MARKS.get(str(card.get('status')), '[?]')} {card.get('title')}{below}"
