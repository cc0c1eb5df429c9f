"""Renew the statistics that the planner goes by: of one table, or of all where they are missing or stale."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.command import Args, Command, Plan, Risk, Sources
from bot.report import Button, Level, Report, Verdict
from commands import care, upkeep
from commands.care import MOST_STEPS, TABLES, WORTH_ROWS, Cared
from commands.upkeep import LINE, Debt
from commands.wording import DAY, several

TARGETS = "targets"


class Wanted(Args):
    """Which table; all whose statistics are missing or stale when none is named."""

    table: str = TARGETS


@dataclass(frozen=True)
class Stale:
    """A table whose statistics are missing or stale, and why."""

    table: Cared
    why: str


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Look what is stale, then propose a step for each table."""
    care.primary_only(sources)
    schema, named = sources.database.schema, args.table.lower() != TARGETS
    with sources.database.together() as questions:
        tables = questions.ask(TABLES, Cared, schema=schema, everywhere=named)
        debts = questions.ask(upkeep.SQL["debts"], Debt, schema=schema, everywhere=False)
    if named:
        return one(care.choose(tables.rows, args.table), sources)
    return proposal(targets(tables.rows, debts.rows), len(tables.rows), sources)


def targets(tables: Sequence[Cared], debts: Iterable[Debt]) -> list[Stale]:
    """What is missing or stale, the worst first; a partition needs no step beside its parent, with which it is analyzed."""
    changed = {debt.oid: debt for debt in debts}
    stale = [Stale(table, why) for table in tables if (why := _why(table, changed.get(table.oid)))]
    with_parent = {oid for one in stale if one.table.partitioned for oid in one.table.members}
    return sorted(
        (one for one in stale if one.table.oid not in with_parent),
        key=lambda one: (-_weight(one.table), one.table.name),
    )


def one(table: Cared, sources: Sources) -> Plan | Report:
    """One table."""
    if table.in_the_way:
        return nothing(f"{table.name} is {table.in_the_way}: ask again when that is over", Level.INFO)
    step = care.analyze(table)
    return Plan(
        summary=f"Renew the statistics of {table.name}; reads and writes go on",
        risk=Risk.MEND,
        steps=(step,),
        notes=(care.state(table), *care.expected([step], sources.memory.durations([step.title]))),
    )


def proposal(stale: Sequence[Stale], examined: int, sources: Sources) -> Plan | Report:
    """All of them, as many as people can read."""
    free = [one for one in stale if not one.table.in_the_way]
    said = f"Examined: {several(examined, 'table')} of the schema {sources.database.schema}."
    blocked = [care.left_alone(one.table) for one in stale if one.table.in_the_way]
    if not free:
        text = "No table can be analyzed now" if stale else "Every table has statistics, and none is stale"
        return nothing(text, Level.INFO if stale else Level.OK, (*blocked, said))
    steps = [care.analyze(one.table, required=False) for one in free[:MOST_STEPS]]
    past = sources.memory.durations([step.title for step in steps])
    return Plan(
        summary=f"Renew the statistics of {several(len(steps), 'table')}; reads and writes go on",
        risk=Risk.MEND,
        steps=tuple(steps),
        notes=(
            *(f"{one.table.name}: {one.why}." for one in free[:MOST_STEPS]),
            *care.left_out(len(free), MOST_STEPS),
            *blocked,
            *care.expected(steps, past),
            said,
        ),
    )


def nothing(text: str, level: Level = Level.OK, notes: tuple[str, ...] = ()) -> Report:
    """That there is nothing to do, or nothing that can be done now."""
    return Report(
        title="Analyze",
        verdict=Verdict(level=level, text=text),
        notes=notes,
        buttons=(Button(label="Vacuum", text="vacuum"), Button(label="Tables", text="tables")),
    )


def _why(table: Cared, debt: Debt | None) -> str:
    if table.analyzed_s is None:
        return f"never analyzed, with {several(table.rows, 'row')}" if table.rows else ""
    if table.partitioned:
        is_old = table.analyzed_s > DAY and table.changed
        return "a partitioned table, which autovacuum does not analyze, and its partitions changed" if is_old else ""
    if debt is None or debt.analyze_due <= LINE or debt.changed < WORTH_ROWS:
        return ""
    return f"{several(debt.changed, 'row')} changed since ANALYZE, {debt.analyze_due / LINE:,.1f} times its line"


def _weight(table: Cared) -> int:
    return max(table.changed, table.rows if table.analyzed_s is None else 0)


command = Command(
    name="analyze",
    help="Renew a table's statistics, or all that are missing or stale",
    runbook="Vacuum & Analyze Script; Quick wins",
    risk=Risk.MEND,
    place=55,
    args=Wanted,
    plan=plan,
    words=("analyse", "update statistics", "renew statistics"),
)
