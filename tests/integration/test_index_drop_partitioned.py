"""The index of a partitioned table is dropped with those of its partitions, in a moment, and comes back partition by partition."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, house_of
from conducting import Conductor
from partitioned_fixture import GONE, NESTED, selling

from bot.approval import State
from bot.command import Limits, Risk
from practice.database import PracticeDatabase

INDEXES = """
select x.relname, pg_get_indexdef(x.oid), i.indisvalid, (select h.inhparent::regclass::text from pg_inherits as h where h.inhrelid = x.oid)
from pg_index as i join pg_class as x on x.oid = i.indexrelid where x.relname ~ '^sales' order by x.relname
"""


@pytest.fixture
def house(either_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(either_database, tmp_path, limits=Limits(evidence_days=0)) as opened:
        yield opened


@pytest.fixture
def sold(boss: psycopg.Connection) -> Generator[psycopg.Connection]:
    """Sales in partitions, of which one has partitions, with an index that nobody reads."""
    boss.execute(NESTED)
    boss.execute(
        'set role scout_owner; create index "sales %I" on scout.sales (amount, store_id desc) where gone is null; reset role'
    )
    boss.execute("grant select, insert, update on scout.sales to scout_app")
    yield boss
    boss.execute(GONE)


def test_it_goes_in_a_moment_with_all_that_belong_to_it_and_undo_builds_them_while_writers_go_on(
    house: House, sold: psycopg.Connection, either_database: PracticeDatabase
) -> None:
    before = sold.execute(INDEXES).fetchall()
    assert len(before) == 6
    plan = house.plan("index drop 'sales %I'")
    assert plan.risk is Risk.DISRUPT
    assert ", 0 bytes" not in plan.summary
    assert any("those of 4 partitions" in note and "refuses to drop it concurrently" in note for note in plan.notes)
    conductor = Conductor(house)
    with selling(either_database.app_url) as seller:
        run = conductor.approved(plan)
        conductor.runner.run(run)
        assert conductor.approval(run).state is State.DONE
        assert sold.execute(INDEXES).fetchall() == []
        undo = house.plan(f"undo {run}")
        assert [step.title for step in undo.steps][:2] == ["Create sales %I on sales alone", undo.steps[1].title]
        assert conductor.run(undo).state is State.DONE
    assert (seller.errors, seller.done > 0) == ([], True)
    assert sold.execute(INDEXES).fetchall() == before


def test_it_gives_up_soon_when_a_partition_is_in_use_and_nothing_is_lost(
    house: House, sold: psycopg.Connection, either_database: PracticeDatabase
) -> None:
    before = sold.execute(INDEXES).fetchall()
    with psycopg.connect(either_database.admin_url) as reader:
        reader.execute("select count(*) from scout.sales_2b")
        ended = Conductor(house).run(house.plan("index drop 'sales %I'"))
        reader.rollback()
    assert ended.state is State.FAILED
    assert sold.execute(INDEXES).fetchall() == before
