"""Indexes that another one of the same table makes needless."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.command import Answer, Command, Risk, Row, Sources, Together
from bot.report import Button, Cell, Column, Level, Report, Table, Unit, Verdict
from bot.sql import queries
from commands.indexes_unused import drops
from commands.recipe import Recipe, blocks
from commands.wording import listed, several, size

SQL = queries(__file__)
MOST_ROWS = 10
MOST_RECIPES = 20
COLUMNS = (
    Column(title="Index"),
    Column(title="Table"),
    Column(title="Size", unit=Unit.BYTES),
    Column(title="Served by"),
    Column(title="How"),
)


class Redundant(Row):
    """An index that others serve for; `constraint_name` is that of the constraint it carries, if any."""

    index: str
    relation: str
    size: int
    covered_by: tuple[str, ...]
    is_same: bool
    constraint_name: str
    statement: str
    undo: str


class Examined(Row):
    """How many indexes were compared, and the tables that were left out."""

    indexes: int
    tables: int
    invalid: int
    partitions: int
    extensions: int
    locked: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """What the database told."""

    redundant: Sequence[Redundant]
    examined: Examined


@dataclass(frozen=True)
class Asked:
    """Questions on their way."""

    redundant: Answer[Redundant]
    examined: Answer[Examined]

    def found(self) -> Found:
        """What came back.

        Raises:
            ScoutError: a statement failed.
        """
        return Found(self.redundant.rows, self.examined.row)


def ask(questions: Together, sources: Sources) -> Asked:
    """Queue the questions."""
    schema = sources.database.schema
    return Asked(
        questions.ask(SQL["redundant"], Redundant, schema=schema),
        questions.ask(SQL["examined"], Examined, schema=schema),
    )


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Look, then say."""
    with sources.database.together() as questions:
        asked = ask(questions, sources)
    return report(asked.found())


def report(found: Found) -> Report:
    """The indexes that can go, the largest first, with those that serve for them."""
    rows = tuple(_cells(row) for row in found.redundant[:MOST_ROWS])
    table = Table(title="Served by another", columns=COLUMNS, rows=rows, left_out=len(found.redundant) - len(rows))
    recipes = [_recipe(row) for row in found.redundant[:MOST_RECIPES]]
    return Report(
        title="Redundant indexes",
        verdict=verdict(found),
        parts=(table,) if rows else (),
        more=blocks("Drop one at a time, and keep its undo", recipes),
        notes=tuple(notes(found.examined)),
        buttons=(
            *(drops(found.redundant[0].index) if recipes else ()),
            Button(label="Unused", text="indexes unused"),
            Button(label="Missing", text="indexes missing"),
            Button(label="Indexes", text="indexes"),
        ),
    )


def verdict(found: Found) -> Verdict:
    """How much is needless, in one line."""
    rows = found.redundant
    if not rows:
        return Verdict(level=Level.OK, text="No index is served by another")
    total = f"{several(len(rows), 'index', 'indexes')} ({size(sum(row.size for row in rows))})"
    first = f"the largest is {rows[0].index}, served by {listed(list(rows[0].covered_by), 2)}"
    return Verdict(level=Level.INFO, text=f"{total} served by another of the same table; {first}")


def notes(examined: Examined) -> Iterable[str]:
    """What was compared, and what was not."""
    apart = [
        *([f"{examined.invalid} invalid"] if examined.invalid else []),
        *([f"{examined.partitions} of partitions, which go with their parent's"] if examined.partitions else []),
        *([f"{examined.extensions} of extensions' tables"] if examined.extensions else []),
    ]
    never = f"; never offered: {listed(apart)}" if apart else ""
    yield (
        f"Examined: {several(examined.indexes, 'index', 'indexes')} of {several(examined.tables, 'table')}{never}."
        " Kept: primary keys, what a foreign key points to, replica identity, clustered and the narrower unique ones."
    )
    if examined.locked:
        yield f"Left out, because they or their indexes are locked exclusively: {listed(list(examined.locked))}. See active."


def _cells(row: Redundant) -> tuple[Cell, ...]:
    how = "the same" if row.is_same else "it begins with it"
    return (
        row.index,
        row.relation,
        row.size,
        listed(list(row.covered_by), 2),
        f"{how}; constraint" if row.constraint_name else how,
    )


def _recipe(row: Redundant) -> Recipe:
    serves = f"{row.index}, {size(row.size)}, served by {listed(list(row.covered_by), 3)}"
    return Recipe(serves + _caution(row), row.statement, row.undo)


def _caution(row: Redundant) -> str:
    if row.constraint_name:
        builds = "" if " concurrently " in row.undo[:40] else ", for the undo as long as it builds"
        return f"; a constraint: readers and writers of the table wait for a moment{builds}"
    partitioned = " concurrently " not in row.statement[:30]
    return "; partitioned, so readers and writers of all partitions wait" if partitioned else ""


command = Command(
    name="indexes redundant",
    help="Indexes that another one makes needless",
    runbook="Index optimization: remove unused indexes",
    risk=Risk.LOOK,
    place=34,
    plan=plan,
    words=("redundant indexes", "duplicate indexes"),
)
