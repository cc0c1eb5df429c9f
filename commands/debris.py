"""What an incident leaves behind: invalid indexes and expired cache rows. How each is cleared away, as steps."""

from collections.abc import Callable, Sequence
from typing import Any

from bot.command import Check, Metric, Probe, Reading, Row, Sql, Step, Value
from bot.report import Unit
from bot.sql import queries

SQL = queries(__file__)
TWO_HOURS_S = 7200


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


def reindex(indexes: Sequence[Invalid]) -> tuple[list[Step], list[str]]:
    """The rebuild of every invalid index, and the removal of what failed rebuilds left."""
    steps = [_mend(one) for one in indexes if not one.not_mended]
    return steps, [f"{one.index} stays invalid ({one.not_mended})." for one in indexes if one.not_mended]


def _mend(one: Invalid) -> Step:
    return Step(
        title=f"{'Drop leftover' if one.leftover else 'Rebuild index'} {one.index}",
        do=Sql(statement=one.statement),
        locks="share update exclusive: neither reads nor writes wait; it waits for older transactions",
        timeout_s=TWO_HOURS_S,
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
        repairs=("maintenance",),
        looks=("vacuum",),
    ),
    Metric(
        name="invalid_indexes",
        title="Invalid indexes",
        unit=Unit.COUNT,
        alert=0,
        page=None,
        source=COUNTED,
        measure=_seen(lambda counted: counted.invalid),
        repairs=("reindex invalid",),
        looks=("indexes invalid",),
    ),
)
