"""Unused indexes: what can go and what must stay though nobody reads it."""

from collections.abc import Iterable

from commands import indexes_unused
from practice.database import PracticeDatabase
from tests.accuracy import Score
from tests.integration.command_fixture import House
from tests.integration.index_fixture import asked, index_house, scored

NAME = "truth_unused_indexes"
TRUTH = frozenset(
    {
        "go_partial_does_not_serve_the_key",
        "go_brin_does_not_serve_the_key",
        "go_plain",
        'go_"Mixed" Case; %s {x}',
        "go_partitioned",
        "go_of_one_partition_alone",
        "go_of_a_view",
        "go_of_an_unlogged_table",
        "go_hash of two\nlines",
        "go_of_an_heir",
        "go_key_column_comes_second",
        "go_partial_with_more_than_not_null",
    }
)
OTHERS = "1 to 4 of 5; 8 of 9 list what cannot be dropped"


def score(database: PracticeDatabase) -> Iterable[Score]:
    """Ask over the fixture, with any evidence long enough: its counters are minutes old."""
    with index_house(database, NAME) as house:
        yield scored("unused indexes", found(house), TRUTH, OTHERS)


def found(house: House) -> list[str]:
    """The indexes that the command says can go."""
    return [row.index for row in asked(house, indexes_unused.ask).found().droppable]
