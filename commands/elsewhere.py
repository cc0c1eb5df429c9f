"""The same question to every replica that the settings name, all at once; one that does not answer is an answer too."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
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


def ask(sources: Sources, look: Callable[[Database], T]) -> list[Told[T]]:
    """Look at every replica, each on a thread of its own, so that one which is dead delays nobody else's answer."""
    if not sources.replicas:
        return []
    with ThreadPoolExecutor(len(sources.replicas), "replica") as pool:
        return list(pool.map(partial(_told, look), sources.replicas))


def _told(look: Callable[[Database], T], replica: Database) -> Told[T]:
    try:
        return Told(replica.name, look(replica))
    except ScoutError as error:
        return Told(replica.name, None, _short(replica.name, error))


def stranger(here: Identity, there: Identity) -> str:
    """Why a server is no replica of this one, as a clause; empty when it is."""
    if (here.system, here.database) != (there.system, there.database):
        return "is no physical replica of this database"
    return "" if there.is_replica else "is no replica any more: it takes writes of its own"


def _short(name: str, error: ScoutError) -> str:
    """The first sentence of an error, without the name that will stand before it."""
    return str(error).split(". ", 1)[0].removeprefix(name).strip(" .")
