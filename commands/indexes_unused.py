"""Indexes that nobody reads: which can go, which must stay all the same, and whether that can be judged at all."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.command import Answer, Command, Risk, Row, Sources, Together
from bot.report import Button, Cell, Column, Level, Report, Table, Unit, Verdict
from bot.sql import queries
from commands import elsewhere, index_readers
from commands.elsewhere import Identity, Told
from commands.index_readers import Evidence, Reader, Seen
from commands.recipe import Recipe, blocks
from commands.typed import named
from commands.wording import DAY, duration, listed, several, size

SQL = queries(__file__)
MOST_ROWS = 10
MOST_RECIPES = 20
COLUMNS = (
    Column(title="Index"),
    Column(title="Table"),
    Column(title="Size", unit=Unit.BYTES),
    Column(title="Writes to the table", unit=Unit.COUNT),
    Column(title="Last read"),
)


class Idle(Row):
    """An index that nobody read; `kept` says why it stays all the same. Only the 30 largest that can go come with statements."""

    index: str
    relation: str
    size: int
    last_use: datetime | None
    writes: int | None
    locked: bool
    kept: str
    statement: str
    undo: str

    @property
    def can_go(self) -> bool:
        """Whether nothing speaks against dropping it."""
        return not self.kept and not self.locked


@dataclass(frozen=True)
class Found:
    """What the database told, and how long the evidence has to be."""

    evidence: Evidence
    idle: Sequence[Idle]
    days: float
    readers: Sequence[Reader] = ()

    @property
    def droppable(self) -> list[Idle]:
        """The indexes that can go, the largest first."""
        return [row for row in self.idle if row.can_go]

    @property
    def doubts(self) -> list[str]:
        """Why it cannot be judged."""
        return list(_doubts(self.evidence, self.days, self.readers))


@dataclass(frozen=True)
class Asked:
    """Questions on their way."""

    evidence: Answer[Evidence]
    idle: Answer[Idle]
    identity: Answer[Identity]
    replicas: Callable[[], Sequence[Told[Seen]]]
    days: float

    def found(self) -> Found:
        """What came back; what a replica reads stays.

        Raises:
            ScoutError: a statement failed.
        """
        readers = [index_readers.reader(one, self.identity.row, self.days) for one in self.replicas()]
        return Found(self.evidence.row, [_judged(row, readers) for row in self.idle.rows], self.days, readers)


def ask(questions: Together, sources: Sources) -> Asked:
    """Queue the questions."""
    schema, days = sources.database.schema, sources.limits.evidence_days
    return Asked(
        questions.ask(index_readers.SQL["evidence"], Evidence, schema=schema),
        questions.ask(SQL["idle"], Idle, schema=schema, window_s=days * DAY),
        questions.ask(elsewhere.SQL["identity"], Identity),
        partial(index_readers.ask, sources),
        days,
    )


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Look, then say."""
    with sources.database.together() as questions:
        asked = ask(questions, sources)
    return report(asked.found())


def report(found: Found) -> Report:
    """The indexes that can go, the largest first, and why the others stay."""
    rows = tuple(_cells(row) for row in found.droppable[:MOST_ROWS])
    title = "Not read so far" if found.doubts else "Not read"
    table = Table(title=title, columns=COLUMNS, rows=rows, left_out=len(found.droppable) - len(rows))
    recipes = [] if found.doubts else [_recipe(row) for row in found.droppable if row.statement][:MOST_RECIPES]
    return Report(
        title="Unused indexes",
        verdict=verdict(found),
        parts=(table,) if rows else (),
        more=blocks("Drop one at a time, and keep its undo", recipes),
        notes=tuple(notes(found)),
        buttons=(
            *(drops(found.droppable[0].index) if recipes else ()),
            Button(label="Redundant", text="indexes redundant"),
            Button(label="Missing", text="indexes missing"),
            Button(label="Indexes", text="indexes"),
        ),
    )


def drops(index: str) -> Iterable[Button]:
    """The button that drops an index, where its name can be typed."""
    text = named("index drop", index)
    if text:
        yield Button(label=f"Drop {index[:60]}", text=text, danger=True)


def verdict(found: Found) -> Verdict:
    """How much can be saved, or why that cannot be judged, in one line."""
    idle = found.droppable
    total = f"{several(len(idle), 'index', 'indexes')} ({size(sum(row.size for row in idle))})"
    if found.doubts:
        so_far = f"; {total} not read here so far" if idle else ""
        return Verdict(level=Level.NO_DATA, text=f"Cannot judge: {found.doubts[0]}{so_far}")
    if not idle:
        return Verdict(level=Level.OK, text=f"Every index that could go was read in {_window(found.evidence)}")
    return Verdict(
        level=Level.INFO, text=f"{total} not read in {_window(found.evidence)}; the largest is {idle[0].index}"
    )


def notes(found: Found) -> Iterable[str]:
    """What was examined, what stays and why, and what is not seen."""
    evidence = found.evidence
    yield (
        f"Examined: {several(evidence.examined, 'index', 'indexes')}, a partitioned one counted once; scans counted"
        f" since {evidence.since:%Y-%m-%d %H:%M} UTC ({_window(evidence)})."
    )
    if found.readers:
        yield f"Asked too: {listed([f'replica {one.name}' for one in found.readers])}."
    yield from (f"Cannot judge: {doubt}." for doubt in found.doubts[1:])
    kept = Counter(row.kept for row in found.idle if row.kept and not row.locked)
    if kept:
        reasons = listed([f"{why} {number}" for why, number in kept.most_common()], 12)
        yield f"Not read here either, but kept: {kept.total()} ({reasons})."
    yield from left_out([row.index for row in found.idle if row.locked])
    if found.droppable and not evidence.knows_birth:
        yield "PostgreSQL does not tell when an index was made (track_commit_timestamp is off): ask before dropping a new one."


def left_out(names: Sequence[str]) -> Iterable[str]:
    """Which indexes were not examined because somebody has locked them, or is about to."""
    if names:
        yield f"Left out, because they or their tables are locked exclusively: {listed(list(names))}. See active."


def _doubts(evidence: Evidence, days: float, readers: Sequence[Reader]) -> Iterable[str]:
    if not evidence.counting:
        yield "track_counts is off, so scans are not counted"
    if evidence.is_replica:
        yield "this is a replica, and the scans on its primary are not seen"
    yield from index_readers.doubts(evidence, readers)
    if evidence.seconds < days * DAY:
        yield f"scans are counted for {_window(evidence)}, and {days:g} days are needed"


def _judged(row: Idle, readers: Sequence[Reader]) -> Idle:
    """An index that a replica reads has its reason to stay, unless it has one already."""
    where = "" if row.kept else index_readers.where_read(row.index, readers)
    return row.model_copy(update={"kept": f"read on replica {where}"}) if where else row


def _window(evidence: Evidence) -> str:
    return duration(evidence.seconds)


def _cells(row: Idle) -> tuple[Cell, ...]:
    last = f"{row.last_use:%Y-%m-%d}" if row.last_use else "never counted"
    return row.index, row.relation, row.size, row.writes, last


def _recipe(row: Idle) -> Recipe:
    waits = (
        "" if " concurrently " in row.statement[:30] else "; partitioned, so readers and writers of all partitions wait"
    )
    return Recipe(f"{row.index}, {size(row.size)}{waits}", row.statement, row.undo)


command = Command(
    name="indexes unused",
    help="Indexes that nobody reads, and which of them can go",
    runbook="Index optimization: remove unused indexes",
    risk=Risk.LOOK,
    place=33,
    plan=plan,
    words=("unused indexes", "unused"),
)
