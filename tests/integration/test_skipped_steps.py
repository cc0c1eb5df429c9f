"""Somebody skips a step that waits for others: what it left goes too, nobody waits a second time, and the run says how it ended."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, await_that, house_of
from conducting import Conductor

from bot.approval import Approval, State, StepState
from bot.command import Plan
from practice.data_faults import InvalidIndex
from practice.database import PracticeDatabase

INVALID = "select array_agg(indexrelid::regclass::text) from pg_index where not indisvalid"
SOON_S = 30
"""Half of what a build waits for others: who has waited a second time was not told at once."""


@pytest.fixture
def house(own_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(own_database, tmp_path) as opened:
        yield opened


@pytest.fixture
def boss(own_database: PracticeDatabase) -> Generator[psycopg.Connection]:
    with psycopg.connect(own_database.admin_url, autocommit=True) as connection:
        yield connection


@contextmanager
def in_the_way(database: PracticeDatabase, statement: str) -> Generator[psycopg.Connection]:
    """A transaction that stays open for as long as the block lasts."""
    with psycopg.connect(database.admin_url) as other:
        other.execute(statement.encode())
        yield other
        other.rollback()


def skip(conductor: Conductor, run: str, title: str) -> None:
    """Skip the step of a title once it is at work and waits for somebody."""
    plan = conductor.approval(run).plan
    (number,) = [at for at, step in enumerate(plan.steps) if step.title == title]
    await_that(lambda: conductor.house.store.steps(run)[number].state is StepState.RUNNING)
    await_that(lambda: "waits for pid" in conductor.house.store.steps(run)[number].said)
    with conductor.house.store.change() as change:
        assert change.ask_skip(run, number, "Cora")
    conductor.runner.skip(run, number)


def skipped_run(house: House, plan: Plan, title: str) -> tuple[Approval, dict[str, str]]:
    """How a run ends of which a step is skipped, and what each step says."""
    conductor = Conductor(house)
    run = conductor.begin(plan)
    skip(conductor, run, title)
    since = time.monotonic()
    conductor.joined()
    assert time.monotonic() - since < SOON_S
    ended = conductor.approval(run)
    said = dict(zip([step.title for step in ended.plan.steps], conductor.said(run), strict=True))
    return ended, said


WRITES = "update scout.silver_transactions_cleaned set quantity = quantity where transaction_id = 1"
BUILD = "Build index silver_transactions_cleaned_quantity_idx"
CONFIRM = "Confirm silver_transactions_cleaned_quantity_idx, or drop what its build left"


def test_a_skipped_build_is_told_at_once_as_not_built_while_the_one_it_waited_for_still_writes(
    house: House, own_database: PracticeDatabase, boss: psycopg.Connection
) -> None:
    plan = house.plan("index create table=silver_transactions_cleaned columns=quantity")
    with in_the_way(own_database, WRITES):
        ended, said = skipped_run(house, plan, BUILD)
    assert ended.state is State.STOPPED
    assert ended.outcome.said.startswith("Stopped: 1 of 3 steps done and verified; skipped: Build index silver")
    assert said[BUILD] == "skipped by Cora before it was through"
    assert said[CONFIRM].endswith(
        "Skipped, not built; what the build left could not be dropped yet: reindex invalid clears it away."
    )
    (left,) = boss.execute(INVALID).fetchone() or ((),)
    assert len(left) == 1
    assert Conductor(house).run(house.plan("reindex invalid")).state is State.DONE
    assert boss.execute(INVALID).fetchone() == (None,)


def test_a_skipped_rebuild_leaves_the_index_as_it_was_and_the_others_are_rebuilt(
    house: House, own_database: PracticeDatabase, boss: psycopg.Connection
) -> None:
    boss.execute("create index city on scout.dim_store (city)")
    boss.execute("update pg_index set indisvalid = false where indexrelid = 'scout.city'::regclass")
    InvalidIndex(own_database).start()
    with in_the_way(own_database, WRITES) as writer:
        plan = house.plan("reindex invalid")
        conductor = Conductor(house)
        run = conductor.begin(plan)
        skip(conductor, run, "Rebuild index idx_transactions_customer")
        await_that(lambda: conductor.house.store.steps(run)[1].state is StepState.FAILED)
        writer.rollback()
        conductor.joined()
    assert conductor.approval(run).state is State.DONE
    assert "skipped: Rebuild index idx_transactions_customer" in conductor.approval(run).outcome.said
    said = dict(zip([step.title for step in plan.steps], conductor.said(run), strict=True))
    assert "Skipped; what the rebuild left could not be dropped yet" in said[plan.steps[1].title]
    assert said["Confirm city, or drop what its rebuild left"] == "the index is valid, and nothing is left over"


def test_a_skipped_refresh_keeps_no_other_view_from_being_refreshed(
    house: House, own_database: PracticeDatabase
) -> None:
    plan = house.plan("refresh all")
    first = plan.steps[0].title
    view = first.removeprefix("Refresh ")
    with in_the_way(own_database, f"comment on materialized view scout.{view} is 'held'"):
        ended, said = skipped_run(house, plan, first)
    assert ended.state is State.DONE
    assert ended.outcome.said.endswith(f"; skipped: {first}.")
    assert said[first] == "skipped by Cora before it was through"
    assert len(plan.steps) > 2


def test_in_an_emergency_what_follows_a_skipped_rebuild_only_clears_up_and_the_rest_is_done(
    house: House, own_database: PracticeDatabase, boss: psycopg.Connection
) -> None:
    InvalidIndex(own_database).start()
    boss.execute("update scout.query_cache set expires_at = now() - interval '1 hour'")
    rebuild = "Rebuild index idx_transactions_customer"
    plan = house.plan("emergency")
    with in_the_way(own_database, WRITES):
        ended, said = skipped_run(house, plan, rebuild)
    assert ended.state is State.DONE
    assert "Skipped; what the rebuild left" in said["Confirm idx_transactions_customer, or drop what its rebuild left"]
    assert said["Delete expired rows of query_cache"] == "0 expired rows left"
