"""The vacuum of one table, with what stands in its way said first."""

from collections.abc import Sequence

from bot.command import Plan, Risk, Sources
from bot.report import Button, Level, Report, Verdict
from commands import care, horizon
from commands.care import TABLES, Cared
from commands.horizon import Holder


def plan(sources: Sources, name: str) -> Plan | Report:
    """Look at the table and who holds old rows, then propose to vacuum it.

    Raises:
        BadInput: there is no such table.
        Cannot: this is a replica.
    """
    care.primary_only(sources)
    with sources.database.together() as questions:
        tables = questions.ask(TABLES, Cared, schema=sources.database.schema, everywhere=True)
        holders = questions.ask(horizon.SQL["holders"], Holder)
    table = care.choose(tables.rows, name)
    return not_now(table) if table.in_the_way else proposal(table, holders.rows, sources)


def proposal(table: Cared, holders: Sequence[Holder], sources: Sources) -> Plan:
    """The vacuum; where it would remove little, that comes first."""
    holder = care.holding(holders)
    step = care.vacuum(table)
    return Plan(
        summary=summary(table, holder),
        risk=Risk.MEND,
        steps=(step,),
        notes=(
            *care.held(table, holder),
            care.state(table),
            *care.expected([step], sources.memory.durations([step.title])),
        ),
    )


def summary(table: Cared, holder: Holder | None) -> str:
    """What is done, and whether it helps, in one line."""
    if holder is None:
        return f"Vacuum and analyze {table.name}; reads and writes go on"
    little = "remove nothing" if care.is_useless(table, holder) else "remove only what died before"
    return f"It would {little}: {holder.kind} {holder.name} holds an old snapshot. Vacuum and analyze {table.name} all the same"


def not_now(table: Cared) -> Report:
    """That the vacuum would be skipped now."""
    text = f"{table.name} is {table.in_the_way}: ask again when that is over"
    return Report(
        title="Vacuum",
        verdict=Verdict(level=Level.INFO, text=text),
        buttons=(Button(label="Blocked", text="blocked"), Button(label="Vacuum", text="vacuum")),
    )
