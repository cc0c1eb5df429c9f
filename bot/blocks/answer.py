"""The answer to a command: the verdict in one line, then a screen of parts; what to do next before the parts when it is urgent, else behind them."""

from collections.abc import Sequence

from pydantic import JsonValue

from bot.blocks.charts import draw_chart
from bot.blocks.figures import amount, is_figure
from bot.blocks.fit_tables import left_out, rows_within
from bot.blocks.limits import check_blocks
from bot.blocks.pieces import (
    Block,
    Drawn,
    button,
    choice_of,
    code,
    context,
    line,
    rich,
    rows_of_buttons,
    said,
    section,
    symbol,
)
from bot.blocks.plain import plain
from bot.blocks.sheet import has_tables
from bot.blocks.words import bold, clean, escape, literal, one_line, ping, shorten, shorten_markup, signed
from bot.report import Button, Cell, Chart, Choices, Code, Column, Fact, Facts, Level, Part, Report, Table, Text, Unit

FALLBACK_CHARACTERS = 2_000
_SHORT_ROWS = 5
_MOST_ROWS = 200
_TABLE_CHARACTERS = 9_000
_CELL_CHARACTERS = 200
_COLUMNS = 20
_TEXT_CHARACTERS = 6_000
_PAGE = 10
_BOLD_CHARACTERS = 40  # a figure, not a sentence


def draw_report(
    report: Report,
    *,
    share: str = "",
    more: str = "",
    by: str = "",
    mention: Sequence[str] = (),
    show_more: bool = False,
    why: str = "",
) -> Drawn:
    """An answer as a message.

    `share` is the id that a Share button carries, `more` the one that a More button carries, `by` who asked for it or shared it (an id, or words with
    mentions in them), `mention` whom to wake, `why` the id of a request that needs a reason. The parts in `report.more` are drawn when asked with `show_more`.
    """
    woken = " ".join(ping(name) for name in mention)
    parts = report.parts + (report.more if show_more else ())
    wants = more if report.more and not show_more else ""
    press, rest = [*_why_button(why), *command_buttons(report.buttons)], _own_buttons(report, share, wants)
    is_urgent = report.verdict.level in {Level.ALERT, Level.PAGE}
    blocks = [
        *_top(report, by, woken),
        *rows_of_buttons(press if is_urgent else []),  # on a phone they would stand below the screen
        *(block for part in parts for block in draw_part(part)),
        *(context(escape(one_line(note, 1000))) for note in report.notes if clean(note).strip()),
        *rows_of_buttons(rest if is_urgent else [*press, *rest]),
        *rows_of_buttons(_choices(report.choices)),
    ]
    return Drawn(_fallback(report, woken), check_blocks(_tables_told_apart(blocks)))


def _top(report: Report, by: str, woken: str) -> list[Block]:
    verdict = f"{symbol(report.verdict.level)} {escape(one_line(report.verdict.text, 600))}"
    below = " \u00b7 ".join(filter(None, [bold(shorten(report.title, 150)), signed(by)]))
    return [section("\n".join(filter(None, [verdict, below, woken])))]


def _fallback(report: Report, woken: str) -> str:
    shown = report.model_copy(update={"parts": tuple(_begun(part) for part in report.parts), "more": ()})
    first, *rest = escape(plain(shown)).split("\n")
    head = f"{shorten_markup(first, 600)} {woken}".rstrip()
    return shorten_markup("\n".join([head, *rest]), FALLBACK_CHARACTERS)


def _begun(part: Part) -> Part:
    """A table with no more rows than a fallback could hold: all of them would be written only to be cut off."""
    if not isinstance(part, Table):
        return part
    rows = part.rows[:_MOST_ROWS]
    return part.model_copy(update={"rows": rows, "left_out": part.left_out + len(part.rows) - len(rows)})


def command_buttons(buttons: Sequence[Button]) -> list[Block]:
    """Buttons that are the same as typing a command."""
    return [button(one.label, "scout_command", clean(one.text), "danger" if one.danger else "") for one in buttons]


def _choices(choices: Choices | None) -> list[Block]:
    """A list of what could be typed as well."""
    if choices is None or not choices.options:
        return []
    options = [(one.label, clean(one.text)) for one in choices.options]
    return [choice_of(f"{choices.label}\u2026", "scout_command", options)]


def _why_button(why: str) -> list[Block]:
    return [button("Say why\u2026", "scout_why", why, "primary")] if why else []


def _own_buttons(report: Report, share: str, more: str) -> list[Block]:
    rest = [button("More", "scout_more", more)] if more else []
    sheet = [button("CSV", "scout_sheet", more)] if more and has_tables(report) else []
    return [*rest, *sheet, *([button("Share", "scout_share", share)] if share else [])]


def draw_part(part: Part) -> list[Block]:
    """The blocks of one part."""
    match part:
        case Text():
            return [section(escape(shorten(part.text, _TEXT_CHARACTERS)))] if clean(part.text).strip() else []
        case Code():
            return [_code(part)]
        case Facts():
            return [_facts(part)] if part.facts else []
        case Table():
            return draw_table(part)
        case Chart():
            return draw_chart(part)


def _code(part: Code) -> Block:
    heading = [line(said(one_line(part.title), "bold"))] if part.title.strip() else []
    return rich(*heading, code(shorten(part.text, _TEXT_CHARACTERS)))


def _facts(part: Facts) -> Block:
    return section("\n".join(filter(None, [bold(part.title), *(_fact(fact) for fact in part.facts)])))


def _fact(fact: Fact) -> str:
    quiet = {Level.INFO: "\u2022", Level.OK: ":white_check_mark:"}
    mark = quiet.get(fact.level) or symbol(fact.level)
    note = f" \u2013 {escape(one_line(fact.note))}" if fact.note.strip() else ""
    value = bold(fact.value) if len(fact.value) <= _BOLD_CHARACTERS else escape(one_line(fact.value))
    return f"{mark} {escape(one_line(fact.name, 100))}: {value or chr(0x2013)}{note}"


# --- tables ---


def draw_table(table: Table) -> list[Block]:
    """A short table as a grid, a long one as a table that can be sorted and turned page by page."""
    columns = table.columns[:_COLUMNS]
    if not table.rows or not columns:
        return [section(f"{bold(table.title)} none".strip())]
    return _long(table, columns) if len(table.rows) > _SHORT_ROWS else _short(table, columns)


def _grid(table: Table, columns: Sequence[Column]) -> list[list[Block]]:
    head = [_text_cell(column.title) for column in columns]
    body = [
        [_cell(value, column) for value, column in zip(row, columns, strict=False)] for row in table.rows[:_MOST_ROWS]
    ]
    return [head, *rows_within(body, _TABLE_CHARACTERS)]


def _hidden(table: Table, grid: Sequence[object]) -> list[Block]:
    return left_out(table.left_out + len(table.rows) - (len(grid) - 1))


def _short(table: Table, columns: Sequence[Column]) -> list[Block]:
    grid = _grid(table, columns)
    settings: list[JsonValue] = [{"align": "right" if _is_figure(column) else "left"} for column in columns]
    heading = [section(bold(table.title))] if table.title.strip() else []
    drawn: Block = {"type": "table", "column_settings": settings, "rows": [[*row] for row in grid]}
    return [*heading, drawn, *_hidden(table, grid)]


def _long(table: Table, columns: Sequence[Column]) -> list[Block]:
    grid = _grid(table, columns)
    return [_data_table(table.title, [[*row] for row in grid]), *_hidden(table, grid)]


def _data_table(title: str, rows: JsonValue) -> Block:
    return {
        "type": "data_table",
        "caption": one_line(title, 150) or "Table",
        "page_size": _PAGE,
        "row_header_column_index": 0,
        "rows": rows,
    }


def _tables_told_apart(blocks: Sequence[Block]) -> list[Block]:
    """A message holds one `table`; further short ones are drawn as long ones."""
    first = next((at for at, block in enumerate(blocks) if block["type"] == "table"), -1)
    return [
        _data_table("Table", block["rows"]) if block["type"] == "table" and at > first else block
        for at, block in enumerate(blocks)
    ]


def _is_figure(column: Column) -> bool:
    return column.unit not in {Unit.TEXT, Unit.CODE}


def _cell(value: Cell, column: Column) -> Block:
    text = shorten(amount(value, column.unit), _CELL_CHARACTERS)
    if is_figure(value):
        return {"type": "raw_number", "value": value, "text": text}
    return _text_cell(text)


def _text_cell(text: str) -> Block:
    return {"type": "raw_text", "text": shorten(" ".join(literal(text).split()), _CELL_CHARACTERS) or "\u2013"}
