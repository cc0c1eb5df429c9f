"""Where else indexes are read: the replicas that the settings name, each with its own counters, and those that nobody named."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.command import Database, Row, Sources
from bot.sql import queries
from commands import elsewhere
from commands.elsewhere import Identity, Told
from commands.wording import DAY, duration, several

SQL = queries(__file__)


class Evidence(Row):
    """Since when scans are counted on a server, who reads its log, and how many indexes there are."""

    since: datetime
    seconds: float
    replicas: int
    is_replica: bool
    counting: bool
    knows_birth: bool
    examined: int


class Use(Row):
    """An index that was read."""

    index: str
    scans: int


@dataclass(frozen=True)
class Seen:
    """What a replica told: who it is, its evidence, and the indexes that it read."""

    identity: Identity
    evidence: Evidence
    read: frozenset[str]


@dataclass(frozen=True)
class Reader:
    """A replica that the settings name; `doubt` says why it cannot be relied upon, and is empty when it can."""

    name: str
    doubt: str = ""
    replicas: int = 0
    read: frozenset[str] = frozenset()


def ask(sources: Sources) -> Sequence[Told[Seen]]:
    """Ask every replica."""
    schema, window_s = sources.database.schema, sources.limits.evidence_days * DAY

    def look(replica: Database) -> Seen:
        with replica.together() as questions:
            identity = questions.ask(elsewhere.SQL["identity"], Identity)
            evidence = questions.ask(SQL["evidence"], Evidence, schema=schema)
            read = questions.ask(SQL["read"], Use, schema=schema, window_s=window_s)
        return Seen(identity.row, evidence.row, frozenset(one.index for one in read.rows))

    return elsewhere.ask(sources, look)


def reader(told: Told[Seen], here: Identity, days: float) -> Reader:
    """A replica's answer, judged."""
    if told.said is None:
        return Reader(told.name, f"replica {told.name} {told.trouble}")
    seen = told.said
    doubt = elsewhere.stranger(here, seen.identity) or _too_little(seen.evidence, days)
    return Reader(told.name, doubt and f"replica {told.name} {doubt}", seen.evidence.replicas, seen.read)


def doubts(evidence: Evidence, readers: Sequence[Reader]) -> Iterable[str]:
    """Why the replicas cannot be relied upon: those that did not answer, and those that nobody named."""
    yield from (one.doubt for one in readers if one.doubt)
    unknown = evidence.replicas + sum(one.replicas for one in readers) - len(readers)
    if unknown > 0 and readers:
        yield f"usage on {several(unknown, 'more replica')} is not seen, because only {len(readers)} of them are configured"
    elif unknown > 0:
        yield f"replicas are not configured, and usage on {several(unknown, 'replica')} is not seen"


def where_read(index: str, readers: Sequence[Reader]) -> str:
    """The first replica that reads an index; empty when none does."""
    return next((one.name for one in readers if index in one.read), "")


def _too_little(evidence: Evidence, days: float) -> str:
    if not evidence.counting:
        return "does not count scans: track_counts is off there"
    if evidence.seconds < days * DAY:
        return f"counts scans for {duration(evidence.seconds)} only, and {days:g} days are needed"
    return ""
