"""Who holds whom up: the queues for locks as a tree, the heads with the most behind them first."""

from collections.abc import Iterable, Sequence
from typing import Any

from bot.command import Command, Doing, Metric, Risk, Sources, Value
from bot.report import Button, Cell, Code, Column, Level, Part, Report, Table, Unit, Verdict, worst
from commands.lock_queue import QUEUE, Branch, Waiting, named, tree
from commands.pressure import PRESSURE, Pressure
from commands.slots import hidden
from commands.wording import duration, listed, several

SCREEN = 12
MOST_ROWS = 100
LONG_S = 5
"""A shorter wait is everyday life: it is no incident."""
COLUMNS = (
    Column(title="Session"),
    Column(title="Behind"),
    Column(title="Holds up"),
    Column(title="Waits", unit=Unit.SECONDS),
    *(Column(title=title) for title in ("For", "State", "Who", "Doing")),
)


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Look, then say."""
    with sources.database.together() as questions:
        found = questions.ask(QUEUE, Waiting)
        pressure = questions.ask(PRESSURE.statement, Pressure)
    lines = [metric for metric in sources.metrics if metric.name == "blocked_sessions"]
    return report(found.rows, pressure.row, lines, sources.doing)


def report(found: Sequence[Waiting], pressure: Pressure, lines: Sequence[Metric[Any]], doing: Doing) -> Report:
    """The tree, and how a prepared transaction at its head is ended."""
    branches = tree(found, MOST_ROWS)
    rows = [_cells(branch, found, doing) for branch in branches]
    waiting = [one for one in found if one.blocked_by]
    said = verdict(branches, waiting, lines)
    danger = said.level in {Level.ALERT, Level.PAGE}
    return Report(
        title="Blocked sessions",
        verdict=said,
        parts=tuple(_parts(rows, found)),
        more=(Table(title="The rest of the queues", columns=COLUMNS, rows=tuple(rows[SCREEN:])),)
        if rows[SCREEN:]
        else (),
        notes=tuple(notes(waiting, len(found) - len(rows), pressure)),
        buttons=(
            *((Button(label="Unblock", text="unblock", danger=True),) if waiting else ()),
            *((Button(label="Emergency", text="emergency", danger=True),) if danger else ()),
            Button(label="Active", text="active"),
            Button(label="Connections", text="connections"),
        ),
    )


def verdict(branches: Sequence[Branch], waiting: Sequence[Waiting], lines: Sequence[Metric[Any]]) -> Verdict:
    """Who holds up how many, how long the longest has waited, and what helps, in one line."""
    if not waiting:
        return Verdict(level=Level.OK, text="Nobody waits for a lock")
    long = sum(1 for one in waiting if one.here and (one.waited_s or 0) > LONG_S)
    level = worst([Level.INFO, *(line.level(Value(value=long)) for line in lines)])
    heads = [branch for branch in branches if branch.depth == 0]
    queues = listed([f"{named(head.session)} holds up {several(head.behind, 'session')}" for head in heads], 2)
    longest = duration(max(one.waited_s or 0 for one in waiting))
    return Verdict(level=level, text=f"{queues}; the longest wait is {longest}{_help(heads[0].session)}")


def notes(waiting: Sequence[Waiting], left_out: int, pressure: Pressure) -> Iterable[str]:
    """What was examined, what was left out and what is hidden."""
    elsewhere = sum(1 for one in waiting if not one.here)
    yield f"Examined: every lock of the server that somebody waits for; {several(len(waiting), 'session')} waiting" + (
        f", {elsewhere} of them in other databases." if elsewhere else "."
    )
    if left_out > 0:
        yield f"Left out: {several(left_out, 'session')} further down the queues."
    if pressure.hidden:
        yield f"Who and what is not complete: {hidden(pressure.hidden, pressure.role)}. Who waits for whom is."


def _parts(rows: Sequence[tuple[Cell, ...]], found: Sequence[Waiting]) -> Iterable[Part]:
    if rows:
        yield Table(title="Who waits behind whom", columns=COLUMNS, rows=tuple(rows[:SCREEN]))
    prepared = [one for one in found if one.ending]
    if prepared:
        lines = [f"{one.ending}; -- in database {one.database}, as {one.role} or a superuser" for one in prepared]
        yield Code(
            title="To end a prepared transaction (or commit prepared, if its work is wanted)", text="\n".join(lines)
        )


def _help(head: Waiting) -> str:
    if head.ending:
        return ". Only a statement ends it, see below"
    if head.state.startswith("idle in transaction"):
        return ". It does nothing: ending it frees the queue"
    return ""


def _cells(branch: Branch, found: Sequence[Waiting], doing: Doing) -> tuple[Cell, ...]:
    one = branch.session
    labels = {other.pid: other.label for other in found}
    behind = ", ".join(labels.get(pid, "a prepared transaction" if pid == 0 else str(pid)) for pid in one.blocked_by)
    count = str(branch.behind) if branch.behind == branch.directly else f"{branch.behind} ({branch.directly} directly)"
    state = f"{one.state} for {duration(one.age_s)}" if one.state else ""
    who = ", ".join(filter(None, (one.role, one.application, "" if one.here else f"in {one.database}")))
    label = "\u00a0\u00a0" * max(0, branch.depth - 1) + ("\u2514 " if branch.depth else "") + one.label
    text = doing(one.query, one.query_id) if one.query else ""
    return label, behind, count if branch.behind else "", one.waited_s, one.wanted, state, who, text


command = Command(
    name="blocked",
    help="Who holds whom up: the queues for locks as a tree",
    runbook="Diagnostics, step 2: active queries",
    risk=Risk.LOOK,
    place=20,
    plan=plan,
    words=("blocking tree", "lock tree", "who blocks whom", "deadlocks"),
)
