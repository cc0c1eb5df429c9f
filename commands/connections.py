"""Who is connected, and how many slots are left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.command import Command, Metric, Reading, Risk, Row, Sources, Value
from bot.report import Button, Cell, Column, Level, Report, Table, Unit, Verdict, worst
from bot.sql import queries
from commands.slots import COUNTED, METRICS, Counted, hidden
from commands.wording import duration, listed, several

SQL = queries(__file__)
MOST_ROWS = 15
FULL = "connection_share"
"""The metric whose lines hold for a limit of a role or a database too."""
# so short that a line of a terminal holds them: longest in its state, oldest transaction, waiting for locks
COLUMNS = (
    Column(title="Sessions", unit=Unit.COUNT),
    *(Column(title=title) for title in ("Role", "Database", "Application", "State")),
    Column(title="Longest", unit=Unit.SECONDS),
    Column(title="Transaction", unit=Unit.SECONDS),
    Column(title="Waiting", unit=Unit.COUNT),
)


class Group(Row):
    """Sessions that have role, database, application and state in common; `longest_s` is the longest time in that state."""

    role: str
    database: str
    application: str
    state: str
    sessions: int
    longest_s: float
    transaction_s: float | None
    waiting: int


class Oldest(Row):
    """The session whose transaction has been open for longest."""

    pid: int
    role: str
    database: str
    state: str
    age_s: float


class Limit(Row):
    """A limit of connections that a role or a database has for itself."""

    kind: str
    name: str
    most: int
    taken: int

    @property
    def share(self) -> float:
        """How much of it is taken, in per cent."""
        return 100 * self.taken / self.most


class Others(Row):
    """How many processes are no client sessions."""

    others: int


@dataclass(frozen=True)
class Known:
    """Everything about the sessions of a server."""

    counted: Counted
    groups: Sequence[Group]
    oldest: Oldest | None
    limits: Sequence[Limit]
    others: int
    idle_limit_s: float


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Look, then say."""
    idle = sources.limits.idle_in_transaction_seconds
    with sources.database.together() as questions:
        counted = questions.ask(COUNTED.statement, Counted, idle_in_transaction_seconds=idle)
        groups = questions.ask(SQL["grouped"], Group)
        oldest = questions.ask(SQL["oldest"], Oldest)
        limits = questions.ask(SQL["limits"], Limit)
        others = questions.ask(SQL["others"], Others)
    lines = [metric for metric in sources.metrics if metric.source is COUNTED]
    first = oldest.rows[0] if oldest.rows else None
    return report(Known(counted.row, groups.rows, first, limits.rows, others.row.others, idle), lines)


def report(known: Known, lines: Sequence[Metric[Any]]) -> Report:
    """The sessions by who holds them, the fullest group first."""
    rows = tuple(_cells(group) for group in known.groups[:MOST_ROWS])
    return Report(
        title="Connections",
        verdict=verdict(known, lines),
        parts=(Table(title="Sessions", columns=COLUMNS, rows=rows, left_out=len(known.groups) - len(rows)),),
        notes=tuple(notes(known)),
        buttons=(Button(label="Active", text="active"), Button(label="Status", text="status")),
    )


def verdict(known: Known, lines: Sequence[Metric[Any]]) -> Verdict:
    """How full the server is, or a role or database that has a limit of its own, in one line."""
    counted = known.counted
    now = Reading(now=[counted], before=None, seconds=0)
    levels = [metric.level(metric.measure(now)) for metric in lines]
    full = fullest(known.limits, lines)
    text = f"{counted.used} of {counted.slots} usable slots taken ({counted.share:.0f} %), {counted.active} active"
    tight = f"{_taken(known.limits[0])}; " if full is not Level.OK else ""
    return Verdict(level=worst([*levels, full]), text=f"{tight}{text}{_open(known)}")


def fullest(limits: Sequence[Limit], lines: Sequence[Metric[Any]]) -> Level:
    """Where the fullest limit of a role or a database stands against the line for the slots of the whole server."""
    line = next((one for one in lines if one.name == FULL), None)
    return line.level(Value(value=limits[0].share)) if line and limits else Level.OK


def notes(known: Known) -> Iterable[str]:
    """What was examined, what was left out, and what is hidden."""
    counted = known.counted
    yield (
        f"Examined: {several(counted.used, 'client session')} of the whole server;"
        f" left out: {several(known.others, 'process', 'processes')} of its own and those that send its log."
    )
    if known.oldest:
        one = known.oldest
        yield (
            f"Oldest transaction: pid {one.pid} ({one.role} in {one.database}, {one.state}),"
            f" open for {duration(one.age_s)}."
        )
    if known.limits:
        yield f"Limits of their own: {listed([_taken(one) for one in known.limits])}."
    if counted.hidden:
        yield f"Not complete: {hidden(counted.hidden, counted.role)}."


def _open(known: Known) -> str:
    """The transactions that are open for too long, as a clause."""
    counted, oldest = known.counted, known.oldest
    idle = (
        f"; {several(counted.idle, 'session')} idle in transaction for more than {duration(known.idle_limit_s)},"
        f" the longest {duration(counted.oldest_idle_s)}"
    )
    old = f"; the oldest transaction is open for {duration(oldest.age_s)} (pid {oldest.pid})" if oldest else ""
    return (idle if counted.idle else "") + (old if oldest and oldest.age_s > known.idle_limit_s else "")


def _taken(one: Limit) -> str:
    return f"{one.kind} {one.name} has {one.taken} of its {one.most}"


def _cells(group: Group) -> tuple[Cell, ...]:
    who = (group.role, group.database, group.application, group.state)
    return group.sessions, *who, group.longest_s, group.transaction_s, group.waiting


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
