"""Sequences near their end: by their own limit or their column's, whichever comes first."""

from collections.abc import Iterable, Mapping

from bot.report import Report, Table
from practice.database import PracticeDatabase
from tests.accuracy import Score
from tests.integration.index_fixture import index_house

NAME = "truth_sequences"
OTHERS = "99,000 % on a descending one; a quoted name aborts a whole report"
ODD = 'Odd "näme" %s <!channel>'
USED: Mapping[str, float] = {
    "plain_bigint_id_seq": 0,
    "identity_int_id_seq": 90,
    "serial_small_id_seq": 97.7,
    "barely_used_id_seq": 1,
    "wider_than_its_column": 85,
    "shared_by_two": 90,
    "owner_id_seq": 95,
    "of_a_domain": 85,
    "descending_int": 85,
    "descending_into_small": 80,
    "descending_to_zero": 90,
    "descending_new": 0,
    "cycles_too_late": 95,
    "orphan": 95,
    ODD: 89.9,
    "steps_of_ten": 99.1,
    "never_used": 0,
    "begins_high": 90,
    "exhausted": 100,
    "of_numeric": 0,
    "negative_minimum": 50,
    "default_dropped": 90,
    "parts_id_seq": 90,
}
"""How much of each is used, in per cent; those that cycle in time or are hidden are not in it."""
NEAR_THE_END = frozenset(name for name, used in USED.items() if used >= 79.9)


def score(database: PracticeDatabase) -> Iterable[Score]:
    """Ask over the fixture."""
    with index_house(database, NAME) as house:
        said = used(house.report("sequences"))
    near = frozenset(name for name, percent in said.items() if percent >= 79.9)
    off = sum(abs(said.get(name, 100) - percent) for name, percent in USED.items()) / len(USED)
    false = len(near - NEAR_THE_END) + len(said.keys() - USED.keys())
    yield Score(
        "sequences near their end", len(NEAR_THE_END), len(near & NEAR_THE_END), false, f"{off:.2f} points", OTHERS
    )


def used(report: Report) -> dict[str, float]:
    """How much the command says is used of each sequence."""
    tables = [part for part in (*report.parts, *report.more) if isinstance(part, Table)]
    return {str(row[0]): float(row[1] or 0) for part in tables for row in part.rows}
