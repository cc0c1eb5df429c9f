"""The tables of a report as CSV, for a spreadsheet."""

import csv
import io
from collections.abc import Iterable

from bot.blocks.words import clean
from bot.report import Cell, Report, Table

_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What begins a formula, the wide forms that East Asian spreadsheets take included."""


def has_tables(report: Report) -> bool:
    """Whether there is more in the report's tables than the message shows."""
    return any(isinstance(part, Table) for part in report.more)


def as_csv(report: Report) -> str:
    """All tables of a report, each under its title; a text that a spreadsheet would take for a formula gets an apostrophe before it.

    All texts stand in quotation marks: a spreadsheet that takes the semicolon for the separator would find more cells in them.
    Source of the rules: OWASP, CSV Injection.
    """
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    for table in _tables(report):
        rows.writerow([_safe(table.title)])
        rows.writerow([_safe(column.title) for column in table.columns])
        rows.writerows([_safe(cell) for cell in row] for row in table.rows)
        rows.writerow([])
    return out.getvalue()


def _tables(report: Report) -> Iterable[Table]:
    return (part for part in (*report.parts, *report.more) if isinstance(part, Table))


def _safe(cell: Cell) -> Cell:
    """A cell that is shown and does nothing; blanks before a formula do not hide it from a spreadsheet."""
    if cell is None or not isinstance(cell, str):
        return "" if cell is None else cell
    text = clean(cell)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text[:1].isspace() else text
