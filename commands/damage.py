"""What is wrong with a database now, as far as the emergency steps are about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.command import Sources
from bot.errors import ScoutError
from bot.sql import queries
from commands import debris, overdue, reindex, victims
from commands.debris import Cache, Expired
from commands.overdue import Holder, Overdue
from commands.slots import COUNTED, Counted
from commands.victims import Struck, Unseen

SQL = queries(victims.__file__)


@dataclass(frozen=True)
class Damage:
    """What was seen of the database."""

    struck: Sequence[Struck]
    unseen: Unseen
    overdue: Sequence[Overdue]
    holders: Sequence[Holder]
    invalid: Sequence[reindex.Index]
    slots: Counted
    expired: Expired | None = None
    notes: list[str] = field(default_factory=list[str])


def look(sources: Sources) -> Damage:
    """One round trip, and a second one where there is a cache to look into."""
    schema, limits = sources.database.schema, sources.limits
    with sources.database.together() as questions:
        struck = questions.ask(
            SQL["struck"],
            Struck,
            long_query_seconds=limits.long_query_seconds,
            idle_in_transaction_seconds=limits.idle_in_transaction_seconds,
            protected_roles=list(limits.protected_roles),
            protected_applications=list(limits.protected_applications),
        )
        unseen = questions.ask(SQL["unseen"], Unseen)
        tables = questions.ask(overdue.SQL["overdue"], Overdue, schema=schema)
        holders = questions.ask(overdue.SQL["holders"], Holder)
        invalid = questions.ask(reindex.SQL["indexes"], reindex.Index, schema=schema, index="")
        cache = questions.ask(debris.SQL["cache"], Cache, schema=schema)
        slots = questions.ask(
            COUNTED.statement, Counted, idle_in_transaction_seconds=limits.idle_in_transaction_seconds
        )
    expired, notes = look_into_cache(sources, cache.rows)
    broken = [one for one in invalid.rows if not one.building]
    return Damage(struck.rows, unseen.row, tables.rows, holders.rows, broken, slots.row, expired, notes)


def look_into_cache(sources: Sources, cache: Sequence[Cache]) -> tuple[Expired | None, list[str]]:
    """What has expired in query_cache, or why nobody looked."""
    if not cache:
        return None, []
    if cache[0].locked or not cache[0].readable:
        return None, [f"query_cache was not looked into: {'locked' if cache[0].locked else 'no right to read it'}."]
    schema = sources.database.schema
    try:
        (expired,) = sources.database.rows(debris.SQL["expired"], Expired, {"schema": schema}, schema=schema)
    except ScoutError as error:  # the least of the six steps must not keep the others from being proposed
        return None, [f"query_cache was not looked into: {error}"]
    return expired, []
