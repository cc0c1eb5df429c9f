"""Who waits for whom: the tree of waiting sessions below the heads of their queues; pure but for its statement."""

from collections.abc import Mapping, Sequence

from bot.command import Row
from bot.sql import queries
from commands.wording import duration, listed, several

QUEUE = queries(__file__)["queue"]

KINDS = {
    "transactionid": "the end of a transaction",
    "tuple": "its turn for a row",
    "virtualxid": "the end of an older transaction",
    "snapshot": "a safe snapshot",
    "extend": "room at the end of a table",
}


class Waiting(Row):
    """A session that waits or is waited for; a prepared transaction has a pid below zero, one that was not found has 0.

    `age_s` is that of the state it is in; `waited_s` is None for one that waits for nobody.
    """

    pid: int
    role: str
    application: str = ""
    database: str = ""
    here: bool = True
    state: str = "active"
    age_s: float = 0
    transaction_s: float = 0
    waited_s: float | None = None
    lock_kind: str = ""
    lock_mode: str = ""
    lock_on: str = ""
    blocked_by: tuple[int, ...] = ()
    query_id: int | None = None
    query: str = ""
    gid: str = ""
    ending: str = ""

    @property
    def label(self) -> str:
        """By what people call it: its process id, or the name of the prepared transaction."""
        if self.pid > 0:
            return str(self.pid)
        return f"prepared '{self.gid}'" if self.gid else "a prepared transaction"

    @property
    def wanted(self) -> str:
        """What it waits for."""
        if not self.lock_kind:
            return ""
        if self.lock_kind in {"transactionid", "tuple"} and self.lock_on:
            return f"a row of {self.lock_on}"
        if self.lock_kind == "advisory":
            return f"advisory lock {self.lock_on}"
        what = KINDS.get(self.lock_kind) or f"{self.lock_mode} on {self.lock_on or self.lock_kind}"
        return f"{what} of {self.lock_on}" if self.lock_kind == "extend" and self.lock_on else what


class Branch(Row):
    """A session in its place in the tree: how deep, and how many wait behind it, directly and in all."""

    session: Waiting
    depth: int
    directly: int
    behind: int


def tree(found: Sequence[Waiting], most: int = 100) -> list[Branch]:
    """The heads with the most behind them first, each with its queue below it; everybody once, so many of them at most."""
    known = {one.pid: one for one in found}
    below = _below(found)
    heads = sorted(roots(found).items(), key=lambda item: (-item[1], item[0]))
    placed: dict[int, int] = {}
    for head in (*(pid for pid, _ in heads), *sorted(known)):  # who is left at the end waits in a circle
        _place(head, below, placed)
    return [
        Branch(
            session=known.get(pid) or Waiting(pid=pid, role="", state=""),
            depth=depth,
            directly=len(below.get(pid, ())),
            behind=len(_behind(pid, below) - {pid}),
        )
        for pid, depth in list(placed.items())[:most]
    ]


def roots(found: Sequence[Waiting]) -> dict[int, int]:
    """The sessions at the head of a queue, with how many wait for them, directly or behind others."""
    below = _below(found)
    heads = below.keys() - {one.pid for one in found if one.blocked_by}
    return {head: len(_behind(head, below)) for head in heads}


def blocking(found: Sequence[Waiting]) -> str:
    """The heads of the queues with how many they hold up, as a clause; empty when nobody waits."""
    heads = [branch for branch in tree(found) if branch.depth == 0]
    return listed([f"{named(head.session)} holds up {several(head.behind, 'session')}" for head in heads], 2)


def named(one: Waiting) -> str:
    """A session in a sentence."""
    who = f"pid {one.pid}" if one.pid > 0 else one.label
    doing = f", {one.state} for {duration(one.age_s)}" if one.state else ""
    return f"{who} ({one.role}{doing})" if one.role else who


def _below(found: Sequence[Waiting]) -> dict[int, list[int]]:
    """Who waits directly for whom."""
    below: dict[int, list[int]] = {}
    for one in found:
        for blocker in one.blocked_by:
            below.setdefault(blocker, []).append(one.pid)
    return below


def _behind(head: int, below: Mapping[int, Sequence[int]]) -> set[int]:
    behind: set[int] = set()
    fresh = [head]
    while fresh:
        more = set(below.get(fresh.pop(), ())) - behind
        behind |= more
        fresh.extend(more)
    return behind


def _place(head: int, below: Mapping[int, Sequence[int]], placed: dict[int, int]) -> None:
    """Put a session and, below it, its queue; a stack instead of recursion, because a queue may be a thousand long."""
    stack = [(head, 0)]
    while stack:
        pid, depth = stack.pop()
        if pid not in placed:
            placed[pid] = depth
            stack.extend((one, depth + 1) for one in sorted(below.get(pid, ()), reverse=True))
