"""The sessions that hold a database up: who is ended and how, who is spared and why."""

from collections.abc import Callable, Sequence

from bot.command import Check, Row, Session, Sql, Step
from commands.wording import duration, several

MOST = 100
PATIENCE_S = 12


class Struck(Row):
    """A session that holds others up, runs too long or sits idle in a transaction; `spared` says why it is left alone."""

    pid: int
    role: str
    application: str
    state: str | None
    age_s: float
    idle: bool
    holds_up: int
    query_id: int | None
    query: str
    spared: str
    statement: str
    gone: str


class Unseen(Row):
    """What cannot be seen or struck."""

    hidden: int
    behind_prepared: int
    role: str


Doing = Callable[[str, int | None], str]


def victims(found: Sequence[Struck]) -> list[Struck]:
    """Those that may be ended, the heads of lock queues first; no more than people can read."""
    return [one for one in found if not one.spared][:MOST]


def step(one: Struck, doing: Doing) -> Step:
    """How one session is ended, and how that is verified; the title has no age, so that it is the same when planned again."""
    deed = "End" if one.idle else "Cancel"
    who = f"{one.role}, {one.application}" if one.application else one.role
    return Step(
        title=f"{deed} pid {one.pid} ({who})",
        do=Sql(statement=one.statement),
        locks="none; its own locks are released",
        timeout_s=10,
        hits=(session(one, doing),),
        check=Check(statement=one.gone, patience_s=PATIENCE_S),
    )


def session(one: Struck, doing: Doing) -> Session:
    """A session as people see it."""
    return Session(
        pid=one.pid,
        role=one.role,
        application=one.application,
        state=one.state or "unknown",
        age_s=one.age_s,
        doing=doing(one.query, one.query_id) if one.query else "",
        why=one.spared or _why(one),
    )


def left_out(found: Sequence[Struck], unseen: Unseen) -> list[str]:
    """What this plan does not reach, in sentences."""
    notes: list[str] = []
    more = sum(1 for one in found if not one.spared) - MOST
    if more > 0:
        notes.append(f"{several(more, 'session')} more would qualify; these {MOST} first, then ask again.")
    if unseen.behind_prepared:
        waiting = several(unseen.behind_prepared, "session")
        notes.append(f"A prepared transaction holds up {waiting}: only its owner can end it (pg_prepared_xacts).")
    if unseen.hidden:
        notes.append(f"Not complete: {several(unseen.hidden, 'session')} hidden from {unseen.role}.")
    return notes


def _why(one: Struck) -> str:
    if one.holds_up:
        return f"holds up {several(one.holds_up, 'session')}"
    return f"{'idle in transaction' if one.idle else 'running'} for {duration(one.age_s)}"
