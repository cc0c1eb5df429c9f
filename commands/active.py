"""What runs now, what holds a transaction open, and who waits for whom."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from bot.command import Args, Command, Metric, Reading, Risk, Sources
from bot.report import Button, Cell, Column, Level, Report, Table, Unit, Verdict, worst
from bot.sql import queries
from commands.lock_queue import Running, blocking, longest
from commands.pressure import METRICS, PRESSURE, Pressure
from commands.slots import hidden
from commands.wording import duration

SQL = queries(__file__)
MOST_ROWS = 12


class Wanted(Args):
    """From which age on, in seconds."""

    min_seconds: float = Field(default=0, ge=0, le=86_400)


def plan(sources: Sources, args: Wanted) -> Report:
    """Look, then say."""
    with sources.database.together() as questions:
        found = questions.ask(SQL["running"], Running)
        pressure = questions.ask(PRESSURE.statement, Pressure)
    shown = [row for row in found.rows if row.age_s >= args.min_seconds]
    texts = [sources.doing(row.query, row.query_id) for row in shown[:MOST_ROWS]]
    lines = [metric for metric in sources.metrics if metric.source is PRESSURE]
    said = verdict(found.rows, pressure.row, lines)
    return report(shown, texts, said, notes(pressure.row, args.min_seconds))


def report(found: Sequence[Running], texts: Sequence[str], said: Verdict, examined: tuple[str, ...]) -> Report:
    """The sessions, oldest first, with what they do and whom they wait for."""
    titles = ("State", "Waits for", "Role", "Application", "Doing")
    columns = (
        Column(title="PID", unit=Unit.CODE),
        Column(title="Since", unit=Unit.SECONDS),
        *(Column(title=title) for title in titles),
    )
    rows = tuple(_cells(row, text) for row, text in zip(found, texts, strict=False))
    table = Table(title="Sessions", columns=columns, rows=rows, left_out=len(found) - len(rows))
    danger = said.level in {Level.ALERT, Level.PAGE}
    return Report(
        title="Active sessions",
        verdict=said,
        parts=(table,) if rows else (),
        notes=examined,
        buttons=(
            *((Button(label="Emergency", text="emergency", danger=True),) if danger else ()),
            Button(label="Connections", text="connections"),
            Button(label="Status", text="status"),
        ),
    )


def notes(pressure: Pressure, min_seconds: float) -> tuple[str, ...]:
    """What was examined, and what is hidden."""
    only = f"; those older than {duration(min_seconds)} are shown" if min_seconds else ""
    examined = f"Examined: the client sessions of this database that work or hold a transaction open{only}."
    if pressure.hidden:
        return examined, f"Not complete: {hidden(pressure.hidden, pressure.role)}."
    return (examined,)


def verdict(found: Sequence[Running], pressure: Pressure, lines: Sequence[Metric[Any]]) -> Verdict:
    """Who is blocked and by whom, else the longest statement, in one line."""
    now = Reading(now=[pressure], before=None, seconds=0)
    level = worst([metric.level(metric.measure(now)) for metric in lines])
    return Verdict(level=level, text=blocking(found) or longest(found))


def _cells(row: Running, text: str) -> tuple[Cell, ...]:
    waits = f"pid {', '.join(map(str, row.blocked_by))}" if row.blocked_by else row.waits_for.removeprefix("Client")
    return row.pid, row.age_s, row.state, waits, row.role, row.application, text


command = Command(
    name="active",
    help="What runs now, and who waits for whom",
    runbook="Diagnostics, step 2: active queries",
    risk=Risk.LOOK,
    place=3,
    args=Wanted,
    plan=plan,
    words=("active queries", "running queries", "what is running", "locks", "blocking"),
    menu="Active",
    metrics=METRICS,
)
