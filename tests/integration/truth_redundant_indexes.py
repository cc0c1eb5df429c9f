"""Redundant indexes: what another index of the same table serves for, and what only looks like it."""

from collections.abc import Iterable

from commands import indexes_redundant
from practice.database import PracticeDatabase
from tests.accuracy import Score
from tests.integration.command_fixture import House
from tests.integration.index_fixture import asked, index_house, scored

NAME = "truth_redundant_indexes"
TRUTH = frozenset(
    {
        "go_prefix_of_the_primary_key",
        "go_prefix",
        "go_younger_twin",
        "go_served_by_unique",
        "go_expression",
        "go_carried_by_key",
        "go_carries_less",
        "go_partial",
        "go_constraint_twice",
        "go_unique_beside_constraint",
        'go_"Unique" beside; %s the key\'s target',
        "go_beside_exclusion",
        "go_beside_replica_identity",
        'go_bound_with "options" and a\ncomment',
        "go_unique_that_carries_less",
        "go_partial_unique_twin",
        "go_expression_with_its_own_statistics",
        "go_beside_deferrable",
        "go_chain_short",
        "go_chain_middle",
        "go_deferrable_beside_immediate",
        "go_partitioned",
        "go_partition's own",
        "go_nulls_apart",
        "go_hash_twin",
        "go_of_a_view",
    }
)
OTHERS = "3 to 7 of 8, up to 3 false"


def score(database: PracticeDatabase) -> Iterable[Score]:
    """Ask over the fixture."""
    with index_house(database, NAME) as house:
        yield scored("redundant indexes", found(house), TRUTH, OTHERS)


def found(house: House) -> list[str]:
    """The indexes that the command says another one serves for."""
    return [row.index for row in asked(house, indexes_redundant.ask).found().redundant]
