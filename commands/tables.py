"""How large the tables are, and which of them are behind with vacuum and analyze."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.command import Command, Risk, Row, Sources
from bot.report import Button, Cell, Column, Level, Report, Table, Unit, Verdict
from bot.sql import queries
from commands import upkeep
from commands.upkeep import Debt, ago, overdue
from commands.wording import listed, several, size

SQL = queries(__file__)
ON_SCREEN, MOST_ROWS = 8, 90
SHARE = "Share of the schema"


class Size(Row):
    """A table's bytes, split; of one that was not opened they are the catalog's."""

    oid: int
    name: str
    kind: str
    locked: bool
    opened: bool
    heap: int
    indexes: int
    toast: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.heap + self.indexes + self.toast


class Others(Row):
    """What has no size of its own, and how many partitions are kept in other schemas."""

    partitioned: int
    foreign_tables: int
    elsewhere: int


@dataclass(frozen=True)
class Known:
    """Everything about the tables of a schema, the largest first."""

    sizes: Sequence[Size]
    debts: Mapping[int, Debt]
    others: Others

    @property
    def total(self) -> int:
        """The size of the schema's tables with their indexes."""
        return sum(one.total for one in self.sizes)

    def share(self, one: Size) -> float:
        """The share of the schema's size in per cent: what the runbook calls bloat."""
        return 100 * one.total / max(1, self.total)


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Look, then say."""
    schema = sources.database.schema
    with sources.database.together() as questions:
        sizes = questions.ask(SQL["sizes"], Size, schema=schema)
        debts = questions.ask(upkeep.SQL["debts"], Debt, schema=schema, everywhere=False)
        others = questions.ask(SQL["others"], Others, schema=schema)
    largest = sorted(sizes.rows, key=lambda one: (-one.total, one.name))
    return report(Known(largest, {debt.oid: debt for debt in debts.rows}, others.row))


def report(known: Known) -> Report:
    """The largest tables, and behind them how each is split and kept."""
    units = (Unit.CODE, Unit.BYTES, Unit.PERCENT, Unit.PERCENT, Unit.PERCENT, Unit.PERCENT)
    titles = ("Table", "Total", SHARE, "Dead rows", "Vacuum due", "Analyze due")
    first = _table("Largest tables", titles, units, [_cells(known, one) for one in known.sizes[:ON_SCREEN]])
    left_out = max(0, len(known.sizes) - MOST_ROWS)
    shown = known.sizes[:MOST_ROWS]
    bytes_ = (Unit.CODE, Unit.TEXT, Unit.BYTES, Unit.BYTES, Unit.BYTES, Unit.BYTES, Unit.PERCENT)
    parts = ("Table", "Kind", "Total", "Heap", "Indexes", "TOAST", SHARE)
    split = _table("Size", parts, bytes_, [_split(known, one) for one in shown], left_out)
    counts = (Unit.CODE, *(Unit.COUNT,) * 4, Unit.TEXT, Unit.TEXT, Unit.TEXT)
    kept = ("Table", "Rows", "Dead", "Changed", "Transactions since freezing", "Vacuum", "Analyze", "Own settings")
    upkept = _table("Upkeep", kept, counts, [_upkeep(known, one) for one in shown], left_out)
    return Report(
        title="Tables",
        verdict=verdict(known),
        parts=(first,) if known.sizes else (),
        more=(split, upkept) if known.sizes else (),
        notes=notes(known),
        buttons=(Button(label="Vacuum", text="vacuum"), Button(label="Bloat", text="bloat")),
    )


def verdict(known: Known) -> Verdict:
    """What is furthest behind, else what is largest, in one line."""
    behind = overdue([known.debts[one.oid] for one in known.sizes if one.oid in known.debts])
    if behind:
        others = f"; {several(len(behind) - 1, 'more table')} past theirs" if len(behind) > 1 else ""
        return Verdict(level=behind[0].level, text=f"{upkeep.said(behind[0])}{others}. Press Vacuum")
    if not known.sizes:
        return Verdict(level=Level.INFO, text="There is no table in this schema")
    first = known.sizes[0]
    text = f"No table is past its own vacuum or analyze line; the largest is {first.name}, {size(first.total)} of {size(known.total)}"
    return Verdict(level=Level.OK, text=text)


def notes(known: Known) -> tuple[str, ...]:
    """What was examined, what was left out, and what is set against the usual."""
    others = known.others
    said = [
        f"Examined: {several(len(known.sizes), 'table')}; share is what the runbook lists as table bloat, see bloat for that."
    ]
    if others.partitioned or others.foreign_tables:
        apart = f" but for {others.elsewhere} in other schemas" if others.elsewhere else ""
        said.append(
            f"Without a size of their own: {several(others.partitioned, 'partitioned table')} (partitions are listed{apart}),"
            f" {several(others.foreign_tables, 'foreign table')}."
        )
    locked = [one.name for one in known.sizes if one.locked]
    if locked:
        said.append(f"Locked now, so not opened (sizes as of the last vacuum): {listed(locked)}.")
    small = sum(not one.opened and not one.locked for one in known.sizes)
    if small:
        said.append(f"Of {several(small, 'smaller table')} the size is that of the last vacuum or analyze.")
    off = [debt.name for debt in known.debts.values() if debt.is_off]
    if off:
        said.append(f"Autovacuum is off for {listed(off)}.")
    return tuple(said)


def _table(
    title: str, titles: tuple[str, ...], units: tuple[Unit, ...], rows: list[tuple[Cell, ...]], left_out: int = 0
) -> Table:
    columns = tuple(Column(title=name, unit=unit) for name, unit in zip(titles, units, strict=True))
    return Table(title=title, columns=columns, rows=tuple(rows), left_out=left_out)


def _cells(known: Known, one: Size) -> tuple[Cell, ...]:
    debt = known.debts.get(one.oid)
    behind = (debt.dead_percent, debt.vacuum_due, debt.analyze_due) if debt else (None, None, None)
    return one.name, one.total, known.share(one), *behind


def _split(known: Known, one: Size) -> tuple[Cell, ...]:
    return one.name, one.kind, one.total, one.heap, one.indexes, one.toast, known.share(one)


def _upkeep(known: Known, one: Size) -> tuple[Cell, ...]:
    debt = known.debts.get(one.oid)
    if debt is None:
        return one.name, *(None,) * 4, "", "", ""
    times = ago(debt.vacuumed_s), ago(debt.analyzed_s)
    return one.name, round(debt.rows), debt.dead, debt.changed, debt.xid_age, *times, debt.options


command = Command(
    name="tables",
    help="How large tables are, and which are behind with vacuum and analyze",
    runbook="Diagnostics, step 1: check table bloat",
    risk=Risk.LOOK,
    place=31,
    plan=plan,
    words=("table sizes", "largest tables", "biggest tables", "sizes"),
)
