"""Partitions: how far ahead they reach, what fell into DEFAULT, and which big tables have none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

from bot.command import Args, Command, Risk, Sources
from bot.errors import BadInput
from bot.report import Button, Cell, Column, Level, Part, Report, Table, Unit, Verdict, worst
from commands import partition_look
from commands.partition_look import SQL
from commands.partition_metrics import METRICS
from commands.partitioned_tables import HORIZON_DAYS, Judged, Leftover
from commands.ranges import is_free, is_month
from commands.recipe import Recipe, blocks
from commands.typed import named
from commands.unpartitioned import LEAST_BYTES, LEAST_ROWS, Candidate, Largest, facts
from commands.unpartitioned import SQL as OTHERS
from commands.unpartitioned import table as others_table
from commands.wording import listed, several, size

MOST_ROWS = 12
MOST_RECIPES = 12
COLUMNS = (
    Column(title="Table"),
    Column(title="By"),
    Column(title="Partitions", unit=Unit.COUNT),
    Column(title="Days ahead"),
    Column(title="In DEFAULT"),
    Column(title="Missing months"),
)


class Wanted(Args):
    """One table; all of them when none is named."""

    table: str = ""


@dataclass(frozen=True)
class Told:
    """What was found; `left_out` are the DEFAULT partitions that were not counted after all, `offered` the commands that the asker may use."""

    judged: Sequence[Judged]
    leftovers: Sequence[Leftover]
    others: Sequence[Candidate]
    largest: Largest
    left_out: Sequence[str] = ()
    offered: frozenset[str] = frozenset()


def plan(sources: Sources, args: Wanted) -> Report:
    """Look into the catalog, and count what is in DEFAULT.

    Raises:
        BadInput: there is no table of the name.
    """
    database, schema = sources.database, sources.database.schema
    name = args.table.removeprefix(f"{schema}.")
    with database.together() as questions:
        found = partition_look.Asked(questions, schema)
        leftovers = questions.ask(SQL["leftovers"], Leftover, schema=schema)
        others = questions.ask(
            OTHERS["judged"],
            Candidate,
            schema=schema,
            table=name,
            key="",
            least_bytes=LEAST_BYTES,
            least_rows=LEAST_ROWS,
        )
        largest = questions.ask(OTHERS["largest"], Largest, schema=schema)
    chosen = [one for one in found.tables if name.lower() in ("", one.name.lower())]
    if name and not chosen and not others.rows:
        raise BadInput(partition_look.unknown(name, [one.name for one in found.tables], schema))
    judged, left_out = partition_look.judge(sources, chosen, found.bounds)
    names = {one.name for one in chosen}
    beside = [one for one in leftovers.rows if one.parent in names]
    offered = frozenset(offer.name for offer in sources.offers)
    return report(Told(judged, beside, others.rows, largest.row, left_out, offered))


def addable(one: Judged) -> list[str]:
    """The missing months for which a partition can be added at once: nothing of them is in DEFAULT, and the others are months."""
    finite = [found for found in one.ranges if found.high < inf]
    if not finite or not is_month(max(finite)):
        return []
    taken = {found.month for found in one.in_default}
    return [month for month in one.missing_months if month not in taken and is_free(one.ranges, month)]


def report(told: Told) -> Report:
    """The partitioned tables, the one that ends first on top, then the big ones that are not partitioned."""
    judged = sorted(told.judged, key=lambda one: (-_weight(one), one.days, one.table.name))
    rows = tuple(_cells(one) for one in judged[:MOST_ROWS])
    tables = Table(title="Partitioned tables", columns=COLUMNS, rows=rows, left_out=len(judged) - len(rows))
    return Report(
        title="Partitions",
        verdict=verdict(told, judged),
        parts=(*((tables,) if rows else ()), *((others_table(told.others),) if told.others else ())),
        more=tuple(_more(told)),
        notes=tuple(notes(told)),
        buttons=tuple(_buttons(told)),
    )


def _weight(one: Judged) -> int:
    return list(Level).index(one.level)


def verdict(told: Told, judged: Sequence[Judged]) -> Verdict:
    """What is worst, in one line, else how far all of them reach."""
    wrong = [one for one in judged if one.level is not Level.OK]
    if wrong:
        others = f"; {several(len(wrong) - 1, 'table')} more" if wrong[1:] else ""
        return Verdict(level=worst([one.level for one in wrong]), text=f"{wrong[0].trouble()}{others}")
    if not judged:
        return Verdict(level=Level.INFO, text=_none(told))
    timed = [one for one in judged if one.is_judged]
    if not timed:
        return Verdict(
            level=Level.OK, text=f"{several(len(judged), 'partitioned table')}, none of which has to reach ahead"
        )
    first = min(timed, key=lambda one: one.days)
    reach = "without an end" if first.days == inf else f"{first.days:.0f} days ahead"
    return Verdict(
        level=Level.OK,
        text=f"{several(len(judged), 'partitioned table')}; the first to end is {first.table.name}, {reach}",
    )


def _none(told: Told) -> str:
    if not told.others:
        return "No table is partitioned, and none is so large that it should be"
    first = told.others[0]
    how = f"in the way: {'; '.join(first.blockers)}" if first.blockers else f"it could be, by {first.key}"
    return f"{first.name} ({size(first.size)}) is not partitioned; {how}"


def notes(told: Told) -> Iterable[str]:
    """What was examined, what was left out, and what is odd."""
    yield (
        f"Examined: {several(len(told.judged), 'partitioned table')} and {several(told.largest.examined, 'other table')};"
        f" big is from {size(LEAST_BYTES)} or {LEAST_ROWS:,} rows on. Partitions by time must reach {HORIZON_DAYS} days ahead."
    )
    yield from (said for one in told.judged for said in one.remarks())
    odd = [one.table.name for one in told.judged if not one.table.by_time]
    if odd:
        yield f"Not by time, so only their DEFAULT was looked at: {listed(odd, 10)}."
    full = [
        one.table.name for one in told.judged if {found.month for found in one.in_default} & set(one.missing_months)
    ]
    if full:
        yield f"A missing month of {listed(full)} has rows in DEFAULT: it can only be attached after they were moved."
    if told.leftovers:
        yield f"They look like partitions and are none, detached or not yet attached: {listed([one.name for one in told.leftovers])}."
    lacking = [month for one in told.judged for month in addable(one)]
    if lacking:
        yield f"How {several(len(lacking), 'missing month')} can be added, each with its undo: `partition ensure`."
    yield from told.left_out


def _more(told: Told) -> Iterable[Part]:
    half = [
        Recipe(f"{one.name}: finish what an interrupted DETACH left", one.finalize)
        for judged in told.judged
        for one in judged.partitions
        if one.detaching
    ]
    yield from blocks("As its owner; nobody waits for it", half[:MOST_RECIPES])
    if told.leftovers:
        columns = (Column(title="Table"), Column(title="Looks like"), Column(title="Size", unit=Unit.BYTES))
        rows = tuple((one.name, one.parent, one.size) for one in told.leftovers[:MOST_ROWS])
        yield Table(title="Leftovers", columns=columns, rows=rows, left_out=len(told.leftovers) - len(rows))
    yield from facts(told.others)


def _buttons(told: Told) -> Iterable[Button]:
    if "partition ensure" in told.offered and any(addable(one) for one in told.judged):
        yield Button(label="Add the months", text="partition ensure")
    convertible = next(
        (one.name for one in told.others if not one.blockers and named("partition convert", one.name)), ""
    )
    if "partition convert" in told.offered and convertible:
        yield Button(label=f"Convert {convertible[:40]}", text=named("partition convert", convertible))
    name = told.largest.name
    if name and not told.others and name.isidentifier():
        yield Button(label="Largest table", text=f"partitions {name}")
    yield Button(label="Tables", text="tables")
    yield Button(label="Status", text="status")


def _cells(one: Judged) -> tuple[Cell, ...]:
    table = one.table
    by = f"{table.strategy} of {table.key}"
    ahead = "" if not one.is_judged else "no end" if one.days == inf else f"{one.days:.0f} of {HORIZON_DAYS}"
    in_default = (
        "no DEFAULT" if table.default_name is None else "not counted" if table.why_not else f"{one.rows_in_default:,}"
    )
    return table.name, by, table.partitions, ahead, in_default, listed(one.missing_months, 4)


command = Command(
    name="partitions",
    help="How far partitions reach ahead, and what fell into DEFAULT",
    runbook="Storage Optimization: table partitioning",
    risk=Risk.LOOK,
    place=41,
    args=Wanted,
    plan=plan,
    metrics=METRICS,
    words=("partitioning", "table partitions"),
)
