"""What an incident leaves behind: dead rows, invalid indexes, expired cache rows. How each is cleared away, as steps."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from bot.command import Check, Metric, Probe, Reading, Row, Sql, Step, Value
from bot.report import Unit
from bot.sql import queries
from commands.wording import duration, listed, several

SQL = queries(__file__)
HOUR_S = 3600


class Overdue(Row):
    """A table with more dead rows than autovacuum would leave."""

    relation: str
    dead: int
    live: int
    vacuuming: bool
    locked: bool
    statement: str
    vacuumed: str


class Holder(Row):
    """Who keeps dead rows from being removed; pid 0 is not a session."""

    pid: int
    who: str
    age_s: float


class Invalid(Row):
    """An index that is not valid; `not_mended` says why Scout leaves it."""

    index: str
    relation: str
    leftover: bool
    not_mended: str
    statement: str
    mended: str


class Cache(Row):
    """The runbook's table query_cache, where it exists."""

    readable: bool
    locked: bool


class Expired(Row):
    """What of the cache can be thrown away."""

    expired: int
    statement: str
    deleted: str


class Counted(Row):
    """How much debris there is."""

    overdue: int
    invalid: int


def vacuum(
    tables: Sequence[Overdue], holders: Sequence[Holder], ended: Collection[int]
) -> tuple[list[Step], list[str]]:
    """The vacuum of the table that needs it most, or why there is none: nothing can be removed while a snapshot is held."""
    free = [table for table in tables if not table.vacuuming and not table.locked]
    notes = [
        f"{one.relation}: {'being vacuumed' if one.vacuuming else 'locked'}, left alone."
        for one in tables
        if one not in free
    ]
    if not free:
        return [], notes
    held = [holder for holder in holders if holder.pid not in ended]
    if held:
        who = listed([f"{one.who}{f' for {duration(one.age_s)}' if one.age_s else ''}" for one in held], 2)
        return [], [
            *notes,
            f"No vacuum of {free[0].relation}: it would remove nothing while an old snapshot is held by {who}.",
        ]
    return [_vacuum(free[0])], notes


def _vacuum(table: Overdue) -> Step:
    return Step(
        title=f"Vacuum {table.relation}",
        do=Sql(statement=table.statement),
        locks="share update exclusive: neither reads nor writes wait",
        timeout_s=2 * HOUR_S,
        required=False,
        check=Check(statement=table.vacuumed, patience_s=12),
    )


def reindex(indexes: Sequence[Invalid]) -> tuple[list[Step], list[str]]:
    """The rebuild of every invalid index, and the removal of what failed rebuilds left."""
    steps = [_mend(one) for one in indexes if not one.not_mended]
    return steps, [f"{one.index} stays invalid ({one.not_mended})." for one in indexes if one.not_mended]


def _mend(one: Invalid) -> Step:
    return Step(
        title=f"{'Drop leftover' if one.leftover else 'Rebuild index'} {one.index}",
        do=Sql(statement=one.statement),
        locks="share update exclusive: neither reads nor writes wait; it waits for older transactions",
        timeout_s=2 * HOUR_S,
        lock_timeout_s=60,
        required=False,
        check=Check(statement=one.mended, patience_s=2),
    )


def clear(expired: Expired) -> list[Step]:
    """The deletion of expired cache rows."""
    if not expired.expired:
        return []
    return [
        Step(
            title="Delete expired rows of query_cache",
            do=Sql(statement=expired.statement),
            locks="row exclusive: neither reads nor writes wait",
            timeout_s=60,
            required=False,
            check=Check(statement=expired.deleted),
        )
    ]


def _seen(of: Callable[[Counted], float]) -> Callable[[Reading[Counted]], Value]:
    return lambda reading: Value(value=of(reading.now[0]))


COUNTED = Probe("debris", SQL["counted"], Counted)
METRICS: tuple[Metric[Any], ...] = (
    Metric(
        name="overdue_vacuums",
        title="Tables overdue for vacuum",
        unit=Unit.COUNT,
        alert=0,
        page=None,
        source=COUNTED,
        measure=_seen(lambda counted: counted.overdue),
        repairs=("emergency",),
    ),
    Metric(
        name="invalid_indexes",
        title="Invalid indexes",
        unit=Unit.COUNT,
        alert=0,
        page=None,
        source=COUNTED,
        measure=_seen(lambda counted: counted.invalid),
        repairs=("emergency",),
    ),
)


def amount(tables: Sequence[Overdue], indexes: Sequence[Invalid]) -> list[str]:
    """What there is to clear away, as clauses."""
    said = [several(len(tables), "table") + " overdue for vacuum"] if tables else []
    return [*said, *([several(len(indexes), "invalid index", "invalid indexes")] if indexes else [])]
