"""What Slack takes as tables, charts and plans; slack_sdk checks next to nothing of it."""

from typing import Any

from practice.slack.element_rules import URL_SOURCE
from practice.slack.rich_text_rules import RICH_TEXT, RICH_TEXT_ONLY
from practice.slack.shape import Check, array, both, by_type, choice, flag, number, plain, record, string, wrong
from practice.slack.wire import Json, is_list, is_record, records

MAX_TABLE_TEXT = 10_000
MAX_DATA_TABLE_TEXT = 20_000
MAX_COLUMNS = 20
_ID = {"block_id": string(255, least=0)}
_RAW_TEXT = record({"text": string()})
_RAW_NUMBER = record({"value": number(whole=False), "text": string()})
_HEADER_CELLS: dict[str, Check] = {"raw_text": _RAW_TEXT, "raw_number": _RAW_NUMBER}
_CELLS = _HEADER_CELLS | {"rich_text": RICH_TEXT}
_COLUMN = record({}, {"align": choice("left", "center", "right"), "is_wrapped": flag})


def _column(value: Any, at: str) -> list[str]:  # noqa: ANN401 - JSON of any shape
    return [] if value is None else _COLUMN(value, at)


TABLE: Check = record(
    {"rows": array(array(by_type(_CELLS), MAX_COLUMNS), 100)},
    {**_ID, "column_settings": array(_column, MAX_COLUMNS, 0)},
)


def _data_rows(value: Any, at: str) -> list[str]:  # noqa: ANN401 - JSON of any shape
    found = array(array(by_type(_CELLS), MAX_COLUMNS), 201, 2)(value, at)
    if found:
        return found
    found = array(by_type(_HEADER_CELLS))(value[0], f"{at}/0")
    if any(len(row) != len(value[0]) for row in value):
        found += wrong("all rows must have the same number of cells", at)
    if cell_text({"rows": value}) > MAX_DATA_TABLE_TEXT:
        found += wrong(f"must be less than {MAX_DATA_TABLE_TEXT + 1} characters in all cells", at)
    return found


DATA_TABLE: Check = record(
    {"rows": _data_rows, "caption": string()},
    {**_ID, "page_size": number(1, 100), "row_header_column_index": number(0, MAX_COLUMNS - 1)},
)


def cell_text(block: Json) -> int:
    """Return how many characters the cells of a table hold."""
    rows: Any = block.get("rows")
    cells = [cell for row in rows if is_list(row) for cell in records(row)] if is_list(rows) else []
    return sum(_length(cell) for cell in cells)


def _length(value: Any) -> int:  # noqa: ANN401 - JSON of any shape
    if is_list(value):
        return sum(_length(item) for item in value)
    if not is_record(value):
        return 0
    own = len(value["text"]) if isinstance(value.get("text"), str) else 0
    return own + sum(_length(item) for item in value.values())


# -- charts

_POINT = record({"label": string(20), "value": number(whole=False)})
_SEGMENT = record({"label": string(20), "value": number(1e-12, whole=False)})
_AXES = record({"categories": array(string(20), 20)}, {"x_label": string(50), "y_label": string(50)})
_SERIES = array(record({"name": string(20), "data": array(_POINT, 20)}), 12)


def _series_fit(value: Any, at: str) -> list[str]:  # noqa: ANN401 - JSON of any shape
    wanted = list(value["axis_config"]["categories"])
    found = (
        wrong("categories must be unique", f"{at}/axis_config/categories") if len(set(wanted)) != len(wanted) else []
    )
    names = [one["name"] for one in value["series"]]
    if len(set(names)) != len(names):
        found += wrong("names of series must be unique", f"{at}/series")
    for index, one in enumerate(value["series"]):
        if sorted(point["label"] for point in one["data"]) != sorted(wanted):
            found += wrong("every category needs exactly one value", f"{at}/series/{index}/data")
    return found


_WITH_AXES = both(record({"series": _SERIES, "axis_config": _AXES}), _series_fit)
_CHARTS: dict[str, Check] = {
    "pie": record({"segments": array(_SEGMENT, 12)}),
    **dict.fromkeys(("line", "bar", "area"), _WITH_AXES),
}

DATA_VISUALIZATION: Check = record({"title": string(50), "chart": by_type(_CHARTS)}, _ID)

# -- plans

_STATUS = choice("pending", "in_progress", "complete", "error")
_TASK = record(
    {"task_id": string(255), "title": string(255), "status": _STATUS},
    {**_ID, "details": RICH_TEXT_ONLY, "output": RICH_TEXT_ONLY, "sources": array(URL_SOURCE)},
)


def _not_pending(value: Any, at: str) -> list[str]:  # noqa: ANN401 - JSON of any shape
    return wrong("a task outside a plan must not be pending", f"{at}/status") if value["status"] == "pending" else []


TASK_CARD: Check = both(_TASK, _not_pending)
PLAN: Check = record({"title": string(255)}, {**_ID, "tasks": array(by_type({"task_card": _TASK}), 50, 0)})
HEADER: Check = record({"text": plain(150)}, _ID)
