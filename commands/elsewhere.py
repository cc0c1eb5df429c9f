"""The same question to every replica that the settings name, all at once; one that does not answer is an answer too."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.command import Database, Row, Sources
from bot.errors import ScoutError
from bot.sql import queries

SQL = queries(__file__)
T = TypeVar("T")


class Identity(Row):
    """Which server and which of its databases this is; a physical replica has those of its primary."""

    system: str
    database: int
    is_replica: bool


@dataclass(frozen=True)
class Told(Generic[T]):
    """What a replica told, or why it told nothing."""

    name: str
    said: T | None
    trouble: str = ""


@dataclass(frozen=True)
class Coming(Generic[T]):
    """An answer on its way from a replica."""

    name: str
    future: "Future[T]"

    def told(self) -> Told[T]:
        """What came of it; a replica that does not answer says why."""
        try:
            return Told(self.name, self.future.result())
        except ScoutError as error:
            return Told(self.name, None, _short(self.name, error))


def ask(sources: Sources, look: Callable[[Database], T]) -> Sequence[Coming[T]]:
    """Begin to look at every replica, each on a thread of its own, so that a dead one delays nobody else's answer."""
    if not sources.replicas:
        return ()
    pool = ThreadPoolExecutor(len(sources.replicas), "replica")
    coming = [Coming(one.name, pool.submit(look, one)) for one in sources.replicas]
    pool.shutdown(wait=False)
    return coming


def stranger(here: Identity, there: Identity) -> str:
    """Why a server is no replica of this one, as a clause; empty when it is."""
    if (here.system, here.database) != (there.system, there.database):
        return "is no physical replica of this database"
    return "" if there.is_replica else "is no replica any more: it takes writes of its own"


def _short(name: str, error: ScoutError) -> str:
    """The first sentence of an error, without the name that will stand before it."""
    return str(error).split(". ", 1)[0].removeprefix(name).strip(" .")
