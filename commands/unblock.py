"""Break up lock queues at their heads: the root blockers only, never those who wait."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from bot.command import Args, Check, Command, Doing, Plan, Risk, Sources, Step
from bot.report import Button, Code, Column, Level, Part, Report, Table, Unit, Verdict
from commands import ending, victims
from commands.ending import SESSIONS, Target
from commands.lock_queue import QUEUE, Waiting, named, roots
from commands.pressure import PRESSURE, Pressure
from commands.slots import hidden
from commands.victims import MOST, PATIENCE_S
from commands.wording import duration, listed, several


class Wanted(Args):
    """How long somebody must have waited for a queue to count, in seconds: a shorter wait is everyday life."""

    seconds: float = Field(default=5, ge=0, le=86_400)


@dataclass(frozen=True)
class Queues:
    """Who waits for whom; `heads` are the sessions before whom somebody has waited too long, `prepared` the transactions."""

    waiting: Sequence[Waiting]
    heads: Sequence[Target]
    prepared: Sequence[Waiting]
    notes: tuple[str, ...] = ()

    @property
    def ended(self) -> list[Target]:
        """The heads that may be ended, those with the most behind them first."""
        return [one for one in self.heads if not one.spared][:MOST]

    @property
    def left(self) -> list[Target]:
        """The heads that must be spared."""
        return [one for one in self.heads if one.spared]


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Look who is at the head of a queue, then propose to end that one."""
    found = look(sources, args.seconds)
    return proposal(found, sources.doing) if found.ended else nothing(found, args.seconds)


def look(sources: Sources, seconds: float) -> Queues:
    """The queues, and who is at the head of each."""
    with sources.database.together() as questions:
        queue = questions.ask(QUEUE, Waiting)
        pressure = questions.ask(PRESSURE.statement, Pressure)
    counts = {pid: count for pid, count in roots(queue.rows).items() if _is_long(queue.rows, pid, seconds)}
    sessions = {pid: count for pid, count in counts.items() if pid > 0}
    heads = sources.database.rows(SESSIONS, Target, **ending.values(sources, sessions)) if sessions else []
    unseen = pressure.row
    notes = (f"Not complete: {hidden(unseen.hidden, unseen.role)}.",) if unseen.hidden else ()
    prepared = [one for one in queue.rows if one.pid in counts and one.pid <= 0]
    return Queues(queue.rows, heads, prepared, notes)


def proposal(found: Queues, doing: Doing) -> Plan:
    """The end of each head that may be ended, with who is freed by it."""
    ended = {one.pid for one in found.ended}
    free = ending.freed(found.waiting, ended)
    waiting = [one for one in found.waiting if one.blocked_by]
    heads = listed([one.who for one in found.ended], 2)
    return Plan(
        summary=f"End what holds up {several(len(free), 'session')}: {heads}",
        risk=Risk.DISRUPT,
        steps=tuple(_step(one, doing) for one in found.ended),
        spared=(
            *(victims.session(one, doing) for one in found.left),
            *(ending.waiter(one, doing) for one in waiting[:MOST]),
        ),
        notes=(
            *ending.who_is_freed(found.waiting, ended),
            *(_by_hand(one, found.waiting) for one in found.prepared),
            *found.notes,
        ),
        evidence=("blocked", "active"),
    )


def nothing(found: Queues, seconds: float) -> Report:
    """That nobody is blocked, or only by what I may not end."""
    rows = tuple((one.pid, one.role, one.state, one.spared) for one in found.left)
    return Report(
        title="Unblock",
        verdict=verdict(found, seconds),
        parts=(*_spared(rows), *_statements(found)),
        notes=(*(_by_hand(one, found.waiting) for one in found.prepared), *found.notes),
        buttons=(Button(label="Blocked", text="blocked"), Button(label="Active", text="active")),
    )


def verdict(found: Queues, seconds: float) -> Verdict:
    """Why there is no plan, in one line."""
    waiting = [one for one in found.waiting if one.blocked_by]
    if found.left or found.prepared:
        heads = listed([one.who for one in found.left] + [named(one) for one in found.prepared], 2)
        return Verdict(level=Level.ALERT, text=f"Held up by whom I may not end: {heads}")
    if waiting:
        text = f"{several(len(waiting), 'session')} waiting for a lock, nobody for {duration(seconds)} yet: nothing to unblock"
        return Verdict(level=Level.OK, text=text)
    return Verdict(level=Level.OK, text="Nobody waits for a lock: there is nothing to unblock")


def _step(one: Target, doing: Doing) -> Step:
    check = Check(statement=one.freed, patience_s=PATIENCE_S)
    return ending.step(one, doing).model_copy(update={"check": check})


def _is_long(queue: Sequence[Waiting], pid: int, seconds: float) -> bool:
    return any((one.waited_s or 0) >= seconds for one in ending.behind(queue, pid))


def _by_hand(one: Waiting, queue: Sequence[Waiting]) -> str:
    held = f"{named(one)} holds up {several(len(ending.behind(queue, one.pid)), 'session')}"
    if not one.ending:
        return f"{held}; it is in pg_prepared_xacts, and only a statement ends it."
    return f"{held}; I do not end it: `{one.ending};` in the database {one.database}, as {one.role} or a superuser (or commit prepared, as its coordinator decided)."


def _statements(found: Queues) -> tuple[Part, ...]:
    lines = [f"{one.ending};" for one in found.prepared if one.ending]
    return (Code(title="To end a prepared transaction", text="\n".join(lines)),) if lines else ()


def _spared(rows: tuple[tuple[int | str | None, ...], ...]) -> tuple[Part, ...]:
    columns = (
        Column(title="PID", unit=Unit.CODE),
        *(Column(title=title) for title in ("Role", "State", "Spared because")),
    )
    return (Table(title="At the head of a queue", columns=columns, rows=rows),) if rows else ()


command = Command(
    name="unblock",
    help="End the sessions at the heads of lock queues, and nobody else",
    runbook="Emergency procedures, step 1: kill long-running queries",
    risk=Risk.DISRUPT,
    place=53,
    args=Wanted,
    plan=plan,
    words=("unblock sessions", "break lock", "end blocker", "root blocker"),
)
