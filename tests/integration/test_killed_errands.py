"""A process is killed while a program, an order to the pooler or a Redis is at work: nothing is done twice by itself, and Resume ends it."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from carrier import running
from command_fixture import await_that
from pgbouncer import Bouncer, running_bouncer
from redis_server import RedisServer, running_redis
from store_fixture import approval

from bot.approval import Approval, State, StepState, seal
from bot.command import Clear, Do, Plan, Pooler, Program, Risk, Step, Warm
from bot.store import Store
from practice.database import PracticeDatabase

AT_WORK = "select from pg_stat_activity where application_name like 'scout run a/%'"
CARRIER = str(Path(__file__).with_name("carrier.py"))


def approved(store: Store, *steps: Do) -> Approval:
    """A plan of steps that somebody has approved."""
    drawn = tuple(Step(title=f"Step {at}", do=do, locks="none", timeout_s=30) for at, do in enumerate(steps))
    plan = Plan(summary="do it", risk=Risk.MEND, steps=drawn)
    told = {"plan": plan, "seal": seal(plan), "state": State.APPROVED, "decider": "U2"}
    wanted = approval("a").model_copy(update=told)
    with store.change() as change:
        change.add_approval(wanted)
    return wanted


@contextmanager
def carried(url: str, database: PracticeDatabase, beside: str) -> Generator["subprocess.Popen[bytes]"]:
    """A process that carries the plan out, killed after the block at the latest."""
    carrier = subprocess.Popen([sys.executable, CARRIER, url, database.operate_url, beside, "dead", "a"])
    try:
        yield carrier
    finally:
        carrier.kill()
        carrier.wait()


def kill_at(store: Store, carrier: "subprocess.Popen[bytes]", number: int) -> None:
    """Kill the process when a step is at work."""
    await_that(lambda: store.steps("a")[number].state is StepState.RUNNING)
    os.kill(carrier.pid, signal.SIGKILL)
    carrier.wait()


def resumed(store: Store, database: PracticeDatabase, beside: str) -> list[StepState]:
    """Find the run, as the next life does, then resume it; how its steps end."""
    with running(store, database.operate_url, beside, "next") as next_life:
        next_life.recover({"dead"})
        found = store.approval("a")
        assert found
        assert found.state is State.INTERRUPTED
        assert "Nothing has been repeated" in found.outcome.said
        with store.change() as change:
            change.swap_approval({State.INTERRUPTED}, found.model_copy(update={"state": State.APPROVED}))
        next_life.run("a")
    return [one.state for one in store.steps("a")]


def test_a_program_in_flight_is_run_again_only_by_resume_and_the_one_before_it_never(
    store: Store, store_url: str, practice_database: PracticeDatabase, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    once = Program(argv=("/bin/sh", "-c", f"echo done >> {first}"))
    slow = Program(argv=("/bin/sh", "-c", f"echo begun >> {second}; test $(wc -l < {second}) -gt 1 || sleep 30"))
    approved(store, once, slow)
    with carried(store_url, practice_database, "") as carrier:
        await_that(second.exists)
        kill_at(store, carrier, 1)
    assert resumed(store, practice_database, "") == [StepState.DONE, StepState.DONE]
    assert first.read_text() == "done\n"
    assert second.read_text() == "begun\nbegun\n"
    assert store.verify_audit().holds


@pytest.fixture
def bouncer(practice_database: PracticeDatabase) -> Generator[Bouncer]:
    with running_bouncer(practice_database.app_url) as running:
        yield running


def test_an_order_to_the_pooler_in_flight_is_told_and_given_again_by_resume(
    store: Store, store_url: str, practice_database: PracticeDatabase, bouncer: Bouncer
) -> None:
    approved(store, Pooler.about("PAUSE", "scout"), Pooler.about("RESUME", "scout"))
    with psycopg.connect(bouncer.url("app", "app", "scout")) as busy:
        busy.execute("select 1")  # a pause waits for it
        with carried(store_url, practice_database, bouncer.admin_url) as carrier:
            kill_at(store, carrier, 0)
        busy.rollback()
    assert resumed(store, practice_database, bouncer.admin_url) == [StepState.DONE, StepState.DONE]
    with psycopg.connect(bouncer.url("app", "app", "scout")) as free:
        assert free.execute("select 1").fetchone() == (1,)


@pytest.fixture
def redis() -> Generator[RedisServer]:
    with running_redis() as running:
        yield running


def test_keys_that_are_being_removed_are_removed_by_resume_and_others_stay(
    store: Store, store_url: str, practice_database: PracticeDatabase, redis: RedisServer
) -> None:
    approved(store, Clear(prefix="store:"))
    with redis.client() as client:
        client.mset({f"store:{number}": number for number in range(3_000)} | {"other": 1})
        client.execute_command("CLIENT", "PAUSE", "60000", "WRITE")
        with carried(store_url, practice_database, redis.url()) as carrier:
            kill_at(store, carrier, 0)
        client.execute_command("CLIENT", "UNPAUSE")
        assert resumed(store, practice_database, redis.url()) == [StepState.DONE]
        assert client.keys() == [b"other"]
    assert store.verify_audit().holds


def test_keys_that_are_being_warmed_are_written_by_resume_which_its_own_lock_lets_in(
    store: Store, store_url: str, practice_database: PracticeDatabase, redis: RedisServer
) -> None:
    statement = "select city, count(*)::text from scout.dim_store group by city"
    approved(store, Warm(statement=statement, prefix="city:", ttl_s=60, most=1_000))
    with redis.client() as client:
        with psycopg.connect(practice_database.admin_url) as holder:
            holder.execute("lock table scout.dim_store in access exclusive mode")
            with carried(store_url, practice_database, redis.url()) as carrier:
                await_that(lambda: client.exists("scout:warming:city:") == 1)
                kill_at(store, carrier, 0)
        with psycopg.connect(practice_database.admin_url, autocommit=True) as root:
            await_that(lambda: not root.execute(AT_WORK).fetchall())
            assert resumed(store, practice_database, redis.url()) == [StepState.DONE]
            cities = root.execute("select count(distinct city) from scout.dim_store").fetchone()
        assert (len(client.keys("city:*")),) == cities
        assert client.exists("scout:warming:city:") == 0
