"""Drop an index that nobody reads or that another one makes needless: what the diagnosis calls droppable, and nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.command import Args, Check, Command, Plan, Risk, Row, Sources, Sql, Step
from bot.errors import BadInput
from bot.report import Button, Level, Report, Verdict
from bot.sql import queries
from commands import indexes_redundant, indexes_unused, older
from commands.index_site import NO_LIMIT_S, beside, moment, nearest
from commands.older import BESIDE_OTHERS, PATIENCE_S, Older
from commands.wording import listed, several, size

SQL = queries(__file__)
STOPS_OTHERS = "access exclusive on the table: readers and writers wait for a moment"
STOPS_OTHERS_TO_BUILD = (
    "stops the table's writers, and its readers too where it carries a constraint, for as long as it is built"
)
STOPS_ALL = "access exclusive on the table and all its partitions: readers and writers wait for a moment"
SHORT_PATIENCE_S = 2
TOGETHER_S = 10


class Wanted(Args):
    """Which index."""

    index: str


class Index(Row):
    """An index with its statements; `constraint_name` is that of the constraint it carries."""

    index: str
    relation: str
    size: int
    parts: int
    owner: str
    is_partitioned: bool
    is_part: bool
    is_valid: bool
    is_primary: bool
    is_unique: bool
    constraint_name: str
    scans: int
    locked: bool
    statement: str
    undo: str
    dropped: str
    rebuild: str
    lost: str
    is_back: str

    @property
    def beside_others(self) -> bool:
        """Whether it can go while others use its table."""
        return not (self.constraint_name or self.is_partitioned)


class Piece(Row):
    """One of the indexes that go with that of a partitioned table, itself the first, and how it comes back."""

    oid: int
    above: int | None
    index: str
    relation: str
    is_partitioned: bool
    build: str
    built: str
    attach: str
    is_attached: str
    is_whole: str


class Name(Row):
    """An index's name."""

    name: str


@dataclass(frozen=True)
class Judged:
    """What the two diagnoses say of all indexes."""

    unused: indexes_unused.Found
    redundant: indexes_redundant.Found

    def reason(self, index: Index) -> str:
        """Why it can go; empty when neither of them says so."""
        for row in self.redundant.redundant:
            if row.index == index.index:
                return f"served by {listed(list(row.covered_by), 3)}"
        if not self.unused.doubts and any(row.index == index.index for row in self.unused.droppable):
            return "nobody reads it"
        return ""

    def refusal(self, index: Index) -> str:
        """Why it stays."""
        if not index.is_valid:
            return f"{index.index} is invalid: `reindex {index.index}` mends it, or drops what a rebuild left"
        kept = next((row.kept for row in self.unused.idle if row.index == index.index and row.kept), "")
        if index.is_primary or index.constraint_name:
            return f"{index.index} carries the constraint {index.constraint_name}"
        if kept:
            return f"{index.index} is not read here, but stays: {kept}"
        if any(row.index == index.index for row in self.unused.idle) and self.unused.doubts:
            return f"{index.index} was not read so far, but that cannot be judged: {self.unused.doubts[0]}"
        if index.is_part:
            return f"{index.index} belongs to the index of a partitioned table, and goes with it or not at all"
        return f"{index.index} was read {several(index.scans, 'time')}, and no other index serves for it"


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Look at the index and ask both diagnoses, then propose the drop or say why it stays.

    Raises:
        BadInput: there is no such index; names the nearest.
    """
    schema = sources.database.schema
    name = args.index.removeprefix(f"{schema}.")
    with sources.database.together() as questions:
        found = questions.ask(SQL["index"], Index, schema=schema, index=name)
        unused = indexes_unused.ask(questions, sources)
        redundant = indexes_redundant.ask(questions, sources)
        waits = older.ask(questions, schema, [])
    if not found.rows:
        names = [row.name for row in sources.database.rows(SQL["names"], Name, schema=schema)]
        raise BadInput(
            f"There is no index '{name[:63]}' in {schema}.{nearest(name, names)} `indexes unused` lists those that can go."
        )
    index = found.row
    in_pieces = index.is_partitioned and not index.constraint_name and not index.locked
    pieces = sources.database.rows(SQL["pieces"], Piece, schema=schema, index=index.index) if in_pieces else ()
    return proposal(index, Judged(unused.found(), redundant.found()), waits.rows, pieces)


def proposal(index: Index, judged: Judged, waits: Sequence[Older], pieces: Sequence[Piece] = ()) -> Plan | Report:
    """One step, with the definition that brings the index back."""
    reason = judged.reason(index)
    if index.locked:
        return stays(f"{index.index} or its table is locked exclusively, or about to be. See who holds it with active")
    if not reason:
        return stays(judged.refusal(index))
    return Plan(
        summary=f"Remove index {index.index} of {index.relation}, {size(index.size)}: {reason}",
        risk=Risk.DISRUPT,
        steps=(step(index, pieces),),
        notes=(
            f"Why it can go: {reason}. Scans counted so far: {index.scans:,}. A statement that uses it all the same is slower from then on.",
            f"Only {index.owner} and its members may drop it.",
            older.note(waits) if index.beside_others else others_wait(index),
            undo_note(index, pieces),
            *([f"`undo` proposes that afterwards, without {index.lost}."] if index.lost else []),
        ),
        evidence=("indexes unused", "indexes redundant"),
    )


def others_wait(index: Index) -> str:
    """For how long, and why."""
    if not index.is_partitioned:
        return f"Others wait: it gives up after {SHORT_PATIENCE_S} s."
    return (
        f"With it go those of {several(index.parts, 'partition')}. PostgreSQL refuses to drop it concurrently and locks them all at once: "
        f"others wait, and it gives up after {SHORT_PATIENCE_S} s for one lock, {TOGETHER_S} s for all."
    )


def undo_note(index: Index, pieces: Sequence[Piece]) -> str:
    """How it comes back."""
    if not pieces:
        return f"Undo, word for word: {index.undo};"
    return f"`undo` builds it again, partition by partition while writers go on: {pieces[0].build}; then {several(index.parts, 'partition')} under their names."


def step(index: Index, pieces: Sequence[Piece]) -> Step:
    """How it is dropped, and how that is verified."""
    return Step(
        title=f"Remove index {index.index}",
        do=Sql(statement=index.statement),
        locks=BESIDE_OTHERS if index.beside_others else STOPS_ALL if index.is_partitioned else STOPS_OTHERS,
        timeout_s=NO_LIMIT_S if index.beside_others else TOGETHER_S,
        lock_timeout_s=PATIENCE_S if index.beside_others else SHORT_PATIENCE_S,
        check=Check(statement=index.dropped),
        undo=tuple(in_pieces(pieces)) if pieces else (rebuild(index),),
    )


def rebuild(index: Index) -> Step:
    """How it comes back, from the definition it had."""
    return Step(
        title=f"Build index {index.index} again",
        do=Sql(statement=index.rebuild),
        locks=BESIDE_OTHERS if index.beside_others else STOPS_OTHERS_TO_BUILD,
        timeout_s=NO_LIMIT_S,
        lock_timeout_s=PATIENCE_S if index.beside_others else SHORT_PATIENCE_S,
        check=Check(statement=index.is_back),
    )


def in_pieces(pieces: Sequence[Piece]) -> Iterable[Step]:
    """How that of a partitioned table comes back: above alone first, then each partition's, attached from below."""
    yield from (
        moment(f"Create {one.index} on {one.relation} alone", one.build, one.built)
        for one in pieces
        if one.is_partitioned
    )
    yield from _below(pieces, pieces[0])
    whole = pieces[0].is_whole
    proof = moment(f"Confirm that {pieces[0].index} is back", whole, whole)
    yield proof.model_copy(update={"locks": "none", "retries": 0})


def _below(pieces: Sequence[Piece], above: Piece) -> Iterable[Step]:
    for one in pieces:
        if one.above != above.oid:
            continue
        if one.is_partitioned:
            yield from _below(pieces, one)
        else:
            yield beside(f"Build index {one.index} again", one.build, one.built)
        yield moment(f"Attach {one.index}", one.attach, one.is_attached)


def stays(why: str) -> Report:
    """Why nothing is proposed."""
    return Report(
        title="Index drop",
        verdict=Verdict(level=Level.INFO, text=f"Not dropped: {why}"),
        notes=("Only what `indexes unused` or `indexes redundant` calls droppable is dropped.",),
        buttons=(
            Button(label="Unused", text="indexes unused"),
            Button(label="Redundant", text="indexes redundant"),
            Button(label="Invalid", text="indexes invalid"),
        ),
    )


command = Command(
    name="index drop",
    help="Drop an index that nobody reads or that another serves for",
    runbook="Index optimization: remove unused indexes",
    risk=Risk.DISRUPT,
    place=62,
    args=Wanted,
    plan=plan,
    words=("drop index",),
)
