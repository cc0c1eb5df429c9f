"""Throw the expired rows of query_cache away, in batches, while readers and writers go on."""

from collections.abc import Sequence

from bot.command import Check, Command, Plan, Risk, Row, Sources, Sql, Step
from bot.report import Button, Level, Report, Verdict
from bot.sql import queries
from commands.cache import SQL as CACHES
from commands.cache import Found, why_not
from commands.wording import duration, listed, several, size

SQL = queries(__file__)
TEN_MINUTES_S = 600
STAYS_DELETED = "Committed every 10,000 rows: when it is stopped, what was deleted stays deleted. Deleted rows free their space at the next vacuum."
NO_UNDO = "No undo: an expired row is never given to anybody. Rows that have not expired stay."


class Purge(Row):
    """What of a table can be thrown away; `longest_s` is how long ago the oldest expired."""

    expired: int
    longest_s: float
    statement: str
    purged: str


def plan(sources: Sources, args: object) -> Plan | Report:  # noqa: ARG001 - every command is asked the same way
    """Count what has expired in each table, then propose to delete it."""
    schema = sources.database.schema
    tables = sources.database.rows(CACHES["tables"], Found, schema=schema)
    readable = [one for one in tables if not why_not(one)]
    with sources.database.together() as questions:
        asked = [
            questions.ask(SQL["purge"], Purge, {"table": one.name}, name=one.name, schema=schema) for one in readable
        ]
    counted = [(one, answer.row) for one, answer in zip(readable, asked, strict=True)]
    left_out = [f"{one.name} was not looked into: {reason}." for one in tables if (reason := why_not(one))]
    return proposal(counted, left_out, schema)


def proposal(counted: Sequence[tuple[Found, Purge]], left_out: Sequence[str], schema: str) -> Plan | Report:
    """A step for each table with expired rows; a report when there is none."""
    todo = [(table, purge) for table, purge in counted if purge.expired]
    hidden = [f"{table.name}: row security hides rows from Scout." for table, _ in counted if table.filtered]
    if not todo:
        return nothing([table.name for table, _ in counted], [*left_out, *hidden], schema)
    total = several(sum(purge.expired for _, purge in todo), "expired row")
    return Plan(
        summary=f"Delete {total} of {listed([table.name for table, _ in todo])}; readers and writers go on",
        risk=Risk.MEND,
        steps=tuple(step(table, purge) for table, purge in todo),
        notes=(*(preview(table, purge) for table, purge in todo), STAYS_DELETED, NO_UNDO, *left_out, *hidden),
    )


def step(table: Found, purge: Purge) -> Step:
    """How one table is purged, and how that is verified."""
    return Step(
        title=f"Delete expired rows of {table.name}",
        do=Sql(statement=purge.statement),
        locks="row exclusive: neither reads nor writes wait",
        timeout_s=TEN_MINUTES_S,
        check=Check(statement=purge.purged),
    )


def preview(table: Found, purge: Purge) -> str:
    """How much goes and how old it is."""
    return f"{table.name} ({size(table.size)}): {several(purge.expired, 'row')} expired, the longest for {duration(purge.longest_s)}."


def nothing(examined: Sequence[str], notes: Sequence[str], schema: str) -> Report:
    """That no row has expired, or that there is nothing to look into."""
    found = (
        f"Nothing has expired in {listed(list(examined))}"
        if examined
        else f"No table query_cache is read in the schema {schema}"
    )
    return Report(
        title="Cache purge",
        verdict=Verdict(level=Level.OK if examined else Level.NO_DATA, text=found),
        notes=(f"Examined: {several(len(examined), 'table')} of the schema {schema}.", *notes),
        buttons=(Button(label="Cache", text="cache"),),
    )


command = Command(
    name="cache purge",
    help="Throw away the expired rows of query_cache",
    runbook="Emergency procedures, step 5: clear the query cache",
    risk=Risk.MEND,
    place=68,
    plan=plan,
    words=("purge cache", "clear cache"),
)
