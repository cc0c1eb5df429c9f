"""Which tables are due, what stands in their way, and what a plan says of it: pure."""

from collections.abc import Sequence

import pytest

from bot.errors import BadInput
from commands.analyze import targets
from commands.care import MOST_STEPS, Cared, choose, held, holding, is_useless, left_out
from commands.horizon import Holder
from commands.maintenance import Due, Work, due, nothing, why_not
from commands.upkeep import Debt
from commands.vacuuming import summary


def cared(oid: int = 1, relation: str = "orders", **more: object) -> Cared:
    row = {
        "oid": oid,
        "toast": 0,
        "namespace": "scout",
        "relation": relation,
        "own": True,
        "partitioned": False,
        "members": (oid,),
        "dead": 9000,
        "rows": 10_000,
        "changed": 0,
        "vacuumed_s": 3600.0,
        "analyzed_s": 3600.0,
        "locked": False,
        "vacuuming": False,
        "vacuum": f"vacuum {relation}",
        "vacuumed": "select true, ''",
        "analyze": f"analyze {relation}",
        "analyzed": "select true, ''",
    }
    return Cared.model_validate(row | more)


def debt(oid: int = 1, dead: int = 9000, changed: int = 0) -> Debt:
    return Debt(
        oid=oid,
        name=f"t{oid}",
        own=True,
        toast=False,
        rows=10_000,
        dead=dead,
        dead_line=2050,
        inserted=0,
        inserted_line=None,
        changed=changed,
        changed_line=1050,
        autovacuum=True,
        enabled=True,
        options="",
        vacuumed_s=None,
        analyzed_s=None,
        xid_age=0,
        locked=False,
        vacuuming=False,
        statement="",
    )


def holder(age_s: float | None = 7200, holds: str = "all rows", kind: str = "session", *, here: bool = True) -> Holder:
    return Holder(
        kind=kind,
        name="pid 7",
        pid=7,
        database="shop",
        here=here,
        role="app",
        state="idle in transaction",
        xids=20_000,
        age_s=age_s,
        holds=holds,
        query_id=None,
        query="",
        remedy="",
    )


def work(due_now: Sequence[Due] = (), held_by: Holder | None = None) -> Work:
    return Work(due_now, [], held_by, 10)


@pytest.mark.parametrize("typed", ["orders", "ORDERS", "scout.orders", "Scout.Orders"])
def test_a_table_is_found_with_and_without_its_schema_in_any_case(typed: str) -> None:
    assert choose([cared(), cared(2, "lines")], typed).oid == 1


def test_an_exact_name_goes_before_one_in_another_case() -> None:
    assert choose([cared(), cared(2, "Orders")], "Orders").oid == 2
    with pytest.raises(BadInput, match="Type the one you mean exactly"):
        choose([cared(), cared(2, "Orders")], "ORDERS")


def test_a_snapshot_from_before_the_last_vacuum_makes_another_useless() -> None:
    assert is_useless(cared(), holder())
    assert not is_useless(cared(), holder(age_s=60))
    assert not is_useless(cared(vacuumed_s=None), holder())
    assert not is_useless(cared(), holder(age_s=None))
    assert not is_useless(cared(), None)


def test_who_holds_only_catalog_rows_or_another_database_is_no_obstacle() -> None:
    assert holding([holder(holds="catalog rows"), holder(here=False)]) is None
    assert holding([holder()]) is not None


def test_what_makes_a_vacuum_useless_comes_first_in_the_summary() -> None:
    assert summary(cared(), None) == "Vacuum and analyze orders; reads and writes go on"
    assert summary(cared(), holder()).startswith("It would remove nothing: session pid 7 holds")
    assert "no row that died since then can be removed" in held(cared(), holder())[0]


def test_only_what_is_past_its_line_by_enough_rows_is_due_the_worst_first() -> None:
    tables = [cared(1), cared(2), cared(3, toast=33), cared(4)]
    found = due(tables, [debt(1), debt(2, dead=100_000), debt(33, dead=5000), debt(4, dead=900), debt(99)])
    assert [one.table.oid for one in found] == [2, 1, 3]


def test_a_toast_table_and_its_table_are_one_step() -> None:
    assert len(due([cared(1, toast=11)], [debt(1), debt(11)])) == 1


def test_a_partition_is_analyzed_with_its_parent() -> None:
    parent = cared(1, "months", partitioned=True, members=(2, 3), analyzed_s=None)
    tables = [parent, cared(2, analyzed_s=None), cared(3), cared(4, "big", analyzed_s=None, rows=10**6)]
    assert [one.table.oid for one in targets(tables, [debt(3, changed=9000)])] == [4, 1]


def test_an_empty_table_that_was_never_analyzed_is_no_target() -> None:
    assert targets([cared(analyzed_s=None, rows=0)], []) == []


def test_an_old_partitioned_parent_is_a_target_only_when_its_partitions_changed() -> None:
    old = cared(1, "months", partitioned=True, members=(2,), analyzed_s=200_000.0)
    assert targets([old], []) == []
    assert len(targets([old.model_copy(update={"changed": 5})], [])) == 1


def test_what_is_useless_or_locked_is_left_alone_and_named() -> None:
    dues = [Due(cared(1, "a"), 10, "a is due"), Due(cared(2, "b", locked=True, vacuumed_s=None), 5, "b is due")]
    found = work(dues, holder())
    assert found.vacuumed == []
    notes = why_not(found)
    assert notes[0].startswith("Pid 7 (app, idle in transaction)")
    assert notes[1] == "a: not vacuumed, it would remove nothing while that lasts."
    assert notes[2].startswith("b: locked now")
    assert nothing(found).verdict.text == "Nothing that is due can be done now"


def test_how_many_are_left_out_is_said() -> None:
    assert left_out(MOST_STEPS, MOST_STEPS) == []
    assert left_out(25, MOST_STEPS) == ["5 tables more; these 20 first, then ask again."]
