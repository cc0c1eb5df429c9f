"""What an incident leaves behind: how much of it there is, and how expired cache rows are cleared away, as steps."""

from collections.abc import Callable
from typing import Any

from bot.command import Check, Metric, Probe, Reading, Row, Sql, Step, Value
from bot.report import Unit
from bot.sql import queries

SQL = queries(__file__)


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
