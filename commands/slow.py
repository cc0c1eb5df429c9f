"""Where the time goes: the statements that cost most, of late or since the counters began."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from pydantic import Field

from bot.command import Args, Command, Database, Doing, Risk, Row, Sources
from bot.report import Button, Cell, Column, Level, Report, Table, Unit, Verdict
from bot.sql import queries
from commands.latency import SLOW_QUERIES
from commands.since import RESET, Since, asked
from commands.statement_costs import LEDGER, Cost, Counting, Spent, readable, spent
from commands.statement_costs import SQL as COSTS
from commands.wording import listed, several

SQL = queries(__file__)
BY = {"total": "total time", "mean": "time of one call", "calls": "number of calls", "io": "pages read in"}
RANK: dict[str, Callable[[Cost], float]] = {
    "total": lambda cost: cost.total_ms,
    "mean": lambda cost: cost.mean_ms,
    "calls": lambda cost: cost.calls,
    "io": lambda cost: cost.pages_read,
}
TITLES = ("#", "Share", "Statement", "Calls", "Mean", "Total", "Rows/call", "Read", "Role")
UNITS = (
    Unit.COUNT,
    Unit.PERCENT,
    Unit.CODE,
    Unit.COUNT,
    Unit.MILLISECONDS,
    Unit.SECONDS,
    Unit.COUNT,
    Unit.PERCENT,
    Unit.TEXT,
)
COLUMNS = tuple(Column(title=title, unit=unit) for title, unit in zip(TITLES, UNITS, strict=True))
MOST_BUTTONS = 5
MOST_OF_IT = 100
"""Characters of the first statement in the verdict; the table has more of it."""
COMMANDS = 30
"""So many of the highest may be commands, which are left out, before more texts have to be read."""


class Wanted(Args):
    """How many statements, by what they are ranked, and since when."""

    limit: int = Field(default=10, ge=1, le=50)
    by: Literal["total", "mean", "calls", "io"] = "total"
    since: Since = "1h"


class Described(Row):
    """A statement's text and roles; `is_command` for CREATE, VACUUM and their like."""

    query_id: int
    query: str
    role: str
    roles: int
    is_command: bool

    @property
    def by(self) -> str:
        """Whose it is."""
        return self.role if self.roles == 1 else f"{self.role} and {self.roles - 1} more"


def plan(sources: Sources, args: Wanted) -> Report:
    """Look twice, because the texts are wanted only of those that rank highest; then say.

    Raises:
        Cannot: pg_stat_statements is missing, or hides the statements of others.
    """
    readable(sources)
    wanted_s = asked(args.since)
    with sources.database.together() as questions:
        now = questions.ask(LEDGER.statement, LEDGER.row)
        counting = questions.ask(COSTS["counting"], Counting)
    kept = sources.earlier(LEDGER, wanted_s) if wanted_s else None
    found = spent(now.row, kept, sources.at, wanted_s)
    ranked = highest(found, args.by)
    described = texts(sources.database, ranked, args.limit)
    return report(found, ranked, described, args, sources.doing, counting.row)


def highest(found: Spent, by: str) -> list[int]:
    """The query ids, the highest first."""
    rank = RANK[by]
    ids = sorted((key for key, cost in found.costs.items() if cost.calls), key=lambda key: rank(found.costs[key]))
    return ids[::-1]


def texts(database: Database, ranked: Sequence[int], wanted: int) -> list[Described]:
    """Read texts from the highest down until so many are no commands: a night of vacuums may stand before all of them."""
    known: list[Described] = []
    rest, most = list(ranked), wanted + COMMANDS
    while rest and sum(not one.is_command for one in known) < wanted:
        known += database.rows(SQL["described"], Described, query_ids=rest[:most])
        rest, most = rest[most:], 10 * most
    return known


def report(
    found: Spent, ranked: Sequence[int], described: Sequence[Described], args: Wanted, doing: Doing, counting: Counting
) -> Report:
    """The statements, the costliest first, each with a button that opens it."""
    known = {one.query_id: one for one in described}
    shown = [key for key in ranked if key in known and not known[key].is_command][: args.limit]
    rows = tuple(_cells(number, found, known[key], doing) for number, key in enumerate(shown, 1))
    left_out = max(0, len(found.costs) - len(shown) - sum(one.is_command for one in described))
    table = Table(title=f"By {BY[args.by]}", columns=COLUMNS, rows=rows, left_out=left_out)
    return Report(
        title="Slow statements",
        verdict=verdict(found, [known[key] for key in shown], args.by, doing, counting.off),
        parts=(table,) if rows else (),
        notes=tuple(notes(found, [one for one in described if one.is_command], counting)),
        buttons=(
            *(
                Button(label=f"Open {number}", text=f"statement {key} since={args.since}")
                for number, key in enumerate(shown[:MOST_BUTTONS], 1)
            ),
            *(
                Button(label=f"By {other}", text=f"slow by={other} since={args.since}")
                for other in BY
                if other != args.by
            ),
            *((Button(label="Since reset", text=f"slow by={args.by} since=reset"),) if args.since != RESET else ()),
            Button(label="Active", text="active"),
        ),
    )


def verdict(found: Spent, shown: Sequence[Described], by: str, doing: Doing, off: str = "") -> Verdict:
    """What the first one costs and which it is, in one line: of the whole answer, an incident's card shows this alone."""
    if not shown and off:
        return Verdict(level=Level.NO_DATA, text=f"Statements are not counted, because {off}")
    if not shown:
        return Verdict(level=Level.INFO, text=f"No statement was counted {found.span.said}")
    first = shown[0]
    cost = found.costs[first.query_id]
    said = f"{found.share(cost):.0f} % of all time {found.span.said}, {several(cost.calls, 'call')} of {cost.mean_ms:,.1f} ms"
    which = doing(first.query, first.query_id, MOST_OF_IT)
    return Verdict(level=Level.INFO, text=f"First by {BY[by]}: {said} ({first.by}): {which}")


def notes(found: Spent, commands: Sequence[Described], counting: Counting) -> Iterable[str]:
    """What was examined, and what is not in it."""
    yield f"Examined: {several(len(found.costs), 'statement')} of this database that ran {found.span.said}."
    if found.span.note:
        yield found.span.note
    if found.evicted:
        yield (
            f"Not complete: the server threw statements out {several(found.evicted, 'time')} {found.span.said}, because"
            " there are more than pg_stat_statements.max."
        )
    left_out = list(_left_out(found, commands, counting))
    if left_out:
        yield f"Left out: {listed(left_out)}."
    yield "Not in it: what failed, was cancelled or still runs (see active)."


def _left_out(found: Spent, commands: Sequence[Described], counting: Counting) -> Iterable[str]:
    if commands:
        share = sum(found.share(found.costs[one.query_id]) for one in commands)
        yield f"{several(len(commands), 'command')} such as VACUUM ({share:.0f} % of all time)"
    named = {
        "of Scout itself": counting.own,
        "called by others": counting.nested,
        "in other databases": counting.elsewhere,
    }
    yield from (f"{many:,} {which}" for which, many in named.items() if many)


def _cells(number: int, found: Spent, one: Described, doing: Doing) -> tuple[Cell, ...]:
    cost = found.costs[one.query_id]
    times = (cost.calls, cost.mean_ms, cost.total_ms / 1000)
    return (
        number,
        found.share(cost),
        doing(one.query, one.query_id),
        *times,
        cost.rows_per_call,
        cost.read_percent,
        one.by,
    )


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
    probes=(LEDGER,),
)
