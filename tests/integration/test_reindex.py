"""Indexes are rebuilt beside their users; what failed rebuilds and builds left is dropped."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from carrying_out import carry_out, hasty
from command_fixture import House, house_of
from meanwhile import writing

from bot.command import Risk
from bot.errors import BadInput
from bot.report import Level
from practice.data_faults import InvalidIndex
from practice.database import PracticeDatabase

LEFT = """
set role scout_owner;
create index "Odd %I $$" on scout.dim_store (city);
create index "Odd %I $$_ccnew" on scout.dim_store (city);
create index scout_failed_0123456789abcdef on scout.dim_store (region);
create table scout.spans (span int4range, constraint apart exclude using gist (span with &&));
reset role;
update pg_index set indisvalid = false where indexrelid in
  ('scout."Odd %I $$_ccnew"'::regclass, 'scout.scout_failed_0123456789abcdef'::regclass, 'scout.apart'::regclass);
"""
INVALID = "select array_agg(indexrelid::regclass::text) from pg_index where not indisvalid"


@pytest.fixture
def house(own_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(own_database, tmp_path) as opened:
        yield opened


@pytest.fixture
def boss(own_database: PracticeDatabase) -> Generator[psycopg.Connection]:
    with psycopg.connect(own_database.admin_url, autocommit=True) as connection:
        yield connection


def test_all_that_is_invalid_is_mended_while_a_writer_goes_on(
    house: House, own_database: PracticeDatabase, boss: psycopg.Connection
) -> None:
    InvalidIndex(own_database).start()
    boss.execute(LEFT)
    plan = house.plan("reindex invalid")
    assert plan.risk is Risk.MEND
    assert [step.title for step in plan.steps] == [
        "Drop leftover Odd %I $$_ccnew",
        "Drop leftover scout_failed_0123456789abcdef",
        "Rebuild index idx_transactions_customer",
        "Confirm idx_transactions_customer, or drop what its rebuild left",
    ]
    assert any(note.startswith("apart is left alone: exclusion constraint") for note in plan.notes)
    assert [step.binding for step in house.plan("reindex").steps] == [step.binding for step in plan.steps]
    with writing(own_database.app_url) as writer:
        said = carry_out(house, plan)
    assert said[:2] == ["the leftover is gone", "the leftover is gone"]
    assert said[3] == "the index is valid, and nothing is left over"
    assert writer.errors == []
    assert boss.execute(INVALID).fetchone() == (["scout.apart"],)


def test_a_valid_one_is_rebuilt_by_name_and_one_that_fails_leaves_nothing(
    house: House, own_database: PracticeDatabase, boss: psycopg.Connection
) -> None:
    plan = house.plan("reindex idx_transactions_payment")
    with psycopg.connect(own_database.report_url) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("select count(*) from scout.dim_store")
        said = carry_out(house, hasty(plan, 1))
    assert said[0] == "failed: Locked"
    assert said[1] == "the index is valid, and nothing is left over"
    assert boss.execute(INVALID).fetchone() == (None,)
    node = "select relfilenode from pg_class where oid = 'scout.idx_transactions_payment'::regclass"
    before = boss.execute(node).fetchone()
    assert carry_out(house, plan)[1] == "the index is valid, and nothing is left over"
    assert boss.execute(node).fetchone() != before


def test_where_all_is_well_that_is_said_and_an_unknown_name_gets_the_nearest(house: House) -> None:
    answer = house.report("reindex invalid")
    assert answer.verdict.level is Level.OK
    assert answer.verdict.text == "Every index is valid: nothing to rebuild"
    with pytest.raises(BadInput, match="Did you mean 'idx_transactions_payment'"):
        house.ask("reindex idx_transaction_payment")
