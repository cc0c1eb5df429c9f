"""What runs now, what holds a transaction open, and who waits for whom."""

from collections.abc import Sequence

from pydantic import Field

from bot.command import Args, Command, Reading, Risk, Row, Sources
from bot.report import Button, Cell, Column, Level, Report, Table, Unit, Verdict, worst
from bot.sql import queries
from commands.pressure import PRESSURE, PRESSURE_METRICS, Pressure, hidden
from commands.wording import duration, listed, several

SQL = queries(__file__)
MOST_ROWS = 12


class Wanted(Args):
    """From which age on, in seconds."""

    min_seconds: float = Field(default=0, ge=0, le=86_400)


class Running(Row):
    """A session that runs a statement or holds a transaction open; the age is that of the state it is in."""

    pid: int
    role: str
    application: str
    state: str
    waits_for: str
    age_s: float
    blocked_by: tuple[int, ...]
    query_id: int | None
    query: str


def plan(sources: Sources, args: Wanted) -> Report:
    """Look, then say."""
    with sources.database.together() as questions:
        found = questions.ask(SQL["running"], Running)
        pressure = questions.ask(PRESSURE.statement, Pressure)
    shown = [row for row in found.rows if row.age_s >= args.min_seconds]
    texts = [sources.doing(row.query, row.query_id) for row in shown[:MOST_ROWS]]
    return report(shown, texts, pressure.row, args.min_seconds)


def report(found: Sequence[Running], texts: Sequence[str], pressure: Pressure, min_seconds: float) -> Report:
    """The sessions, oldest first, with what they do and whom they wait for."""
    titles = ("State", "Waits for", "Role", "Application", "Doing")
    columns = (
        Column(title="PID", unit=Unit.CODE),
        Column(title="Since", unit=Unit.SECONDS),
        *(Column(title=title) for title in titles),
    )
    rows = tuple(_cells(row, text) for row, text in zip(found, texts, strict=False))
    only = f"; those older than {duration(min_seconds)} are shown" if min_seconds else ""
    notes = [f"Examined: the client sessions of this database that work or hold a transaction open{only}."]
    if pressure.hidden:
        notes.append(f"Not complete: {hidden(pressure.hidden, pressure.role)}.")
    table = Table(title="Sessions", columns=columns, rows=rows, left_out=len(found) - len(rows))
    danger = verdict(found, pressure).level in {Level.ALERT, Level.PAGE}
    return Report(
        title="Active sessions",
        verdict=verdict(found, pressure),
        parts=(table,) if rows else (),
        notes=tuple(notes),
        buttons=(
            *((Button(label="Emergency", text="emergency", danger=True),) if danger else ()),
            Button(label="Connections", text="connections"),
            Button(label="Status", text="status"),
        ),
    )


def verdict(found: Sequence[Running], pressure: Pressure) -> Verdict:
    """Who is blocked and by whom, else the longest statement, in one line."""
    now = Reading(now=[pressure], before=None, seconds=0)
    level = worst([metric.level(metric.measure(now)) for metric in PRESSURE_METRICS])
    return Verdict(level=level, text=_blocking(found) or _longest(found))


def roots(found: Sequence[Running]) -> dict[int, int]:
    """The sessions at the head of a lock queue, with how many wait for them, directly or behind others."""
    waits = {row.pid: row.blocked_by for row in found if row.blocked_by}
    heads = {blocker for blockers in waits.values() for blocker in blockers} - waits.keys()
    return {head: len(_behind(head, waits)) for head in heads}


def _behind(head: int, waits: dict[int, tuple[int, ...]]) -> set[int]:
    behind: set[int] = set()
    fresh = {head}
    while fresh:
        fresh = {pid for pid, blockers in waits.items() if fresh & set(blockers)} - behind
        behind |= fresh
    return behind


def _blocking(found: Sequence[Running]) -> str:
    heads = sorted(roots(found).items(), key=lambda item: (-item[1], item[0]))
    known = {row.pid: row for row in found}
    named = [f"{_named(pid, known.get(pid))} holds up {several(many, 'session')}" for pid, many in heads]
    return listed(named, 2)


def _named(pid: int, row: Running | None) -> str:
    if row is None:
        return f"pid {pid}" if pid else "a prepared transaction"
    return f"pid {pid} ({row.role}, {row.state} for {duration(row.age_s)})"


def _longest(found: Sequence[Running]) -> str:
    if not found:
        return "Nothing runs, and no transaction is open"
    oldest = found[0]
    return f"{several(len(found), 'session')} at work; the longest is {_named(oldest.pid, oldest)}"


def _cells(row: Running, text: str) -> tuple[Cell, ...]:
    waits = f"pid {', '.join(map(str, row.blocked_by))}" if row.blocked_by else row.waits_for.removeprefix("Client")
    return row.pid, row.age_s, row.state, waits, row.role, row.application, text


command = Command(
    name="active",
    help="What runs now, and who waits for whom",
    runbook="Diagnostics, step 2: active queries",
    risk=Risk.LOOK,
    args=Wanted,
    plan=plan,
    words=("active queries", "running queries", "what is running", "locks", "blocking"),
    menu="Active",
    metrics=PRESSURE_METRICS,
)
