"""The runbook's weekday script, corrected: what is past its own line is vacuumed, what is stale is analyzed, the worst first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.command import Command, Plan, Risk, Sources, Step
from bot.report import Button, Level, Report, Verdict
from commands import analyze, care, horizon, upkeep
from commands.analyze import Stale
from commands.care import MOST_STEPS, TABLES, WORTH_ROWS, Cared
from commands.horizon import Holder
from commands.upkeep import LINE, Debt
from commands.wording import several


@dataclass(frozen=True)
class Due:
    """A table past its own vacuum line, how many rows past it and in which words."""

    table: Cared
    excess: float
    why: str


@dataclass(frozen=True)
class Work:
    """All that is due, the worst first; `examined` counts tables."""

    due: Sequence[Due]
    stale: Sequence[Stale]
    holder: Holder | None
    examined: int

    @property
    def vacuumed(self) -> list[Due]:
        """What a vacuum helps and nobody stands in the way of."""
        return [one for one in self.due if not one.table.in_the_way and not care.is_useless(one.table, self.holder)]

    @property
    def analyzed(self) -> list[Stale]:
        """What is to be analyzed besides: a vacuumed table is analyzed with it."""
        done = {one.table.oid for one in self.vacuumed}
        return [one for one in self.stale if one.table.oid not in done and not one.table.in_the_way]

    @property
    def tables(self) -> dict[int, Cared]:
        """Whatever is due, by its oid."""
        return {one.table.oid: one.table for one in (*self.due, *self.stale)}


def plan(sources: Sources, args: object) -> Plan | Report:  # noqa: ARG001 - every command is asked the same way
    """Look what is due, then propose a step for each table."""
    care.primary_only(sources)
    schema = sources.database.schema
    with sources.database.together() as questions:
        tables = questions.ask(TABLES, Cared, schema=schema, everywhere=False)
        debts = questions.ask(upkeep.SQL["debts"], Debt, schema=schema, everywhere=False)
        holders = questions.ask(horizon.SQL["holders"], Holder)
    stale = analyze.targets(tables.rows, debts.rows)
    work = Work(due(tables.rows, debts.rows), stale, care.holding(holders.rows), len(tables.rows))
    return proposal(work, sources)


def due(tables: Iterable[Cared], debts: Iterable[Debt]) -> list[Due]:
    """What is past its own vacuum line, by the rows beyond it; a TOAST table's debt is that of its table."""
    owners = {oid: table for table in tables if not table.partitioned for oid in (table.oid, table.toast) if oid}
    found: dict[int, Due] = {}
    for debt in upkeep.overdue(list(debts)):
        table = owners.get(debt.oid)
        if table and debt.vacuum_due > LINE and debt.dead + debt.inserted >= WORTH_ROWS:
            found.setdefault(table.oid, Due(table, debt.excess, upkeep.said(debt)))
    return list(found.values())


def proposal(work: Work, sources: Sources) -> Plan | Report:
    """The vacuums, then the analyzes, no more than people can read."""
    steps = [
        *(care.vacuum(one.table, required=False) for one in work.vacuumed),
        *(care.analyze(one.table, required=False) for one in work.analyzed),
    ]
    if not steps:
        return nothing(work)
    shown = steps[:MOST_STEPS]
    return Plan(
        summary=summary(shown),
        risk=Risk.MEND,
        steps=tuple(shown),
        notes=(
            *why_not(work),
            *([f"{why}." for why in whys(work)][:MOST_STEPS]),
            *care.left_out(len(steps), MOST_STEPS),
            *care.expected(shown, sources.memory.durations([step.title for step in shown])),
            examined(work),
        ),
    )


def summary(steps: Sequence[Step]) -> str:
    """What is done, in one line."""
    vacuums = sum(1 for step in steps if step.title.startswith("Vacuum"))
    parts = [
        f"vacuum {several(vacuums, 'table')}" if vacuums else "",
        f"analyze {several(len(steps) - vacuums, 'table')}" if vacuums < len(steps) else "",
    ]
    return f"Maintenance: {' and '.join(filter(None, parts))}; reads and writes go on"


def why_not(work: Work) -> list[str]:
    """What is left alone, and why; who holds an old snapshot comes first."""
    useless = [one.table for one in work.due if care.is_useless(one.table, work.holder)]
    waiting = work.holder is not None and bool(work.due)
    return [
        *(care.held(None, work.holder) if waiting else []),
        *(f"{table.name}: not vacuumed, it would remove nothing while that lasts." for table in useless[:MOST_STEPS]),
        *[care.left_alone(table) for table in work.tables.values() if table.in_the_way][:MOST_STEPS],
    ]


def whys(work: Work) -> Iterable[str]:
    """Why each step is there."""
    yield from (one.why for one in work.vacuumed)
    yield from (f"{one.table.name}: {one.why}" for one in work.analyzed)


def examined(work: Work) -> str:
    """What was looked at."""
    return f"Examined: {several(work.examined, 'table')} against their own lines, from {WORTH_ROWS:,} rows on. VACUUM FULL and REINDEX are no part of it."


def nothing(work: Work) -> Report:
    """That nothing is due, or nothing that can be done now."""
    text = "Nothing that is due can be done now" if work.tables else "No table is past its own line: nothing to do"
    return Report(
        title="Maintenance",
        verdict=Verdict(level=Level.ALERT if work.tables else Level.OK, text=text),
        notes=(*why_not(work), examined(work)),
        buttons=(Button(label="Vacuum", text="vacuum"), Button(label="Tables", text="tables")),
    )


command = Command(
    name="maintenance",
    help="Vacuum and analyze what is past its own lines, the worst first",
    runbook="Vacuum & Analyze Script",
    risk=Risk.MEND,
    place=56,
    plan=plan,
    words=("vacuum all", "weekday maintenance", "run maintenance", "vacuum and analyze"),
)
