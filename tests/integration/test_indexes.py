"""The four in four lines, and all five while a table is locked."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from bot.report import Facts, Level
from practice.database import PracticeDatabase
from tests.integration.command_fixture import House, await_that
from tests.integration.index_fixture import admin_of, index_house

COMMANDS = ("indexes", "indexes unused", "indexes redundant", "indexes invalid", "indexes missing")
WAITING = "select count(*) from pg_locks where not granted and mode = 'AccessExclusiveLock'"
TABLES = {"truth_unused_indexes": "child", "truth_redundant_indexes": "pairs", "truth_foreign_keys": "source"}


@contextmanager
def queue_behind(practice: PracticeDatabase, fixture: str) -> Generator[None]:
    """An ALTER TABLE that waits behind an idle transaction."""
    table = sql.Identifier("scout", TABLES[fixture])
    change_it = sql.SQL("alter table {} add column late int").format(table)
    with admin_of(practice, fixture) as idle, admin_of(practice, fixture) as waiting:
        idle.execute(sql.SQL("begin; select count(*) from {}").format(table))
        change = threading.Thread(target=waiting.execute, args=(change_it,))
        change.start()
        try:
            await_that(lambda: waits(practice))
            yield
        finally:
            idle.execute("rollback")
            change.join()


def waits(practice: PracticeDatabase) -> bool:
    with psycopg.connect(practice.admin_url, autocommit=True) as admin:
        row = admin.execute(WAITING).fetchone()
    return row is not None and row[0] > 0


def answered_in_time(house: House, command: str) -> str:
    began = time.perf_counter()
    said = str(house.report(command))
    assert time.perf_counter() - began < 1
    return said


@pytest.mark.parametrize("fixture", list(TABLES))
def test_everything_answers_while_a_change_waits_behind_an_idle_transaction(
    practice_database: PracticeDatabase, fixture: str
) -> None:
    with index_house(practice_database, fixture) as house:
        house.report("indexes")
        with queue_behind(practice_database, fixture):
            said = {command: answered_in_time(house, command) for command in COMMANDS}
    left_out = [command for command, text in said.items() if "locked exclusively" in text]
    assert "indexes redundant" in left_out
    assert not [text for text in said.values() if "took too long" in text or "is locked and was not waited for" in text]


def test_the_most_urgent_of_the_four_is_the_verdict(practice_database: PracticeDatabase) -> None:
    with index_house(practice_database, "broken_indexes") as house:
        report = house.report("indexes")
    assert report.verdict.level is Level.ALERT
    assert report.verdict.text.startswith("Invalid: 7 invalid indexes")
    assert report.verdict.text.endswith("Press Invalid")
    (facts,) = report.parts
    assert isinstance(facts, Facts)
    assert [fact.name for fact in facts.facts] == ["Invalid", "Missing", "Redundant", "Unused"]
    assert [button.text for button in report.buttons] == [
        "indexes invalid",
        "indexes missing",
        "indexes redundant",
        "indexes unused",
    ]


def test_an_empty_schema_has_nothing_to_say(practice_database: PracticeDatabase) -> None:
    with index_house(practice_database, "no_indexes") as house:
        report = house.report("indexes")
        everything = [house.report(command).verdict.level for command in COMMANDS]
    assert report.verdict.text == "All valid, none missing, none redundant, none unused"
    assert set(everything) == {Level.OK}
