"""One statement: its text, what it costs of late, and whether that gets worse."""

from collections.abc import Iterable, Sequence

from pydantic import Field

from bot.command import Args, Command, Risk, Row, Sources
from bot.report import Button, Cell, Chart, Code, Column, Fact, Facts, Level, Report, Table, Unit, Verdict
from bot.sql import queries
from commands import statement_trend
from commands.since import Since, asked
from commands.statement_costs import LEDGER, Cost, Counting, Spent, readable, spent
from commands.statement_costs import SQL as COSTS
from commands.wording import duration, listed, quantity, several, size

SQL = queries(__file__)
TREND_S = (300, 3600, 86_400)
"""The last five minutes beside the last hour and the last day."""
TEXT = 4_000
WORSE = 1.5
"""A mean that is so many times that of the longest time before is worth a word."""
COLUMNS = (
    Column(title="Time"),
    Column(title="Calls", unit=Unit.COUNT),
    Column(title="Calls/s", unit=Unit.PER_SECOND),
    Column(title="Mean", unit=Unit.MILLISECONDS),
    Column(title="Share", unit=Unit.PERCENT),
    Column(title="Rows/call", unit=Unit.COUNT),
    Column(title="Read", unit=Unit.PERCENT),
)
BIGGEST = 2**63 - 1


class Wanted(Args):
    """Which statement, by the query id that `slow` and `active` show, and since when."""

    query_id: int = Field(ge=-BIGGEST - 1, le=BIGGEST)
    since: Since = "1h"


class Entry(Row):
    """A statement as one role runs it, since the counters began; times in milliseconds."""

    query_id: int
    query: str
    role: str
    calls: int
    total_ms: float
    min_ms: float
    max_ms: float
    stddev_ms: float
    plan_ms: float
    pages_dirtied: int
    wal_bytes: int
    temp_pages: int
    page_bytes: int
    is_own: bool


def plan(sources: Sources, args: Wanted) -> Report:
    """Look at the statement and at the times before now, then say.

    Raises:
        Cannot: pg_stat_statements is missing, or hides the statements of others.
    """
    readable(sources)
    with sources.database.together() as questions:
        entries = questions.ask(SQL["entry"], Entry, query_id=args.query_id)
        ledger = questions.ask(LEDGER.statement, LEDGER.row)
        counting = questions.ask(COSTS["counting"], Counting)
    if not entries.rows:
        return unknown(args.query_id, counting.row.off)
    wanted_s = asked(args.since)
    times = dict.fromkeys((wanted_s, *TREND_S, None))
    windows = [spent(ledger.row, sources.earlier(LEDGER, back) if back else None, sources.at, back) for back in times]
    text = sources.doing(entries.rows[0].query, args.query_id, TEXT)
    line = statement_trend.chart(args.query_id, statement_trend.readings(sources, wanted_s, ledger.row))
    return report(args, entries.rows, windows[0], apart(windows), text, line)


def apart(windows: Sequence[Spent]) -> list[Spent]:
    """Times that differ, the shortest first."""
    known = {one.span.begin: one for one in windows}.values()
    return sorted(known, key=lambda one: (one.span.since_reset, one.span.seconds or 0))


def report(
    args: Wanted, entries: Sequence[Entry], main: Spent, windows: Sequence[Spent], text: str, line: Chart | None = None
) -> Report:
    """What it costs, its text, and how that was before."""
    cost = main.costs.get(args.query_id, Cost(0, 0, 0, 0, 0, 0))
    rows = tuple(_cells(one, one.costs.get(args.query_id)) for one in windows)
    return Report(
        title=f"Statement {args.query_id}",
        verdict=verdict(main, cost, trend(windows, args.query_id)),
        parts=(
            Code(title="Text, without constants", text=text),
            *((line,) if line else ()),
            Table(title="Of late, and before", columns=COLUMNS, rows=rows),
            Facts(title="Since the counters began", facts=tuple(facts(entries))),
        ),
        notes=tuple(filter(None, (main.span.note, *notes(entries, main)))),
        buttons=(
            Button(label="Slow", text=f"slow since={args.since}"),
            Button(label="Active", text="active"),
            Button(label="Missing indexes", text="indexes missing"),
        ),
    )


def unknown(query_id: int, off: str = "") -> Report:
    """That there is no such statement, and why that may be."""
    text = f"No statement {query_id} is counted in this database{f', because {off}' if off else ''}"
    why = "It never ended, the server threw it out to make room, or the counters were reset. Query ids differ between major versions."
    return Report(
        title="Statement",
        verdict=Verdict(level=Level.NO_DATA if off else Level.INFO, text=text),
        notes=(why,),
        buttons=(Button(label="Slow", text="slow"),),
    )


def verdict(main: Spent, cost: Cost, said: str) -> Verdict:
    """What it cost over the time asked for, in one line."""
    if not cost.calls:
        return Verdict(level=Level.INFO, text=f"It was not called {main.span.said}")
    text = f"{main.share(cost):.0f} % of all time {main.span.said}: {several(cost.calls, 'call')} of {cost.mean_ms:,.1f} ms"
    return Verdict(level=Level.ALERT if said else Level.INFO, text=f"{text}{said}")


def trend(windows: Sequence[Spent], query_id: int) -> str:
    """That it became slower, as a clause; empty when it did not, or nobody knows."""
    means = [one.costs[query_id].mean_ms for one in windows if query_id in one.costs]
    if len(means) < 2 or means[0] <= WORSE * means[-1]:  # noqa: PLR2004 - two make a comparison
        return ""
    before = windows[-1].span.said
    return f"; slower than before: {means[0]:,.1f} ms a call of late, {means[-1]:,.1f} ms {before}"


def facts(entries: Sequence[Entry]) -> Iterable[Fact]:
    """What the differences do not tell."""
    calls = sum(one.calls for one in entries)
    temp = sum(one.temp_pages for one in entries) * entries[0].page_bytes
    yield Fact(name="Calls", value=f"{calls:,}", note=f"by {listed([one.role for one in entries], 3)}")
    yield Fact(name="Total", value=duration(sum(one.total_ms for one in entries) / 1000))
    fastest, slowest = min(one.min_ms for one in entries), max(one.max_ms for one in entries)
    yield Fact(
        name="Fastest and slowest call",
        value=f"{quantity(fastest, Unit.MILLISECONDS)} and {quantity(slowest, Unit.MILLISECONDS)}",
        note=f"standard deviation {entries[0].stddev_ms:,.1f} ms",
    )
    if temp:
        yield Fact(
            name="Temporary files", value=f"{size(temp / max(1, calls))} a call", note="more work_mem, or less to sort"
        )
    wal = sum(one.wal_bytes for one in entries)
    if wal:
        yield Fact(name="WAL", value=f"{size(wal / max(1, calls))} a call")


def notes(entries: Sequence[Entry], main: Spent) -> Iterable[str]:
    """What was examined, and what is not in the figures."""
    yield f"Examined: what {several(len(entries), 'role')} ran of it in this database; calls inside other statements are left out."
    if main.evicted:
        yield "Not complete: the server threw statements out in this time, perhaps this one too."
    if any(one.is_own for one in entries):
        yield "Scout itself runs this statement."
    yield "Not in it: planning, commit, and calls that failed, were cancelled or still run."


def _cells(one: Spent, cost: Cost | None) -> tuple[Cell, ...]:
    since = (
        f"since {'reset, ' if one.span.since_reset else ''}{one.span.begin:%Y-%m-%d %H:%M}"
        if one.span.begin
        else "since reset"
    )
    if cost is None:
        return since, 0, 0, None, 0, None, None
    rate = cost.calls / one.span.seconds if one.span.seconds else None
    return (since, cost.calls, rate, cost.mean_ms, one.share(cost), cost.rows_per_call, cost.read_percent)


command = Command(
    name="statement",
    help="One statement: its text, cost and trend",
    runbook="Diagnostics, step 1: find slow queries",
    risk=Risk.LOOK,
    place=21,
    args=Wanted,
    plan=plan,
    words=("query", "open statement"),
)
