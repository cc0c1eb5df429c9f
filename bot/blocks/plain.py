"""A report as plain text with aligned columns, for terminals and for the fallback of a message."""

import re
from collections.abc import Sequence

from bot.blocks.charts import in_words
from bot.blocks.figures import amount
from bot.blocks.pieces import SYMBOLS, Drawn
from bot.blocks.words import clean, one_line, shorten
from bot.report import Cell, Chart, Code, Column, Fact, Facts, Part, Report, Table, Text, Unit

_CELL_CHARACTERS = 80
_GAP = 2
_NARROWEST = 8
"""A column of words keeps so many characters; where that is too much for a line, each row is written below itself."""
_TOKENS = tuple(
    (re.compile(token), words)
    for token, words in (
        (r"<!date\^[^|>]*\|([^>]*)>", r"\1"),
        (r"<[@!](?:subteam\^)?([^>]*)>", r"@\1"),
        (r"\*([^*\n]+)\*", r"\1"),
        ("\u200b", ""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    )
)


def plain(shown: Drawn | Report, width: int = 0) -> str:
    """A report, or the text of a message, without any markup; tables fit into so many characters where a width is given."""
    return _unescape(shown.text) if isinstance(shown, Drawn) else "\n".join(_lines(shown, width))


def _unescape(text: str) -> str:
    for token, words in _TOKENS:
        text = token.sub(words, text)
    return text


def _lines(report: Report, width: int) -> list[str]:
    word = SYMBOLS[report.verdict.level][1]
    verdict = one_line(report.verdict.text, 600)
    first = f"{word}: {verdict}" if word else verdict
    parts = [line for part in report.parts + report.more for line in ["", *_part(part, width)]]
    notes = ["", *(one_line(note, 1000) for note in report.notes)] if report.notes else []
    return [first, one_line(report.title, 150), *parts, *notes]


def _part(part: Part, width: int) -> list[str]:
    match part:
        case Text():
            return [clean(part.text)]
        case Code():
            return [*_heading(part.title), *(f"    {line}" for line in clean(part.text).split("\n"))]
        case Facts():
            return [*_heading(part.title), *_facts(part.facts)]
        case Table():
            return [*_heading(part.title), *_table(part, width)]
        case Chart():
            return [*_heading(part.title), one_line(in_words(part), 1000)]


def _heading(title: str) -> list[str]:
    return [one_line(title)] if title.strip() else []


def _facts(facts: tuple[Fact, ...]) -> list[str]:
    rows = [(SYMBOLS[fact.level][1], one_line(fact.name), one_line(fact.value), one_line(fact.note)) for fact in facts]
    return _aligned(rows, (False, False, False, False), _widths(rows))


def _table(table: Table, width: int) -> list[str]:
    if not table.rows:
        return ["none"]
    head = tuple(one_line(column.title) for column in table.columns)
    rows = [
        tuple(_cell(value, column) for value, column in zip(row, table.columns, strict=False)) for row in table.rows
    ]
    right = tuple(column.unit not in {Unit.TEXT, Unit.CODE} for column in table.columns)
    more = [f"{table.left_out:,} more"] if table.left_out > 0 else []
    widths = _widths([head, *rows])
    if width and _total(widths) > width:
        widths = _narrowed(widths, right, width)
    if width and _total(widths) > width:
        return [*_below_itself(head, rows), *more]
    return [*_aligned([head, *rows], right, widths), *more]


def _cell(value: Cell, column: Column) -> str:
    return shorten(one_line(amount(value, column.unit)), _CELL_CHARACTERS)


def _widths(rows: Sequence[tuple[str, ...]]) -> list[int]:
    columns = max((len(row) for row in rows), default=0)
    return [max((len(row[at]) for row in rows if at < len(row)), default=0) for at in range(columns)]


def _total(widths: Sequence[int]) -> int:
    shown = [width for width in widths if width]
    return sum(shown) + _GAP * (len(shown) - 1)


def _narrowed(widths: Sequence[int], right: tuple[bool, ...], width: int) -> list[int]:
    """The columns of words made narrower, the widest first; figures keep every digit."""
    narrow = list(widths)
    while _total(narrow) > width:
        words = [at for at, on_right in enumerate(right) if not on_right and narrow[at] > _NARROWEST]
        if not words:
            break
        narrow[max(words, key=narrow.__getitem__)] -= 1
    return narrow


def _below_itself(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Each row as lines of a title and a value."""
    margin = max(len(title) for title in head)
    return [
        line
        for row in rows
        for line in (*(f"{title:{margin}}  {value}" for title, value in zip(head, row, strict=False)), "")
    ][:-1]


def _aligned(rows: Sequence[tuple[str, ...]], right: tuple[bool, ...], widths: Sequence[int]) -> list[str]:
    return [_joined(row, widths, right).rstrip() for row in rows]


def _joined(row: tuple[str, ...], widths: Sequence[int], right: tuple[bool, ...]) -> str:
    cells = [(shorten(text, width), width, on_right) for text, width, on_right in zip(row, widths, right, strict=False)]
    return (" " * _GAP).join(
        text.rjust(width) if on_right else text.ljust(width) for text, width, on_right in cells if width
    )
