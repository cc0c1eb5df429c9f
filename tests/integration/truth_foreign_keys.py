"""Foreign keys without an index that serves them."""

from collections.abc import Iterable

from commands import indexes_missing
from practice.database import PracticeDatabase
from tests.accuracy import Score
from tests.integration.command_fixture import House
from tests.integration.index_fixture import asked, index_house, scored

NAME = "truth_foreign_keys"
TRUTH = frozenset(
    {
        "missing_entirely",
        "missing_partial",
        "missing_brin",
        "missing_invalid",
        "missing_second_column",
        "missing_gist_across_types",
        "missing_in_expression",
        "missing_other_collation",
        "missing_with_include",
        "missing_with_third_between",
        "missing_second_half",
        'missing_"Quoted" %s',
        "missing_partitioned",
        "missing_to_itself",
        "missing_partial_of_nulls_only",
        "missing_beside_an_or",
        "missing_two_of_three",
        "missing_only_inverted",
        "missing_to_a_partitioned_table",
        "missing_not_valid",
        "missing_of_one_partition_alone",
    }
)
OTHERS = "4 to 7 of 7, the complete ones with 4 false"


def score(database: PracticeDatabase) -> Iterable[Score]:
    """Ask over the fixture."""
    with index_house(database, NAME) as house:
        yield scored("foreign keys without index", found(house), TRUTH, OTHERS)


def found(house: House) -> list[str]:
    """The constraints that the command says no index serves."""
    return [key.constraint_name for key in asked(house, indexes_missing.ask).found().keys]
