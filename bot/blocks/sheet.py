"""The tables of a report as CSV, for a spreadsheet."""

import csv
import io
from collections.abc import Iterable

from bot.report import Cell, Report, Table

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def has_tables(report: Report) -> bool:
    """Whether there is more in the report's tables than the message shows."""
    return any(isinstance(part, Table) for part in report.more)


def as_csv(report: Report) -> str:
    """All tables of a report, each under its title; a text that a spreadsheet would take for a formula is quoted.

    Source of the rule: OWASP, CSV Injection.
    """
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    for table in _tables(report):
        rows.writerow([_safe(table.title)])
        rows.writerow([_safe(column.title) for column in table.columns])
        rows.writerows([_safe(cell) for cell in row] for row in table.rows)
        rows.writerow([])
    return out.getvalue()


def _tables(report: Report) -> Iterable[Table]:
    return (part for part in (*report.parts, *report.more) if isinstance(part, Table))


def _safe(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
