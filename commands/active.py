"""What runs now, what holds a transaction open, what each session waits for, and behind whom."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import Field

from bot.command import Args, Command, Metric, Reading, Risk, Row, Sources
from bot.report import Button, Cell, Column, Level, Report, Table, Unit, Verdict, worst
from bot.sql import queries
from commands.lock_queue import QUEUE, Waiting, blocking, named
from commands.pressure import METRICS, PRESSURE, Pressure
from commands.slots import hidden
from commands.wording import listed, several

SQL = queries(__file__)
SCREEN = 12
MOST_ROWS = 60
COLUMNS = (
    Column(title="PID", unit=Unit.CODE),
    Column(title="Since", unit=Unit.SECONDS),
    *(Column(title=title) for title in ("State", "Waits for", "Role", "Application", "Doing")),
)
BUILDS = (
    Column(title="PID", unit=Unit.CODE),
    Column(title="Since", unit=Unit.SECONDS),
    *(Column(title=title) for title in ("Table", "Index", "Phase")),
    Column(title="Done", unit=Unit.PERCENT),
)
DETAILS = (
    Column(title="PID", unit=Unit.CODE),
    Column(title="Transaction", unit=Unit.SECONDS),
    Column(title="Transactions since its snapshot", unit=Unit.COUNT),
    Column(title="Parallel workers", unit=Unit.COUNT),
    Column(title="Query id", unit=Unit.CODE),
    Column(title="Wait event"),
)


class Wanted(Args):
    """From which age on, in seconds."""

    min_seconds: float = Field(default=0, ge=0, le=86_400)


class Running(Row):
    """A session that runs a statement or holds a transaction open; the age is that of the state it is in.

    `xmin_age` counts the transactions begun since its snapshot: vacuum cannot remove what died in them.
    """

    pid: int
    role: str
    application: str
    state: str
    waits_for: str
    age_s: float
    transaction_s: float | None
    xmin_age: int | None
    workers: int
    query_id: int | None
    query: str


class Build(Row):
    """The build of an index that goes on; `index` is empty until it has a name, `percent` is the share of its phase where that is known."""

    pid: int
    relation: str
    index: str
    phase: str
    percent: float | None
    age_s: float | None


class Others(Row):
    """Sessions that are not shown: idle ones, those of other databases, and the server's own processes."""

    idle: int
    elsewhere: int
    own: int


def plan(sources: Sources, args: Wanted) -> Report:
    """Look, then say."""
    with sources.database.together() as questions:
        found = questions.ask(SQL["running"], Running)
        queue = questions.ask(QUEUE, Waiting)
        builds = questions.ask(SQL["builds"], Build)
        others = questions.ask(SQL["others"], Others)
        pressure = questions.ask(PRESSURE.statement, Pressure)
    shown = [row for row in found.rows if row.age_s >= args.min_seconds]
    texts = [sources.doing(row.query, row.query_id) for row in shown[:MOST_ROWS]]
    lines = [metric for metric in sources.metrics if metric.source is PRESSURE]
    said = verdict(found.rows, queue.rows, pressure.row, lines)
    younger = len(found.rows) - len(shown)
    return report(
        shown, queue.rows, texts, said, tuple(notes(pressure.row, len(shown), younger, others.row)), builds.rows
    )


def report(
    found: Sequence[Running],
    queue: Sequence[Waiting],
    texts: Sequence[str],
    said: Verdict,
    examined: tuple[str, ...],
    builds: Sequence[Build] = (),
) -> Report:
    """The sessions, oldest first, with what they do, what they wait for and behind whom; and how far builds are."""
    waiting = {one.pid: one for one in queue if one.blocked_by}
    shown = found[: len(texts)]
    rows = tuple(_cells(row, waiting, text) for row, text in zip(shown, texts, strict=True))
    danger = said.level in {Level.ALERT, Level.PAGE}
    return Report(
        title="Active sessions",
        verdict=said,
        parts=(*_first(rows[:SCREEN], len(found) - len(rows[:SCREEN])), *_builds(builds)),
        more=(*_rest(rows[SCREEN:], len(found) - len(rows)), *_transactions(shown)),
        notes=examined,
        buttons=(
            *((Button(label="Emergency", text="emergency", danger=True),) if danger else ()),
            *((Button(label="Unblock", text="unblock", danger=True),) if waiting else ()),
            *((Button(label="Blocked", text="blocked"),) if waiting else ()),
            Button(label="Connections", text="connections"),
            Button(label="Status", text="status"),
        ),
    )


def notes(pressure: Pressure, shown: int, younger: int, others: Others) -> Iterable[str]:
    """What was examined, what was left out and why, and what is hidden."""
    named = {
        "younger": younger,
        "idle": others.idle,
        "in other databases": others.elsewhere,
        "of the server itself": others.own,
    }
    left_out = listed([f"{many} {which}" for which, many in named.items() if many])
    yield (
        f"Examined: {several(shown, 'client session')} of this database that {'works or holds' if shown == 1 else 'work or hold'}"
        f" a transaction open{f'; left out: {left_out}' if left_out else ''}."
    )
    if pressure.hidden:
        yield f"Not complete: {hidden(pressure.hidden, pressure.role)}."


def verdict(
    found: Sequence[Running], queue: Sequence[Waiting], pressure: Pressure, lines: Sequence[Metric[Any]]
) -> Verdict:
    """Who is blocked and by whom, else the longest statement, in one line."""
    now = Reading(now=[pressure], before=None, seconds=0)
    blocked = blocking(queue)
    least = Level.INFO if blocked else Level.OK  # a queue that is too young for an alert is not yet a good sign
    level = worst([least, *(metric.level(metric.measure(now)) for metric in lines)])
    return Verdict(level=level, text=blocked or longest(found))


def longest(found: Sequence[Running]) -> str:
    """The oldest of the sessions, as a clause."""
    if not found:
        return "Nothing runs, and no transaction is open"
    oldest = Waiting(pid=found[0].pid, role=found[0].role, state=found[0].state, age_s=found[0].age_s)
    return f"{several(len(found), 'session')} at work; the longest is {named(oldest)}"


def _first(rows: tuple[tuple[Cell, ...], ...], left_out: int) -> tuple[Table, ...]:
    return (Table(title="Sessions", columns=COLUMNS, rows=rows, left_out=left_out),) if rows else ()


def _builds(builds: Sequence[Build]) -> tuple[Table, ...]:
    rows = tuple((one.pid, one.age_s, one.relation, one.index, one.phase, one.percent) for one in builds)
    return (Table(title="Index builds", columns=BUILDS, rows=rows),) if rows else ()


def _rest(rows: tuple[tuple[Cell, ...], ...], left_out: int) -> tuple[Table, ...]:
    return (Table(title="More sessions", columns=COLUMNS, rows=rows, left_out=left_out),) if rows else ()


def _transactions(shown: Sequence[Running]) -> tuple[Table, ...]:
    rows = tuple(map(_details, shown))
    return (Table(title="Their transactions", columns=DETAILS, rows=rows),) if rows else ()


def _cells(row: Running, waiting: Mapping[int, Waiting], text: str) -> tuple[Cell, ...]:
    one = waiting.get(row.pid)
    waits = _behind(one) if one else row.waits_for
    return row.pid, row.age_s, row.state, waits, row.role, row.application, text


def _behind(one: Waiting) -> str:
    """Behind whom a session waits, and for what."""
    sessions = ", ".join(str(pid) for pid in one.blocked_by if pid > 0)
    whom = ", ".join(filter(None, (f"pid {sessions}" if sessions else "", _prepared(one.blocked_by))))
    return f"{whom} ({one.wanted})" if one.wanted else whom


def _prepared(blockers: Sequence[int]) -> str:
    return "a prepared transaction" if any(pid <= 0 for pid in blockers) else ""


def _details(row: Running) -> tuple[Cell, ...]:
    return row.pid, row.transaction_s, row.xmin_age, row.workers, row.query_id, row.waits_for


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
