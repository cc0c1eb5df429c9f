"""Sessions that people pick by process id: who they are, why one is spared, and who is freed when one ends."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bot.command import Check, Doing, Session, Sources, Step
from bot.errors import Cannot
from bot.report import Button, Level, Report, Verdict
from bot.sql import Statement, queries
from commands import victims
from commands.lock_queue import QUEUE, Waiting
from commands.victims import PATIENCE_S, Struck
from commands.wording import duration, listed, several

SESSIONS: Statement = queries(__file__)["sessions"]
EVIDENCE = ("active", "blocked")


class Target(Struck):
    """A session that was picked: `ending` ends it should it still run, `freed` verifies that nobody waits for it any more."""

    ending: str
    freed: str

    @property
    def who(self) -> str:
        """The session in a sentence."""
        names = ", ".join(filter(None, (self.role, self.application)))
        return f"pid {self.pid} ({names})"


def look(sources: Sources, pid: int) -> tuple[Target | None, Sequence[Waiting]]:
    """The session of a process id, and who waits for whom.

    Raises:
        Cannot: it must be spared; says why.
    """
    with sources.database.together() as questions:
        queue = questions.ask(QUEUE, Waiting)
        found = questions.ask(SESSIONS, Target, **values(sources, {pid: 0}))
    if not found.rows:
        return None, queue.rows
    one = found.rows[0]
    if one.spared:
        raise Cannot(f"I leave {one.who} alone: {one.spared}.")
    return one.model_copy(update={"holds_up": len(behind(queue.rows, pid))}), queue.rows


def values(sources: Sources, heads: Mapping[int, int]) -> dict[str, Any]:
    """What the statement needs to know: the process ids with how many wait for each, and who is protected."""
    return {
        "pids": list(heads),
        "behind": list(heads.values()),
        "protected_roles": list(sources.limits.protected_roles),
        "protected_applications": list(sources.limits.protected_applications),
    }


def step(one: Target, doing: Doing) -> Step:
    """How it is cancelled, or ended when it is idle."""
    made = victims.step(one, doing)
    return made if one.state != "idle" else made.model_copy(update={"hits": (_idle(one, doing),)})


def ending(one: Target, doing: Doing) -> Step:
    """How a session at work is ended when the cancel did not help."""
    return Step(
        title=f"End {one.who} if it still runs",
        do=step(one, doing).do.model_copy(update={"statement": one.ending}),
        locks="none; its own locks are released",
        timeout_s=10,
        hits=(victims.session(one, doing),),
        check=Check(statement=one.gone, patience_s=PATIENCE_S),
    )


def is_not_there(pid: int) -> Report:
    """That there is no such session any more."""
    text = f"There is no session with pid {pid} any more, so there is nothing to end"
    return Report(
        title="Sessions",
        verdict=Verdict(level=Level.INFO, text=text),
        buttons=(Button(label="Active", text="active"), Button(label="Blocked", text="blocked")),
    )


def behind(queue: Sequence[Waiting], pid: int) -> list[Waiting]:
    """Everybody who waits for a session, directly or behind others."""
    reached, found = {pid}, list[Waiting]()
    while fresh := [one for one in queue if one.pid not in reached and reached & set(one.blocked_by)]:
        reached |= {one.pid for one in fresh}
        found += fresh
    return found


def freed(queue: Sequence[Waiting], ended: Collection[int]) -> list[Waiting]:
    """Who waits for nobody but sessions that end, or for others who are freed by that: those go on, one after another."""
    gone, found = set(ended), list[Waiting]()
    while fresh := [one for one in queue if one.blocked_by and one.pid not in gone and set(one.blocked_by) <= gone]:
        gone |= {one.pid for one in fresh}
        found += fresh
    return found


def who_is_freed(queue: Sequence[Waiting], ended: Collection[int]) -> list[str]:
    """Who goes on and who does not, in sentences."""
    free = freed(queue, ended)
    waiting = {one.pid for pid in ended for one in behind(queue, pid)} - set(ended)
    stuck = len(waiting) - len(free)
    return [
        *([f"Frees {several(len(free), 'session')}: {listed([_waits(one) for one in free])}."] if free else []),
        *([f"{several(stuck, 'session')} behind it will still wait, for others as well."] if stuck else []),
    ]


def waits_itself(queue: Sequence[Waiting], pid: int) -> list[str]:
    """That a session is held up itself, so that ending it helps nobody before it in the queue."""
    found = [one for one in queue if one.pid == pid and one.blocked_by]
    return [f"It waits itself, for {whom(one)}: `unblock` ends what holds all of them up." for one in found]


def whom(one: Waiting) -> str:
    """For whom a session waits."""
    pids = [f"pid {pid}" if pid > 0 else "a prepared transaction" for pid in one.blocked_by]
    return listed(list(dict.fromkeys(pids)), 3)


def waiter(one: Waiting, doing: Doing) -> Session:
    """A session that only waits, as people see it."""
    return Session(
        pid=one.pid,
        role=one.role,
        application=one.application,
        state=one.state,
        age_s=one.waited_s or 0,
        doing=doing(one.query, one.query_id) if one.query else "",
        why=f"only waits for {whom(one)}",
    )


def _waits(one: Waiting) -> str:
    wanted = f" for {one.wanted}" if one.wanted else ""
    return f"{one.label} ({one.role}, has waited {duration(one.waited_s or 0)}{wanted})"


def _idle(one: Target, doing: Doing) -> Session:
    why = f"holds up {several(one.holds_up, 'session')}" if one.holds_up else f"idle for {duration(one.age_s)}"
    return victims.session(one, doing).model_copy(update={"why": why})
