"""Where the time goes: the statements that cost most."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field

from bot.command import Args, Command, Risk, Row, Sources
from bot.errors import Cannot
from bot.report import Button, Cell, Column, Level, Report, Table, Unit, Verdict
from bot.sql import queries
from commands.latency import SLOW_QUERIES
from commands.wording import several

SQL = queries(__file__)
BY = {"total": "total time", "mean": "time of one call", "calls": "number of calls", "io": "pages read in"}
TITLES = ("Share", "Total", "Mean", "Calls", "Rows/call", "Read", "Role", "Statement")
UNITS = (Unit.PERCENT, Unit.SECONDS, Unit.MILLISECONDS, Unit.COUNT, Unit.COUNT, Unit.PERCENT, Unit.TEXT, Unit.CODE)
COLUMNS = tuple(Column(title=title, unit=unit) for title, unit in zip(TITLES, UNITS, strict=True))


class Wanted(Args):
    """How many statements, and by what they are ranked."""

    limit: int = Field(default=10, ge=1, le=50)
    by: Literal["total", "mean", "calls", "io"] = "total"


class Costly(Row):
    """A statement with what it has cost since the counters began; `share` is of all statements' time, in per cent."""

    query_id: int | None
    query: str
    role: str
    roles: int
    calls: int
    total_s: float
    mean_ms: float
    share: float
    rows_per_call: float
    pages_read: int
    read_percent: float
    examined: int
    since: datetime | None


def plan(sources: Sources, args: Wanted) -> Report:
    """Look, then say.

    Raises:
        Cannot: pg_stat_statements is missing, or hides the statements of others.
    """
    facts = sources.database.facts()
    if not facts.reads_all_stats:
        raise Cannot(
            f"The statements of other roles are hidden from Scout. Run there: `grant pg_read_all_stats to {facts.role};`"
        )
    found = sources.database.rows(SQL["costly"], Costly, limit=args.limit, by=args.by)
    return report(found, [sources.doing(row.query, row.query_id) for row in found], args.by)


def report(found: Sequence[Costly], texts: Sequence[str], by: str) -> Report:
    """The statements, the costliest first."""
    rows = tuple(_cells(row, text) for row, text in zip(found, texts, strict=True))
    left_out = found[0].examined - len(found) if found else 0
    table = Table(title=f"By {BY[by]}", columns=COLUMNS, rows=rows, left_out=left_out)
    return Report(
        title="Slow statements",
        verdict=verdict(found, by),
        parts=(table,) if rows else (),
        notes=notes(found),
        buttons=(
            *(Button(label=f"By {other}", text=f"slow by={other}") for other in BY if other != by),
            Button(label="Active", text="active"),
        ),
    )


def verdict(found: Sequence[Costly], by: str) -> Verdict:
    """What the first one costs, in one line."""
    if not found:
        return Verdict(level=Level.INFO, text="No statement has been counted yet")
    first = found[0]
    cost = f"{first.share:.0f} % of all time, {several(first.calls, 'call')} of {first.mean_ms:,.1f} ms"
    return Verdict(level=Level.INFO, text=f"First by {BY[by]}: {cost} ({_role(first)})")


def notes(found: Sequence[Costly]) -> tuple[str, ...]:
    """What was examined, and since when it was counted."""
    said = "Not in it: what failed, was cancelled or still runs (see active), and commands such as VACUUM."
    if not found:
        return (said,)
    since = f"{found[0].since:%Y-%m-%d %H:%M} UTC" if found[0].since else "the counters began"
    return f"Totals since {since}; {several(found[0].examined, 'statement')} of this database examined.", said


def _cells(row: Costly, text: str) -> tuple[Cell, ...]:
    cost = (row.share, row.total_s, row.mean_ms, row.calls, row.rows_per_call, row.read_percent)
    return *cost, _role(row), text


def _role(row: Costly) -> str:
    return row.role if row.roles == 1 else f"{row.role} and {row.roles - 1} more"


command = Command(
    name="slow",
    help="Statements that cost the most time",
    runbook="Diagnostics, step 1: find slow queries",
    risk=Risk.LOOK,
    place=2,
    args=Wanted,
    plan=plan,
    words=("slow queries", "slowest", "slowest queries", "top queries"),
    menu="Slow",
    metrics=(SLOW_QUERIES,),
)
