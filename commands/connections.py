"""Who is connected, and how many slots are left."""

from collections.abc import Sequence
from typing import Any

from bot.command import Command, Metric, Reading, Risk, Row, Sources
from bot.report import Button, Cell, Column, Report, Table, Unit, Verdict, worst
from bot.sql import queries
from commands.slots import COUNTED, METRICS, Counted, hidden
from commands.wording import duration, several

SQL = queries(__file__)
MOST_ROWS = 15


class Group(Row):
    """Sessions that have role, database, application and state in common."""

    role: str
    database: str
    application: str
    state: str
    sessions: int
    longest_s: float
    waiting: int


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Look, then say."""
    idle = sources.limits.idle_in_transaction_seconds
    with sources.database.together() as questions:
        counted = questions.ask(COUNTED.statement, Counted, idle_in_transaction_seconds=idle)
        groups = questions.ask(SQL["grouped"], Group)
    lines = [metric for metric in sources.metrics if metric.source is COUNTED]
    return report(counted.row, groups.rows, verdict(counted.row, lines, idle))


def report(counted: Counted, groups: Sequence[Group], said: Verdict) -> Report:
    """The sessions by who holds them, the fullest group first."""
    notes = [f"Examined: {several(counted.used, 'client session')} of the whole server."]
    if counted.hidden:
        notes.append(f"Not complete: {hidden(counted.hidden, counted.role)}.")
    columns = ("Role", "Database", "Application", "State")
    return Report(
        title="Connections",
        verdict=said,
        parts=(
            Table(
                title="Sessions",
                columns=(
                    Column(title="Sessions", unit=Unit.COUNT),
                    *(Column(title=title) for title in columns),
                    Column(title="Longest", unit=Unit.SECONDS),
                    Column(title="Wait for locks", unit=Unit.COUNT),
                ),
                rows=tuple(_cells(group) for group in groups[:MOST_ROWS]),
                left_out=max(0, len(groups) - MOST_ROWS),
            ),
        ),
        notes=tuple(notes),
        buttons=(Button(label="Active", text="active"), Button(label="Status", text="status")),
    )


def verdict(counted: Counted, lines: Sequence[Metric[Any]], idle_limit: float) -> Verdict:
    """How full the server is, in one line."""
    text = f"{counted.used} of {counted.slots} usable slots taken ({counted.share:.0f} %), {counted.active} active"
    if counted.idle:
        text += (
            f"; {several(counted.idle, 'session')} idle in transaction for more than {duration(idle_limit)},"
            f" the longest {duration(counted.oldest_idle_s)}"
        )
    now = Reading(now=[counted], before=None, seconds=0)
    return Verdict(level=worst([metric.level(metric.measure(now)) for metric in lines]), text=text)


def _cells(group: Group) -> tuple[Cell, ...]:
    return group.sessions, group.role, group.database, group.application, group.state, group.longest_s, group.waiting


command = Command(
    name="connections",
    help="Who is connected, and how many slots are left",
    runbook="Diagnostics, step 2: database connections",
    risk=Risk.LOOK,
    place=4,
    plan=plan,
    words=("sessions", "who is connected", "connection count"),
    menu="Connections",
    metrics=METRICS,
)
