"""Blocked shows every edge of every kind of lock queue, and none that is not there."""

import re
from collections.abc import Generator
from pathlib import Path

import pytest

from bot.report import Code, Level
from practice.database import PracticeDatabase
from tests.integration.command_fixture import House, await_that, house_of
from tests.integration.truth_blocked import HEADS, MORE, NINE, Stage, edges, rows, stage


@pytest.fixture(scope="module")
def queues() -> Generator[tuple[House, Stage]]:
    with stage() as built:
        yield built


@pytest.fixture
def house_at_rest(practice_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path) as opened:
        yield opened


def test_every_edge_is_shown_and_no_other(queues: tuple[House, Stage]) -> None:
    house, built = queues
    assert edges(house.report("blocked"), built.names()) == NINE | MORE


def test_heads_come_with_all_that_wait_behind_them(queues: tuple[House, Stage]) -> None:
    house, built = queues
    found = {name: str(count) for name, _, count in rows(house.report("who blocks whom"), built.names())}
    assert {name: int(found[name].split(" ")[0]) for name in HEADS} == HEADS
    assert found["row holder"] == "2 (1 directly)"


def test_what_is_waited_for_is_named(queues: tuple[House, Stage]) -> None:
    house, _ = queues
    said = str(house.report("blocked"))
    for wanted in (
        "advisory lock 4711",
        "AccessExclusiveLock on truth_blocked.ddl_queue",
        "RowExclusiveLock on truth_blocked.shared",
        "a row of truth_blocked.row_chain",
        "the end of an older transaction",
        "a safe snapshot",
    ):
        assert wanted in said


def test_the_wait_is_an_alert_after_five_seconds_and_emergency_is_offered(queues: tuple[House, Stage]) -> None:
    house, _ = queues
    await_that(lambda: house.report("blocked").verdict.level is not Level.OK, 20)
    await_that(lambda: [one.text for one in house.report("blocked").buttons[:2]] == ["unblock", "emergency"], 20)


def test_a_prepared_transaction_comes_with_the_statement_that_ends_it(queues: tuple[House, Stage]) -> None:
    house, _ = queues
    (code,) = [part for part in house.report("blocked").parts if isinstance(part, Code)]
    assert "rollback prepared 'prepare truth ''row''';" in code.text
    assert "rollback prepared 'prepared lock';" in code.text
    assert len(code.text.splitlines()) == 2
    assert "in database scout, as postgres or a superuser" in code.text


def test_active_says_behind_whom_each_session_waits(queues: tuple[House, Stage]) -> None:
    house, built = queues
    pids = {name: pid for pid, name in built.names().items()}
    said = str(house.report("active"))
    assert f"pid {pids['ddl']} (AccessShareLock on truth_blocked.ddl_queue)" in said
    assert re.search(r"a prepared transaction \(", said)


def test_when_nobody_waits_that_is_said(house_at_rest: House) -> None:
    answer = house_at_rest.report("blocked")
    assert (answer.verdict.level, answer.parts) == (Level.OK, ())
