"""Indexes that are missing: foreign keys that nothing serves, and big tables that are read from end to end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.command import Answer, Command, Risk, Row, Sources, Together
from bot.report import Button, Cell, Column, Level, Part, Report, Table, Unit, Verdict
from bot.sql import queries
from commands.recipe import Recipe, blocks
from commands.typed import columns
from commands.wording import duration, listed, several, size

SQL = queries(__file__)
BIG = 10 * 1024 * 1024
"""From how many bytes on a table is big."""
MOST_ROWS = 10
MOST_SCANNED = 5
MOST_RECIPES = 20


class Key(Row):
    """A foreign key that no index serves; `leads` where one at least begins with a column of it, `deletes` in the other table."""

    constraint_name: str
    relation: str
    columns: str
    referenced: str
    rows: int
    deletes: int
    leads: bool
    locked: bool
    is_partitioned: bool
    statement: str
    undo: str


class Scanned(Row):
    """A big table that is read from end to end; `share` of all its scans, in per cent."""

    relation: str
    size: int
    rows: int
    scans: int
    rows_read: int
    share: float | None


class Hint(Row):
    """A column with many values in no order that leads no index."""

    relation: str
    column: str
    rows: int
    different: int


class Examined(Row):
    """What was looked at, since when scans are counted, and of how many tables the statistics are hidden."""

    keys: int
    tables: int
    hidden: int
    role: str
    since: datetime
    seconds: float


@dataclass(frozen=True)
class Found:
    """What the database told."""

    all_keys: Sequence[Key]
    scanned: Sequence[Scanned]
    hints: Sequence[Hint]
    examined: Sequence[Examined]
    schema: str

    @property
    def keys(self) -> list[Key]:
        """The foreign keys that could be judged."""
        return [key for key in self.all_keys if not key.locked]


@dataclass(frozen=True)
class Asked:
    """Questions on their way."""

    keys: Answer[Key]
    scanned: Answer[Scanned]
    hints: Answer[Hint]
    examined: Answer[Examined]
    schema: str

    def found(self) -> Found:
        """What came back.

        Raises:
            ScoutError: a statement failed.
        """
        return Found(self.keys.rows, self.scanned.rows, self.hints.rows, self.examined.rows, self.schema)


def ask(questions: Together, sources: Sources) -> Asked:
    """Queue the questions."""
    schema = sources.database.schema
    return Asked(
        questions.ask(SQL["foreign_keys"], Key, schema=schema),
        questions.ask(SQL["scanned"], Scanned, schema=schema, big=BIG),
        questions.ask(SQL["hints"], Hint, schema=schema),
        questions.ask(SQL["examined"], Examined, schema=schema),
        schema,
    )


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Look, then say."""
    with sources.database.together() as questions:
        asked = ask(questions, sources)
    return report(asked.found())


def report(found: Found) -> Report:
    """The foreign keys, the tables, and behind a button the statements and the hints."""
    recipes = [_recipe(key) for key in found.keys[:MOST_RECIPES]]
    return Report(
        title="Missing indexes",
        verdict=verdict(found),
        parts=tuple(part for part in (_keys(found.keys), _scanned(found.scanned)) if part.rows),
        more=(*blocks("Create one at a time", recipes), *_hints(found.hints)),
        notes=tuple(notes(found)),
        buttons=(
            *creates(found.keys),
            Button(label="Slow", text="slow"),
            Button(label="Unused", text="indexes unused"),
            Button(label="Indexes", text="indexes"),
        ),
    )


def creates(keys: Sequence[Key]) -> Iterable[Button]:
    """The button that builds the first index which can be built beside writers, where its names can be typed."""
    first = next((key for key in keys if not key.is_partitioned), None)
    text = columns("index create", first.relation, first.columns) if first else ""
    if first and text:
        yield Button(label=f"Create on {first.relation[:30]} ({first.columns[:30]})", text=text)


def verdict(found: Found) -> Verdict:
    """How many are missing, and the worst, in one line."""
    said = [*_about_keys(found.keys), *_about_tables(found.scanned)]
    if not said:
        return Verdict(level=Level.OK, text="Every foreign key has an index, and no big table is read from end to end")
    return Verdict(level=Level.INFO, text="; ".join(said))


def notes(found: Found) -> Iterable[str]:
    """What was examined, since when it was counted, and what is hidden."""
    for examined in found.examined:
        yield (
            f"Examined: {several(examined.keys, 'foreign key')}, {several(examined.tables, 'table')}, big from {size(BIG)} on; scans counted since"
            f" {examined.since:%Y-%m-%d %H:%M} UTC ({duration(examined.seconds)}), CREATE INDEX and dumps among them."
        )
        if examined.hidden:
            yield (
                f"Hints are not complete: the statistics of {several(examined.hidden, 'table')} are hidden from {examined.role}."
                f" Run there: `grant select on all tables in schema {found.schema} to {examined.role};` (row security hides them too)."
            )
    locked = sorted({key.relation for key in found.all_keys if key.locked})
    if locked:
        yield f"Left out, because they are locked exclusively: the foreign keys of {listed(locked)}. See active."


def _about_keys(keys: Sequence[Key]) -> Iterable[str]:
    if keys:
        first = keys[0]
        many = several(len(keys), "foreign key")
        yield f"{many} without an index; first {first.relation} ({first.columns}), {several(first.rows, 'row')}"


def _about_tables(scanned: Sequence[Scanned]) -> Iterable[str]:
    if scanned:
        first = scanned[0]
        each = several(first.rows_read / first.scans, "row")
        yield f"{several(len(scanned), 'big table')} read from end to end; most {first.relation}, {each} a time"


def _keys(keys: Sequence[Key]) -> Table:
    counts = (Column(title="Rows", unit=Unit.COUNT), Column(title="Deleted there", unit=Unit.COUNT))
    columns = (
        Column(title="Table"),
        Column(title="Columns"),
        Column(title="Points to"),
        *counts,
        Column(title="Index"),
    )
    rows = tuple(_key_cells(key) for key in keys[:MOST_ROWS])
    return Table(title="Foreign keys without an index", columns=columns, rows=rows, left_out=len(keys) - len(rows))


def _key_cells(key: Key) -> tuple[Cell, ...]:
    index = "only its first column" if key.leads else "none"
    return key.relation, key.columns, key.referenced, key.rows, key.deletes, index


def _scanned(scanned: Sequence[Scanned]) -> Table:
    columns = (
        Column(title="Table"),
        Column(title="Size", unit=Unit.BYTES),
        Column(title="Scans", unit=Unit.COUNT),
        Column(title="Rows a scan", unit=Unit.COUNT),
        Column(title="Of all its scans", unit=Unit.PERCENT),
    )
    rows = tuple((row.relation, row.size, row.scans, round(row.rows_read / row.scans), row.share) for row in scanned)
    return Table(
        title="Big tables read from end to end",
        columns=columns,
        rows=rows[:MOST_SCANNED],
        left_out=max(0, len(rows) - MOST_SCANNED),
    )


def _hints(hints: Sequence[Hint]) -> tuple[Part, ...]:
    if not hints:
        return ()
    columns = (
        Column(title="Table"),
        Column(title="Column"),
        Column(title="Rows", unit=Unit.COUNT),
        Column(title="Different values", unit=Unit.COUNT),
    )
    rows = tuple((row.relation, row.column, row.rows, row.different) for row in hints)
    return (
        Table(
            title="Only a hint: many values, no order, leads no index. Check against slow", columns=columns, rows=rows
        ),
    )


def _recipe(key: Key) -> Recipe:
    waits = "; partitioned, so writers of all partitions wait until it is built" if key.is_partitioned else ""
    return Recipe(f"{key.relation} ({key.columns}) points to {key.referenced}{waits}", key.statement, key.undo)


command = Command(
    name="indexes missing",
    help="Foreign keys without an index, and big tables read from end to end",
    runbook="Diagnostics, step 1: identify missing indexes",
    risk=Risk.LOOK,
    place=32,
    plan=plan,
    words=("missing indexes", "foreign keys"),
)
