"""Who waits for whom: the sessions that run or hold a transaction open, and the heads of their lock queues; pure."""

from collections.abc import Mapping, Sequence

from bot.command import Row
from commands.wording import duration, listed, several


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


def roots(found: Sequence[Running]) -> dict[int, int]:
    """The sessions at the head of a lock queue, with how many wait for them, directly or behind others."""
    waits = {row.pid: row.blocked_by for row in found if row.blocked_by}
    heads = {blocker for blockers in waits.values() for blocker in blockers} - waits.keys()
    return {head: len(_behind(head, waits)) for head in heads}


def _behind(head: int, waits: Mapping[int, tuple[int, ...]]) -> set[int]:
    behind: set[int] = set()
    fresh = {head}
    while fresh:
        fresh = {pid for pid, blockers in waits.items() if fresh & set(blockers)} - behind
        behind |= fresh
    return behind


def blocking(found: Sequence[Running]) -> str:
    """The heads of the queues with how many they hold up, as a clause; empty when nobody waits."""
    heads = sorted(roots(found).items(), key=lambda item: (-item[1], item[0]))
    known = {row.pid: row for row in found}
    named = [f"{_named(pid, known.get(pid))} holds up {several(many, 'session')}" for pid, many in heads]
    return listed(named, 2)


def _named(pid: int, row: Running | None) -> str:
    if row is None:
        return f"pid {pid}" if pid else "a prepared transaction"
    return f"pid {pid} ({row.role}, {row.state} for {duration(row.age_s)})"


def longest(found: Sequence[Running]) -> str:
    """The oldest of the sessions, as a clause."""
    if not found:
        return "Nothing runs, and no transaction is open"
    oldest = found[0]
    return f"{several(len(found), 'session')} at work; the longest is {_named(oldest.pid, oldest)}"
