"""What a run did is taken back by the steps it kept for that, and only while what it left is still there."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, house_of

from bot.approval import Approval, State, StepRecord, StepState, seal
from bot.command import Limits, Plan, Risk, Sql
from bot.errors import BadInput, Cannot
from practice.database import PracticeDatabase

AT = datetime(2026, 10, 2, 3, 14, tzinfo=UTC)
DROP = "drop index scout.dim_store_city_idx"
BUILD = "index create table=dim_store columns=city"


@pytest.fixture
def house(own_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(own_database, tmp_path, limits=Limits(evidence_days=0)) as opened:
        yield opened


@pytest.fixture
def boss(own_database: PracticeDatabase) -> Generator[psycopg.Connection]:
    with psycopg.connect(own_database.admin_url, autocommit=True) as connection:
        yield connection


def kept(house: House, text: str, plan: Plan, state: State = State.DONE, number: int = 1) -> str:
    """Remember a plan as one that was run, all its steps done; its id."""
    at = AT + timedelta(hours=number)
    approval = Approval(
        id=f"run{number}", text=text, command=text.split(maxsplit=1)[0], database="scout", plan=plan, seal=seal(plan), state=state,
        requester="U1", requester_name="Ana", channel="C1", asked_at=at, expires_at=at, started_at=at, ended_at=at,
    )  # fmt: skip
    with house.store.change() as change:
        change.add_approval(approval)
        for place in range(len(plan.steps)):
            change.swap_step(
                {StepState.WAITING}, StepRecord(approval=approval.id, number=place, state=StepState.DONE, said="x")
            )
    return approval.id


def ran(house: House, text: str, number: int = 1) -> Plan:
    """Carry a plan out and remember it."""
    plan = house.plan(text)
    for step in plan.steps:
        house.carry_out(step)
    kept(house, text, plan, number=number)
    return plan


def exists(boss: psycopg.Connection, index: str) -> bool:
    row = boss.execute("select to_regclass(%s) is not null", [f"scout.{index}"]).fetchone()
    return bool(row and row[0])


def statements(plan: Plan) -> list[str]:
    return [step.do.statement for step in plan.steps if isinstance(step.do, Sql)]


def test_the_index_that_was_built_is_dropped_again_and_another_person_approves(
    house: House, boss: psycopg.Connection
) -> None:
    ran(house, BUILD)
    undo = house.plan("undo run1")
    assert undo.risk is Risk.DISRUPT
    assert statements(undo) == ["drop index concurrently if exists scout.dim_store_city_idx"]
    assert [house.carry_out(step) for step in undo.steps] == ["it is gone"]
    assert not exists(boss, "dim_store_city_idx")
    assert (
        house.report("undo run1").verdict.text
        == f"Nothing to take back of '{BUILD}': what it left is not there any more"
    )


def test_another_index_of_the_same_name_is_left_alone(house: House, boss: psycopg.Connection) -> None:
    ran(house, BUILD)
    boss.execute(DROP)
    boss.execute("create index dim_store_city_idx on scout.dim_store (store_name)")
    answer = house.report("undo")
    assert "what it left is not there any more" in answer.verdict.text
    assert answer.notes == ("Build index dim_store_city_idx: not as the run left it (not there), so it stays.",)


def test_the_index_that_was_dropped_is_built_again_from_its_own_definition(
    house: House, boss: psycopg.Connection
) -> None:
    definition = "select pg_get_indexdef('scout.idx_transactions_payment'::regclass)"
    before = boss.execute(definition).fetchone()
    ran(house, "index drop idx_transactions_payment")
    undo = house.plan("undo")
    assert statements(undo)[0].startswith("create index concurrently idx_transactions_payment ON scout.silver")
    assert [house.carry_out(step) for step in undo.steps] == ["the index is back"]
    assert boss.execute(definition).fetchone() == before


def test_settings_go_back_last_first_and_one_that_somebody_has_changed_since_stays(
    house: House, boss: psycopg.Connection
) -> None:
    boss.execute("alter role scout_operate createrole")
    boss.execute("grant scout_app to scout_operate with admin option")
    boss.execute("alter role scout_app in database scout set work_mem = '8MB'")
    ran(house, "tune scout_app 64MB 4")
    assert [step.title for step in house.plan("undo").steps] == [
        "Set max_parallel_workers_per_gather of scout_app back to what the server says",
        "Set work_mem of scout_app back to 8MB",
    ]
    boss.execute("alter role scout_app in database scout set max_parallel_workers_per_gather = 1")
    undo = house.plan("undo")
    assert [house.carry_out(step) for step in undo.steps] == ["work_mem = 8MB"]
    assert "not as the run left it (max_parallel_workers_per_gather = 1)" in undo.notes[1]


def test_what_cannot_be_taken_back_says_why(house: House) -> None:
    with pytest.raises(BadInput, match=r"Nothing was run on scout yet. `history` lists"):
        house.ask("undo")
    with pytest.raises(BadInput, match="I know no run 'abcdef' of scout"):
        house.ask("undo abcdef")
    kept(house, "refresh all", house.plan("refresh all"))
    with pytest.raises(Cannot, match=r"'refresh all' \(run1\) has no undo"):
        house.ask("undo")
    kept(house, BUILD, house.plan(BUILD), State.RUNNING, 2)
    with pytest.raises(Cannot, match="is running: there is nothing to take back as long as it is not over"):
        house.ask("undo run2")
