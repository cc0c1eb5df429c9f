"""Columns that may want an index: the runbook's list of missing indexes, repaired, and still only a hint."""

from collections.abc import Sequence

from bot.command import Row
from bot.report import Column, Part, Table, Unit
from bot.sql import queries

SQL = queries(__file__)
COLUMNS = (
    Column(title="Table"),
    Column(title="Column"),
    Column(title="Rows", unit=Unit.COUNT),
    Column(title="Different values", unit=Unit.COUNT),
)


class Hint(Row):
    """A column with many values in no order that leads no index."""

    relation: str
    column: str
    rows: int
    different: int


def table(hints: Sequence[Hint]) -> tuple[Part, ...]:
    """The columns, those with most values first; nothing when there are none."""
    if not hints:
        return ()
    rows = tuple((row.relation, row.column, row.rows, row.different) for row in hints)
    title = "Only a hint: many values, no order, leads no index. Check against slow"
    return (Table(title=title, columns=COLUMNS, rows=rows),)
