"""Indexes that are missing: foreign keys that nothing serves, and big tables that are read from end to end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.command import Answer, Args, Command, Kept, Risk, Row, Sources, Together
from bot.report import Button, Cell, Column, Level, Report, Table, Unit, Verdict
from bot.sql import queries
from commands import column_hints, table_scans
from commands.column_hints import Hint
from commands.recipe import Recipe, blocks
from commands.since import RESET, Since, Span
from commands.since import asked as seconds_back
from commands.table_scans import BIG, SCANS, Scanned, Scans
from commands.typed import columns
from commands.wording import listed, several, size

SQL = queries(__file__)
MOST_ROWS = 10
MOST_RECIPES = 20


class Wanted(Args):
    """Since when the scans of tables are counted."""

    since: Since = "24h"


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


class Examined(Row):
    """What was looked at, whether and since when scans are counted, and of how many tables the statistics are hidden."""

    keys: int
    unenforced: int
    tables: int
    hidden: int
    role: str
    counting: bool
    since: datetime


@dataclass(frozen=True)
class Found:
    """What the database told."""

    all_keys: Sequence[Key]
    scanned: Sequence[Scanned]
    hints: Sequence[Hint]
    examined: Sequence[Examined]
    schema: str
    span: Span

    @property
    def keys(self) -> list[Key]:
        """The foreign keys that could be judged."""
        return [key for key in self.all_keys if not key.locked]


@dataclass(frozen=True)
class Asked:
    """Questions on their way."""

    keys: Answer[Key]
    scans: Answer[Scans]
    hints: Answer[Hint]
    examined: Answer[Examined]
    schema: str
    kept: Kept[Scans] | None
    at: datetime
    wanted_s: float | None

    def found(self) -> Found:
        """What came back.

        Raises:
            ScoutError: a statement failed.
        """
        examined = self.examined.rows
        began = examined[0].since if examined else None
        read = table_scans.read(self.scans.rows, self.kept, self.at, self.wanted_s, began)
        return Found(self.keys.rows, read.tables, self.hints.rows, examined, self.schema, read.span)


def ask(questions: Together, sources: Sources, since: str = Wanted().since) -> Asked:
    """Queue the questions, and take what the watch kept of the tables' scans."""
    schema, wanted_s = sources.database.schema, seconds_back(since)
    return Asked(
        questions.ask(SQL["foreign_keys"], Key, schema=schema),
        questions.ask(SCANS.statement, SCANS.row, schema=schema),
        questions.ask(column_hints.SQL["hints"], Hint, schema=schema),
        questions.ask(SQL["examined"], Examined, schema=schema),
        schema,
        sources.earlier(SCANS, wanted_s) if wanted_s else None,
        sources.at,
        wanted_s,
    )


def plan(sources: Sources, args: Wanted) -> Report:
    """Look, then say."""
    with sources.database.together() as questions:
        asked = ask(questions, sources, args.since)
    return report(asked.found())


def report(found: Found) -> Report:
    """The foreign keys, the tables, and behind a button the statements and the hints."""
    recipes = [_recipe(key) for key in found.keys[:MOST_RECIPES]]
    return Report(
        title="Missing indexes",
        verdict=verdict(found),
        parts=tuple(part for part in (_keys(found.keys), table_scans.table(found.scanned)) if part.rows),
        more=(*blocks("Create one at a time", recipes), *column_hints.table(found.hints)),
        notes=tuple(notes(found)),
        buttons=(
            *creates(found.keys),
            Button(label="Slow", text="slow"),
            *(
                (Button(label="Since reset", text=f"indexes missing since={RESET}"),)
                if not found.span.since_reset
                else ()
            ),
            Button(label="Unused", text="indexes unused"),
            Button(label="Indexes", text="indexes"),
        ),
    )


def creates(keys: Sequence[Key]) -> Iterable[Button]:
    """The button that builds the first index, where its names can be typed; a partitioned one is built partition by partition."""
    text = columns("index create", keys[0].relation, keys[0].columns) if keys else ""
    if text:
        yield Button(label=f"Create on {keys[0].relation[:30]} ({keys[0].columns[:30]})", text=text)


def verdict(found: Found) -> Verdict:
    """How many are missing, and the worst, in one line."""
    said = [*_about_keys(found.keys), *table_scans.said(found.scanned)]
    if not said:
        return Verdict(level=Level.OK, text="Every foreign key has an index, and no big table is read from end to end")
    return Verdict(level=Level.INFO, text="; ".join(said))


def notes(found: Found) -> Iterable[str]:
    """What was examined, since when it was counted, and what is hidden."""
    for examined in found.examined:
        unenforced = f" ({examined.unenforced} not enforced, so left out)" if examined.unenforced else ""
        yield (
            f"Examined: {several(examined.keys, 'foreign key')}{unenforced}, {several(examined.tables, 'table')}, big from {size(BIG)} on; scans counted"
            f" {found.span.said}, CREATE INDEX and dumps among them."
        )
        if not examined.counting:
            yield "track_counts is off, so no scan is counted now: who reads tables from end to end is not known."
        if found.span.note:
            yield found.span.note
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


def _recipe(key: Key) -> Recipe:
    waits = (
        "; partitioned: writers of all its parts wait for this, `index create` goes part by part"
        if key.is_partitioned
        else ""
    )
    return Recipe(f"{key.relation} ({key.columns}) points to {key.referenced}{waits}", key.statement, key.undo)


command = Command(
    name="indexes missing",
    help="Foreign keys without an index, and big tables read from end to end",
    runbook="Diagnostics, step 1: identify missing indexes",
    risk=Risk.LOOK,
    place=32,
    args=Wanted,
    plan=plan,
    probes=(SCANS,),
    words=("missing indexes", "foreign keys"),
)
