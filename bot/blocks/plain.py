"""A report as plain text with aligned columns, for terminals and for the fallback of a message."""

import re

from bot.blocks.charts import in_words
from bot.blocks.figures import amount
from bot.blocks.pieces import SYMBOLS, Drawn
from bot.blocks.words import clean, one_line, shorten
from bot.report import Cell, Chart, Code, Column, Fact, Facts, Part, Report, Table, Text, Unit

_CELL_CHARACTERS = 80
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


def plain(shown: Drawn | Report) -> str:
    """A report, or the text of a message, without any markup."""
    return _unescape(shown.text) if isinstance(shown, Drawn) else "\n".join(_lines(shown))


def _unescape(text: str) -> str:
    for token, words in _TOKENS:
        text = token.sub(words, text)
    return text


def _lines(report: Report) -> list[str]:
    word = SYMBOLS[report.verdict.level][1]
    verdict = one_line(report.verdict.text, 600)
    first = f"{word}: {verdict}" if word else verdict
    parts = [line for part in report.parts + report.more for line in ["", *_part(part)]]
    notes = ["", *(one_line(note, 1000) for note in report.notes)] if report.notes else []
    return [first, one_line(report.title, 150), *parts, *notes]


def _part(part: Part) -> list[str]:
    match part:
        case Text():
            return [clean(part.text)]
        case Code():
            return [*_heading(part.title), *(f"    {line}" for line in clean(part.text).split("\n"))]
        case Facts():
            return [*_heading(part.title), *_facts(part.facts)]
        case Table():
            return [*_heading(part.title), *_table(part)]
        case Chart():
            return [*_heading(part.title), one_line(in_words(part), 1000)]


def _heading(title: str) -> list[str]:
    return [one_line(title)] if title.strip() else []


def _facts(facts: tuple[Fact, ...]) -> list[str]:
    rows = [(SYMBOLS[fact.level][1], one_line(fact.name), one_line(fact.value), one_line(fact.note)) for fact in facts]
    return _aligned(rows, (False, False, False, False))


def _table(table: Table) -> list[str]:
    if not table.rows:
        return ["none"]
    head = tuple(one_line(column.title) for column in table.columns)
    rows = [
        tuple(_cell(value, column) for value, column in zip(row, table.columns, strict=False)) for row in table.rows
    ]
    right = tuple(column.unit not in {Unit.TEXT, Unit.CODE} for column in table.columns)
    more = [f"{table.left_out:,} more"] if table.left_out > 0 else []
    return [*_aligned([head, *rows], right), *more]


def _cell(value: Cell, column: Column) -> str:
    return shorten(one_line(amount(value, column.unit)), _CELL_CHARACTERS)


def _aligned(rows: list[tuple[str, ...]], right: tuple[bool, ...]) -> list[str]:
    widths = [max((len(row[at]) for row in rows if at < len(row)), default=0) for at in range(len(right))]
    return [_joined(row, widths, right).rstrip() for row in rows]


def _joined(row: tuple[str, ...], widths: list[int], right: tuple[bool, ...]) -> str:
    cells = zip(row, widths, right, strict=False)
    return "  ".join(text.rjust(width) if on_right else text.ljust(width) for text, width, on_right in cells if width)
