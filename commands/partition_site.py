"""Whether a table can be made the first partition of a new one: what there is of it, and what stands in the way."""

from collections.abc import Iterable

from bot.command import Row
from bot.sql import queries
from commands.unpartitioned import Candidate
from commands.wording import listed, size

SQL = queries(__file__)


class Key(Row):
    """A primary key or unique constraint without the partition key, and how it gets one; `state`: nothing, `valid`, or in the way."""

    name: str
    index: str
    state: str
    statement: str
    drop_it: str
    valid: str
    is_gone: str


class Bound(Row):
    """The CHECK that promises that all rows are before the cutoff; `state`: nothing, `other`, `unproven` or `proven`."""

    state: str
    add: str
    prove: str
    drop_it: str
    drop_unproven: str
    take_back: str
    is_there: str
    is_proven: str
    is_gone: str


class Site(Row):
    """A table that is to be partitioned; `after` is the newest value at or after the cutoff."""

    oid: int
    name: str
    legacy: str
    owner: str
    key: str
    cutoff: str
    months: tuple[str, ...]
    until: str
    locked: bool
    hindrances: tuple[str, ...]
    left_views: tuple[str, ...]
    own_views: tuple[str, ...]
    policies: int
    keys: int
    indexes: int
    references: tuple[str, ...]
    triggers: int
    publications: tuple[str, ...]
    identity: tuple[str, ...]
    is_partitioned: str


class After(Row):
    """The newest value of a key that a table may not have."""

    newest: str


def blockers(site: Site, judged: Candidate, after: str) -> list[str]:
    """Everything that stands in the way, each with what to do where there is a way."""
    return [*judged.blockers, *site.hindrances, *_too_new(site, after)]


def _too_new(site: Site, after: str) -> Iterable[str]:
    if after:
        yield (
            f"rows at or after {site.cutoff}, up to {after}: they would have no partition. Correct them, or take a later cutoff with ahead=MONTHS"
        )


def notes(site: Site, judged: Candidate) -> list[str]:
    """What is to be known before: what changes for the application, and what stays the same; a card shows the first few."""
    return [*_changes(site, judged), *_carried(site, judged), *_asides(site, judged)]


def _carried(site: Site, judged: Candidate) -> Iterable[str]:
    yield (
        f"Nothing is copied: the table, {size(judged.size)}, becomes the partition {site.legacy} up to {site.cutoff}; "
        f"{listed(list(site.months), 5)} are made for what comes then."
    )
    parts = {
        "policies": site.policies,
        "keys": site.keys,
        "other indexes": site.indexes,
        "foreign keys": judged.references_out,
        "triggers": site.triggers,
        "publications": len(site.publications),
    }
    found = [f"{name} {count}" for name, count in parts.items() if count]
    yield (
        f"Carried over with owner ({site.owner}), rights, comments and statistics: {', '.join(found) or 'nothing else'}. "
        "It is looked at before the commit, and all of it is undone when something is missing."
    )
    if site.own_views:
        yield f"Views that read the new table afterwards: {listed(list(site.own_views), 10)}."


def _changes(site: Site, judged: Candidate) -> Iterable[str]:
    if site.left_views:
        yield (
            f"They still read {site.legacy}, which is whole until {site.cutoff}; make them anew before that: {listed(list(site.left_views), 10)}."
        )
    if judged.keys_without:
        yield (
            f"Unique only together with {site.key} from then on: {listed(list(judged.keys_without), 3)}; "
            "`on conflict` with the old columns fails (42P10), so the application has to name the new ones first."
        )
    yield (
        f"From its CHECK on a row at or after {site.cutoff} is refused, and afterwards one at or after {site.until}; "
        "`partition ensure` adds months."
    )


def _asides(site: Site, judged: Candidate) -> Iterable[str]:
    yield (
        "`create index concurrently` is refused on a partitioned table, and autovacuum never analyzes it itself: `analyze` does."
    )
    if site.triggers:
        yield "A trigger for each row sees the partition's name in tg_table_name."
    if judged.identity_breaks:
        yield f"Before PostgreSQL 17 an insert straight into a partition must give {listed(list(site.identity), 3)} itself."
