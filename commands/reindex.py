"""Rebuild an index beside its users, or all that are invalid, and drop what failed rebuilds left."""

from collections.abc import Iterable, Sequence

from bot.command import Args, Check, Command, Plan, Risk, Row, Sources, Sql, Step
from bot.errors import BadInput
from bot.report import Button, Level, Report, Verdict
from bot.sql import queries
from commands import older
from commands.index_drop import SQL as INDEXES
from commands.index_drop import Name
from commands.index_site import NO_LIMIT_S, nearest
from commands.older import BESIDE_OTHERS, PATIENCE_S, Older
from commands.wording import listed, several, size

SQL = queries(__file__)
INVALID = "invalid"
MOST = 30


class Wanted(Args):
    """Which index; `invalid` means all that are."""

    index: str = INVALID


class Index(Row):
    """An index that may be rebuilt; a `leftover` is dropped instead, `building` is the phase of a build that goes on."""

    index: str
    relation: str
    size: int
    owner: str
    is_valid: bool
    is_partitioned: bool
    is_exclusion: bool
    leftover: bool
    building: str
    locked: bool
    rebuild: str
    drop_it: str
    drop_spare: str
    is_gone: str
    valid: str
    confirmed: str
    cleared: str

    @property
    def why_not(self) -> str:
        """Why it is left alone; empty when it is not."""
        if self.building:
            return f"being built now: {self.building}"
        if self.locked:
            return "it or its table is locked exclusively, or about to be: see active"
        if self.is_partitioned:
            return "of a partitioned table, so each partition's is rebuilt by its own name, and what is missing `index create` builds and attaches; `indexes invalid` shows it"
        return "exclusion constraint: only a plain REINDEX, which stops writers, mends it" if self.is_exclusion else ""


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Look the indexes up, then propose a rebuild for each.

    Raises:
        BadInput: there is no such index; names the nearest.
    """
    schema = sources.database.schema
    everything = args.index.lower() == INVALID
    name = "" if everything else args.index.removeprefix(f"{schema}.")
    found = sources.database.rows(SQL["indexes"], Index, schema=schema, index=name)
    if not found and not everything:
        names = [row.name for row in sources.database.rows(INDEXES["names"], Name, schema=schema)]
        raise BadInput(
            f"There is no index '{name[:63]}' in {schema}.{nearest(name, names)} `reindex invalid` takes all that are invalid."
        )
    chosen = found if everything else found[:1]
    with sources.database.together() as questions:
        waits = older.ask(questions, schema, sorted({one.relation for one in chosen}))
    return proposal(chosen, waits.rows)


def proposal(found: Sequence[Index], waits: Sequence[Older]) -> Plan | Report:
    """The leftovers first, then a rebuild for each; a report when there is nothing to do."""
    todo = [one for one in found if not one.why_not]
    left = [f"{one.index} is left alone: {one.why_not}." for one in found if one.why_not]
    if not todo:
        return nothing(left)
    chosen = todo[:MOST]
    more = len(todo) - len(chosen)
    return Plan(
        summary=summary(chosen),
        risk=Risk.MEND,
        steps=tuple(step for one in chosen for step in steps(one, last=one is chosen[-1])),
        notes=(
            *(preview(one) for one in chosen[:10]),
            older.note(waits),
            *left,
            *([f"{several(more, 'index', 'indexes')} more: ask again afterwards."] if more else []),
            "No undo is needed: the old index serves until the new one is there. A rebuild that is stopped leaves an index with _ccnew: `reindex invalid` drops it.",
        ),
        evidence=("indexes invalid",),
    )


def summary(chosen: Sequence[Index]) -> str:
    """What is rebuilt and what is dropped, in one line."""
    rebuilt = [one.index for one in chosen if not one.leftover]
    dropped = [one.index for one in chosen if one.leftover]
    said = [
        f"rebuild {listed(rebuilt, 3)}" if rebuilt else "",
        f"drop the leftover {listed(dropped, 3)}" if dropped else "",
    ]
    text = " and ".join(filter(None, said))
    return f"{text[0].upper()}{text[1:]}; readers and writers go on"


def steps(one: Index, *, last: bool) -> Iterable[Step]:
    """How one index is mended, and how what a failed rebuild leaves goes again; only the last may end the run."""
    if one.leftover:
        yield _step(f"Drop leftover {one.index}", one.drop_it, one.is_gone, required=last)
        return
    rebuild = _step(f"Rebuild index {one.index}", one.rebuild, one.valid, required=last and not one.drop_spare)
    yield rebuild
    if one.drop_spare:
        title = f"Confirm {one.index}, or drop what its rebuild left"
        confirm = _step(title, one.drop_spare, one.confirmed, required=last)
        yield confirm.model_copy(update={"follows": (rebuild.title,), "if_skipped": Check(statement=one.cleared)})


def _step(title: str, statement: str, check: str, *, required: bool) -> Step:
    return Step(
        title=title,
        do=Sql(statement=statement),
        locks=BESIDE_OTHERS,
        timeout_s=NO_LIMIT_S,
        lock_timeout_s=PATIENCE_S,
        required=required,
        check=Check(statement=check),
    )


def preview(one: Index) -> str:
    """What it is and what it needs."""
    if one.leftover:
        return f"{one.index} of {one.relation}: {size(one.size)}, left by something that failed; no query uses it. Only {one.owner} and its members may drop it."
    return (
        f"{one.index} of {one.relation}: {'valid' if one.is_valid else 'invalid'}, {size(one.size)}, which the new one needs on disk beside it."
        f" Only {one.owner} and its members may rebuild it."
    )


def nothing(left: Sequence[str]) -> Report:
    """That there is nothing to rebuild, or nothing that may be."""
    text = "Nothing is rebuilt: see below why" if left else "Every index is valid: nothing to rebuild"
    return Report(
        title="Reindex",
        verdict=Verdict(level=Level.INFO if left else Level.OK, text=text),
        notes=(*left, "Examined: the indexes of the schema, and those of its TOAST tables."),
        buttons=(Button(label="Invalid", text="indexes invalid"), Button(label="Indexes", text="indexes")),
    )


command = Command(
    name="reindex",
    help="Rebuild an index, or all invalid ones, while all go on",
    runbook="Emergency procedures, step 4: rebuild critical indexes",
    risk=Risk.MEND,
    place=63,
    args=Wanted,
    plan=plan,
    words=("rebuild index", "index rebuild"),
)
