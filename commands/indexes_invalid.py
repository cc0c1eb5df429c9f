"""Indexes that are not valid: they slow every write, answer no query, and were left by something that failed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.command import Answer, Command, Risk, Row, Sources, Together
from bot.report import Button, Cell, Column, Level, Report, Table, Unit, Verdict
from bot.sql import queries
from commands.recipe import Recipe, blocks
from commands.typed import columns, typed
from commands.wording import listed, several, size

SQL = queries(__file__)
MOST_ROWS = 10
MOST_RECIPES = 20
MOST_BUTTONS = 3
COLUMNS = (
    Column(title="Index"),
    Column(title="Table"),
    Column(title="Size", unit=Unit.BYTES),
    Column(title="What happened"),
)
STORIES = {
    "leftover": "left by a failed build; drop it",
    "half dropped": "left by a failed drop; drop it",
    "failed build": "its build failed; rebuild it",
    "exclusion": "exclusion constraint; only a rebuild that stops writes mends it",
    "partitioned": "a partition lacks its index",
}


class Invalid(Row):
    """An index that is not valid; `building` is the phase of its build while that goes on.

    `columns` and `condition` are those of one whose missing parts `index create` can build, as they are typed there.
    """

    index: str
    relation: str
    size: int
    locked: bool
    building: str
    kind: str
    statement: str
    columns: tuple[str, ...] = ()
    condition: str = ""

    @property
    def build(self) -> str:
        """What builds its missing parts; empty where nothing does, or its names could not be typed."""
        names = [one.removeprefix("-") for one in self.columns]
        words = (f"name={self.index}", f"table={self.relation}", f"columns={','.join(self.columns)}", self.condition)
        plain = names and columns("index create", self.relation, ", ".join(names))
        return typed("index", "create", *filter(None, words)) if plain else ""


class Examined(Row):
    """How many indexes there are."""

    indexes: int


@dataclass(frozen=True)
class Found:
    """What the database told."""

    rows: Sequence[Invalid]
    examined: Examined

    @property
    def broken(self) -> list[Invalid]:
        """Those that nobody is building now."""
        return [row for row in self.rows if not row.building]


@dataclass(frozen=True)
class Asked:
    """Questions on their way."""

    rows: Answer[Invalid]
    examined: Answer[Examined]

    def found(self) -> Found:
        """What came back.

        Raises:
            ScoutError: a statement failed.
        """
        return Found(self.rows.rows, self.examined.row)


def ask(questions: Together, sources: Sources) -> Asked:
    """Queue the questions."""
    schema = sources.database.schema
    return Asked(
        questions.ask(SQL["invalid"], Invalid, schema=schema), questions.ask(SQL["examined"], Examined, schema=schema)
    )


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Look, then say."""
    with sources.database.together() as questions:
        asked = ask(questions, sources)
    return report(asked.found())


def report(found: Found) -> Report:
    """The broken indexes, the largest first, and how each is mended."""
    rows = tuple(_cells(row) for row in found.broken[:MOST_ROWS])
    table = Table(title="Invalid", columns=COLUMNS, rows=rows, left_out=len(found.broken) - len(rows))
    recipes = [_recipe(row) for row in found.broken if row.statement and not row.build]
    return Report(
        title="Invalid indexes",
        verdict=verdict(found),
        parts=(table,) if rows else (),
        more=blocks("Mend one at a time; nothing that is used is lost, so there is no undo", recipes[:MOST_RECIPES]),
        notes=tuple(notes(found)),
        buttons=(
            *((Button(label="Reindex", text="reindex invalid"),) if found.broken else ()),
            *(Button(label=f"Build {row.index[:60]}", text=row.build) for row in _built(found)[:MOST_BUTTONS]),
            Button(label="Active", text="active"),
            Button(label="Indexes", text="indexes"),
        ),
    )


def verdict(found: Found) -> Verdict:
    """How many are broken and which one to mend first, in one line."""
    if not found.broken:
        return Verdict(level=Level.OK, text="Every index is valid")
    first = found.broken[0]
    many = several(len(found.broken), "invalid index", "invalid indexes")
    slows = (
        "slows every write and answers no query" if len(found.broken) == 1 else "slow every write and answer no query"
    )
    return Verdict(level=Level.ALERT, text=f"{many} {slows}; first {first.index}: {STORIES[first.kind]}")


def notes(found: Found) -> Iterable[str]:
    """What was examined, what is being built, and what is locked."""
    yield f"Examined: {several(found.examined.indexes, 'index', 'indexes')}, and those of the TOAST tables."
    building = [f"{row.index} ({row.building})" for row in found.rows if row.building]
    if building:
        yield f"Not valid yet, because they are being built: {listed(building)}."
    if _built(found):
        yield f"What their partitions lack `index create` builds and attaches, part by part: {listed([row.index for row in _built(found)])}."
    locked = [row.index for row in found.broken if row.locked]
    if locked:
        yield f"Without a statement, because they are locked exclusively: {listed(locked)}. See active."


def _built(found: Found) -> list[Invalid]:
    return [row for row in found.broken if row.build]


def _cells(row: Invalid) -> tuple[Cell, ...]:
    return row.index, row.relation, row.size, STORIES[row.kind]


def _recipe(row: Invalid) -> Recipe:
    return Recipe(f"{row.index}, {size(row.size)}: {STORIES[row.kind]}", row.statement)


command = Command(
    name="indexes invalid",
    help="Indexes that a failed build left behind, and how to mend them",
    runbook="Emergency procedures, step 4: rebuild critical indexes",
    risk=Risk.LOOK,
    place=35,
    plan=plan,
    words=("invalid indexes",),
)
