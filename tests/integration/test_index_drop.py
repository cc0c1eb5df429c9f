"""Only what the diagnosis calls droppable is dropped, and the undo in the plan brings it back."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from carrying_out import carry_out
from command_fixture import House, house_of
from meanwhile import writing

from bot.command import Limits, Risk
from bot.errors import BadInput
from practice.data_faults import InvalidIndex
from practice.database import PracticeDatabase

MORE = """
set role scout_owner;
create index "Twice, ""the"" same" on scout.silver_transactions_cleaned (created_at) with (fillfactor = 70);
comment on index scout."Twice, ""the"" same" is 'of Ana''s';
alter table scout.dim_store add constraint once unique (store_id, city);
alter table scout.dim_store add constraint once_more unique (store_id, city);
reset role;
"""


@pytest.fixture
def house(own_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(own_database, tmp_path, limits=Limits(evidence_days=0)) as opened:
        yield opened


@pytest.fixture
def boss(own_database: PracticeDatabase) -> Generator[psycopg.Connection]:
    with psycopg.connect(own_database.admin_url, autocommit=True) as connection:
        yield connection


def definition(boss: psycopg.Connection, name: str) -> object:
    return boss.execute(
        "select pg_get_indexdef(to_regclass(%(name)s)), obj_description(to_regclass(%(name)s), 'pg_class')",
        {"name": name},
    ).fetchone()


def test_what_nobody_reads_is_dropped_while_a_writer_goes_on_and_the_undo_brings_it_back(
    house: House, own_database: PracticeDatabase, boss: psycopg.Connection
) -> None:
    before = definition(boss, "scout.idx_transactions_payment")
    plan = house.plan("index drop IDX_transactions_payment")
    assert plan.risk is Risk.DISRUPT
    assert plan.summary.endswith("nobody reads it")
    assert [step.binding for step in house.plan("drop index idx_transactions_payment").steps] == [plan.steps[0].binding]
    with writing(own_database.app_url) as writer:
        assert carry_out(house, plan) == ["the index is gone"]
    assert writer.errors == []
    (undo,) = [note.removeprefix("Undo, word for word: ") for note in plan.notes if note.startswith("Undo")]
    boss.execute(undo.encode())
    assert definition(boss, "scout.idx_transactions_payment") == before


def test_a_redundant_one_with_an_odd_name_and_a_constraint_go_and_come_back(
    house: House, boss: psycopg.Connection
) -> None:
    boss.execute(MORE)
    for text, name in (
        ("""index drop 'Twice, "the" same'""", 'scout."Twice, ""the"" same"'),
        ("index drop once_more", "scout.once_more"),
    ):
        before = definition(boss, name)
        plan = house.plan(text)
        assert "served by" in plan.summary
        assert carry_out(house, plan) == ["the index is gone"]
        (undo,) = [note.removeprefix("Undo, word for word: ") for note in plan.notes if note.startswith("Undo")]
        for statement in undo.split(";\n"):
            boss.execute(statement.encode())
        assert definition(boss, name) == before


def test_all_else_stays_with_the_reason(house: House, own_database: PracticeDatabase, boss: psycopg.Connection) -> None:
    InvalidIndex(own_database).start()
    boss.execute("set enable_seqscan = off")
    boss.execute("select count(*) from scout.silver_transactions_cleaned where created_at > now()")
    boss.execute("select pg_stat_clear_snapshot()")
    for index, why in (
        ("dim_store_pkey", "carries the constraint dim_store_pkey"),
        ("gold_daily_aggregates_key", "concurrent refresh needs it"),
        ("idx_transactions_customer", "is invalid: `reindex idx_transactions_customer`"),
    ):
        assert why in house.report(f"index drop {index}").verdict.text
    with pytest.raises(BadInput, match="Did you mean 'idx_transactions_payment'"):
        house.ask("index drop idx_transaction_payment")
    boss.execute("begin; lock table scout.silver_transactions_cleaned")
    assert "locked exclusively" in house.report("index drop idx_transactions_payment").verdict.text
    boss.execute("rollback")


def test_without_enough_evidence_nothing_is_dropped(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with house_of(own_database, tmp_path) as house:
        said = house.report("index drop idx_transactions_payment").verdict.text
    assert "was not read so far, but that cannot be judged: scans are counted for" in said
