"""Which process looks after which database: one lease for each, shared evenly, and a fence before what the last holder still writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.errors import ScoutError
from bot.sql import queries
from bot.store.engine import Hand, Room, Session, as_text

SQL = queries(__file__)


class LostLease(ScoutError):
    """Another process looks after this now: nothing more may be written for it."""


@dataclass(frozen=True)
class Fence:
    """The right to write for something; the epoch grows whenever the right passes on, so an old one is recognised."""

    name: str
    holder: str
    epoch: int


class Leases(Room):
    """Rights that only one process has at a time.

    A lease is a row with a time of expiry by the store's clock, not a lock of a session: it survives a lost connection, and a pooler.
    """

    def share(self, holder: str, names: Sequence[str], seconds: float) -> Mapping[str, Fence]:
        """Prolong what a process holds, give up what is more than its share, and take what is free; what it holds now.

        The processes that called this in the last `seconds` share the names evenly.
        """
        with self._engine.changing() as session:
            now, until = as_text(session.now()), as_text(session.now() + timedelta(seconds=seconds))
            session.rows(SQL["sign_on"], holder=holder, now=now, until=until)
            watchers = sorted({holder, *(row["holder"] for row in session.rows(SQL["watchers"], now=now))})
            rows = session.rows(SQL["of"], names=tuple(names)) if names else []
            taken = {row["name"]: row["holder"] for row in rows if row["expires_at"] > now}
            ours = ours_of(holder, sorted(names), taken, watchers)
            if surplus := tuple(name for name, by in taken.items() if by == holder and name not in ours):
                session.rows(SQL["let_go"], holder=holder, names=surplus)
            return {name: _take(session, name, holder, until, now) for name in ours}

    def leases(self) -> Mapping[str, Fence]:
        """Who looks after what now, whichever process it is."""
        rows = self._engine.ask(SQL["valid"], now=as_text(self._engine.now()))
        return {row["name"]: Fence(row["name"], row["holder"], int(row["epoch"])) for row in rows}

    def watchers(self) -> int:
        """How many processes share the leases now."""
        return len(self._engine.ask(SQL["watchers"], now=as_text(self._engine.now())))

    def let_go(self, holder: str) -> None:
        """Give up everything: the others need not wait until it runs out."""
        with self._engine.changing() as session:
            session.rows(SQL["let_go_of_all"], holder=holder)
            session.rows(SQL["sign_off"], holder=holder)


class LeasesHand(Hand):
    """The fence, as the first part of a change."""

    def check(self, fence: Fence) -> None:
        """Go on only if the right is still held.

        Raises:
            LostLease: it has passed on, while this process was asleep or cut off.
        """
        if not self._session.rows(SQL["holds"], name=fence.name, holder=fence.holder, epoch=fence.epoch):
            raise LostLease(f"Another Scout looks after {fence.name} now.")


def ours_of(holder: str, names: Sequence[str], taken: Mapping[str, str], watchers: Sequence[str]) -> list[str]:
    """What a process should hold: as much as it may of what it has, then of what nobody has.

    With n names and k processes everybody has n // k; the first n % k of them, by name, one more.
    """
    share, over = divmod(len(names), len(watchers))
    quota = share + (watchers.index(holder) < over)
    has = [name for name in names if taken.get(name) == holder]
    free = [name for name in names if name not in taken]
    return [*has, *free][:quota]


def _take(session: Session, name: str, holder: str, until: str, now: str) -> Fence:
    (row,) = session.rows(SQL["take"], name=name, holder=holder, expires_at=until, now=now)
    return Fence(name, holder, int(row["epoch"]))
