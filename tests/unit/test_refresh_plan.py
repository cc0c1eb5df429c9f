"""Which views are refreshed, how heavily, and what is expected of it."""

import pytest

from bot.command import PastStep, Risk
from bot.errors import BadInput
from commands.matviews import View
from commands.refresh import choose, proposal

PLAIN = View(
    name="mv",
    level=0,
    populated=True,
    has_unique_index=False,
    size=2_000_000,
    reads_from=(),
    busy=(),
    alone="do nothing",
    statement="refresh materialized view mv",
    refreshed="select true, ''",
)
LIGHT = PLAIN.model_copy(update={"name": "gold", "has_unique_index": True, "reads_from": ("mv",)})


def test_all_concurrent_is_for_an_operator_to_confirm() -> None:
    assert proposal([LIGHT], {}).risk is Risk.MEND


def test_one_plain_refresh_needs_another_person() -> None:
    plan = proposal([PLAIN, LIGHT], {})
    assert plan.risk is Risk.DISRUPT
    assert [step.locks.split(":")[0] for step in plan.steps] == [
        "access exclusive on the view",
        "exclusive on the view",
    ]


def test_a_view_that_was_never_filled_cannot_be_refreshed_concurrently() -> None:
    plan = proposal([LIGHT.model_copy(update={"populated": False})], {})
    assert plan.risk is Risk.DISRUPT
    assert any("never populated" in note for note in plan.notes)


def test_the_expected_duration_is_the_median_of_the_runs_before() -> None:
    past = {"Refresh gold": PastStep(title="Refresh gold", seconds=(3.0, 100.0, 5.0))}
    assert "Expected, by the runs before: gold 5 s." in proposal([LIGHT], past).notes


def test_an_exact_name_comes_before_one_in_another_case() -> None:
    other = PLAIN.model_copy(update={"name": "GOLD"})
    assert choose([other, LIGHT], "gold") == [LIGHT]
    assert choose([other], "gold") == [other]
    assert choose([other, LIGHT], "ALL") == [other, LIGHT]


def test_an_unknown_name_gets_the_list() -> None:
    with pytest.raises(BadInput, match="There are: mv, gold"):
        choose([PLAIN, LIGHT], "zzz")
