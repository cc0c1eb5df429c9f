"""The statistics of a partitioned table itself, which autovacuum never gathers: the last step of a conversion."""

from bot.command import Check, Database, Plan, Risk, Row, Sql, Step
from bot.sql import queries

SQL = queries(__file__)


class Table(Row):
    """A table, and whether it is partitioned; `analyzed` says whether it has statistics, `analyze` gives it some."""

    name: str
    is_partitioned: bool
    analyzed: bool
    analyze: str
    is_analyzed: str


def tables(database: Database) -> list[Table]:
    """Every table that could be meant, as it is or as it will be once it is partitioned."""
    return database.rows(SQL["tables"], Table, schema=database.schema)


def step(table: Table, follows: tuple[str, ...] = ()) -> Step:
    """How they are gathered, behind the step that partitions it; the conversion stands without them."""
    return Step(
        title=f"Analyze {table.name}",
        do=Sql(statement=table.analyze),
        locks="share update exclusive: nobody waits",
        timeout_s=0,
        required=False,
        check=Check(statement=table.is_analyzed),
        follows=follows,
    )


def proposal(table: Table) -> Plan:
    """What is still to do for a conversion that came no further."""
    return Plan(
        summary=f"Give {table.name}, which is partitioned, statistics of its own",
        risk=Risk.MEND,
        steps=(step(table),),
        notes=("Autovacuum analyzes partitions, and never the partitioned table itself.",),
    )
