"""The process that builds a partitioned table's index is killed in the middle: nothing is built twice, and it goes on from there."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from carrier import running
from command_fixture import House, await_that, house_of
from partitioned_fixture import GONE, PLAIN
from store_fixture import approval
from test_killed_errands import carried, kill_at

from bot.approval import Approval, State, seal
from bot.command import Plan
from bot.runner import Runner
from bot.store import Store
from practice.database import PracticeDatabase

ASK = "index create on sales store_id"
BUILD = "Build sales_2_store_id_idx on sales_2"
AT_WORK = "select pid from pg_stat_activity where query like 'create index concurrently sales_2%' and state = 'active'"


@pytest.fixture
def house(either_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(either_database, tmp_path) as opened:
        yield opened


@pytest.fixture
def sold(boss: psycopg.Connection) -> Generator[psycopg.Connection]:
    """Sales of three months."""
    boss.execute(PLAIN)
    yield boss
    boss.execute(GONE)


@pytest.fixture
def writer(either_database: PracticeDatabase, sold: psycopg.Connection) -> Generator[psycopg.Connection]:  # noqa: ARG001 - its end comes before theirs
    """Who will be in the way, and is out of it before the tables are to go, however the test ends."""
    with psycopg.connect(either_database.admin_url) as writer:
        yield writer


def killed_at_the_second_partition(
    store: Store, store_url: str, house: House, database: PracticeDatabase, writer: psycopg.Connection
) -> None:
    """A run whose process was killed while it built the second partition's index; who was in its way still is."""
    plan = house.plan(ASK)
    told = {"plan": plan, "seal": seal(plan), "state": State.APPROVED, "decider": "U2"}
    with store.change() as change:
        change.add_approval(approval("a").model_copy(update=told))
    writer.execute("update scout.sales_2 set amount = amount where id = 2000")
    number = [step.title for step in plan.steps].index(BUILD)
    with carried(store_url, database, "") as carrier:
        kill_at(store, carrier, number)


def resumed(runner: Runner, store: Store) -> Approval:
    """How the run ends that somebody resumes."""
    found = interrupted(store)
    with store.change() as change:
        change.swap_approval({State.INTERRUPTED}, found.model_copy(update={"state": State.APPROVED}))
    runner.run("a")
    ended = store.approval("a")
    assert ended
    return ended


def interrupted(store: Store) -> Approval:
    found = store.approval("a")
    assert found
    assert found.state is State.INTERRUPTED
    return found


def next_life(runner: Runner, house: House) -> Runner:
    """The next process, which makes the plan again as Scout does."""

    def again(_: Approval, __: object) -> Plan:
        return house.plan(ASK)

    runner.again = again
    runner.recover({"dead"})
    return runner


def test_what_the_server_ends_by_itself_is_only_attached_when_it_is_resumed(
    store: Store,
    store_url: str,
    house: House,
    either_database: PracticeDatabase,
    sold: psycopg.Connection,
    writer: psycopg.Connection,
) -> None:
    killed_at_the_second_partition(store, store_url, house, either_database, writer)
    with running(store, either_database.operate_url, "", "next") as runner:
        next_life(runner, house)
        writer.close()
        await_that(lambda: sold.execute(AT_WORK).fetchone() is None)
        ended = resumed(runner, store)
    assert (ended.state, ended.outcome.said.count("failed")) == (State.DONE, 0)
    assert sold.execute("select count(*) from pg_index where not indisvalid").fetchone() == (0,)
    assert house.report(ASK).verdict.text == "sales_store_id_idx exists and is valid: nothing to do"


def test_what_ended_broken_is_not_gone_on_with_and_who_asks_anew_gets_the_rest(
    store: Store,
    store_url: str,
    house: House,
    either_database: PracticeDatabase,
    sold: psycopg.Connection,
    writer: psycopg.Connection,
) -> None:
    killed_at_the_second_partition(store, store_url, house, either_database, writer)
    await_that(lambda: sold.execute(AT_WORK).fetchone() is not None)
    sold.execute("select pg_terminate_backend(%s)", sold.execute(AT_WORK).fetchone())
    await_that(lambda: sold.execute(AT_WORK).fetchone() is None)
    writer.close()
    with running(store, either_database.operate_url, "", "next") as runner:
        next_life(runner, house)
        ended = resumed(runner, store)
    assert ended.state is State.FAILED
    assert ended.outcome.said.endswith("It would also do: Drop invalid index sales_2_store_id_idx")
    rest = house.plan(ASK)
    assert [step.title for step in rest.steps][:2] == ["Drop invalid index sales_2_store_id_idx", BUILD]
    assert not any("sales_1" in step.title for step in rest.steps)
    for step in rest.steps:
        house.carry_out(step)
    assert house.report(ASK).verdict.text == "sales_store_id_idx exists and is valid: nothing to do"
