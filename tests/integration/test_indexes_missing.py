"""Missing finds the foreign keys that nothing serves, the tables read from end to end, and says what it cannot see."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest

from bot.report import Table
from commands.indexes_missing import Key, ask, creates
from practice.database import PracticeDatabase
from tests.integration import truth_foreign_keys as truth
from tests.integration.command_fixture import House, await_counters, await_that, house_of
from tests.integration.index_fixture import admin_of, asked, index_house


@pytest.fixture
def house(practice_database: PracticeDatabase) -> Generator[House]:
    with index_house(practice_database, truth.NAME) as opened:
        yield opened


def keys(house: House) -> dict[str, Key]:
    return {key.constraint_name: key for key in asked(house, ask).found().keys}


def test_every_key_without_an_index_is_found_and_no_other(practice_database: PracticeDatabase) -> None:
    (score,) = truth.score(practice_database)
    assert score.is_perfect, score


def test_an_index_that_only_begins_with_the_key_is_told_apart(house: House) -> None:
    found = keys(house)
    assert found["missing_second_half"].leads
    assert not found["missing_entirely"].leads


def test_every_statement_serves_its_key_and_its_undo_takes_it_back(
    house: House, practice_database: PracticeDatabase
) -> None:
    before = keys(house)
    with admin_of(practice_database, truth.NAME) as admin:
        for key in before.values():
            admin.execute(key.statement.encode())
        assert keys(house) == {}
        for key in before.values():
            admin.execute(key.undo.encode())
    assert keys(house).keys() == before.keys()


def test_a_big_table_read_from_end_to_end_is_named_with_the_window(
    practice_database: PracticeDatabase, tmp_path: Path
) -> None:
    with psycopg.connect(practice_database.app_url, autocommit=True) as app:
        app.execute("select count(*) from scout.bronze_transactions_raw where source = 'x'")
    with house_of(practice_database, tmp_path) as house:
        await_that(lambda: "bronze_transactions_raw" in str(house.report("indexes missing").parts))
        report = house.report("indexes missing")
    assert "big table" in report.verdict.text
    assert "scans counted since the counters were reset" in report.notes[0]
    assert any("there is no earlier reading to compare with, so these are totals" in note for note in report.notes)
    hints = [part for part in report.more if isinstance(part, Table)]
    assert "customer_id" in str(hints)


def test_scans_are_those_since_the_reading_that_the_watch_kept(
    practice_database: PracticeDatabase, tmp_path: Path
) -> None:
    with house_of(practice_database, tmp_path) as house, psycopg.connect(practice_database.app_url) as app:
        app.autocommit = True
        house.tick(ago_s=3600)
        for _ in range(3):
            app.execute("select count(*) from scout.bronze_transactions_raw where source = 'x'")
        await_counters(app, lambda: "bronze_transactions_raw, 3 times" in house.report("indexes missing").verdict.text)
        report = house.report("indexes missing")
        assert "(1 h)" in report.notes[0]
        assert "indexes missing since=reset" in [button.text for button in report.buttons]
        house.tick(ago_s=1800)
        assert "bronze_transactions_raw" not in str(house.report("indexes missing since=10min").parts[-1])


def test_scans_of_partitions_are_called_so_and_a_key_of_a_partitioned_table_has_its_button(
    house: House, practice_database: PracticeDatabase
) -> None:
    fill = "insert into scout.split select date '2025-01-01' + n % 700, null, null, null from generate_series(1, 400000) as n"
    with admin_of(practice_database, truth.NAME) as admin:
        admin.execute(fill)
        admin.execute("vacuum analyze scout.split")
        for _ in range(3):
            admin.execute("select count(*) from scout.split where at is null or t3 = 5")
        await_counters(admin, lambda: "most split, " in house.report("indexes missing").verdict.text)
    report = house.report("indexes missing")
    assert " times, its 2 partitions together, " in report.verdict.text
    key = next(key for key in keys(house).values() if key.constraint_name == "missing_partitioned")
    (button,) = creates([key])
    assert button.text == "index create table=split columns=t2"


def test_keys_that_are_not_enforced_are_said_to_be_left_out(house: House, practice_database: PracticeDatabase) -> None:
    with admin_of(practice_database, truth.NAME) as admin:
        knows_them = admin.info.server_version >= 180_000
    assert ("(1 not enforced, so left out)" in house.report("indexes missing").notes[0]) is knows_them


def test_that_nothing_is_counted_is_said(house: House, practice_database: PracticeDatabase) -> None:
    with admin_of(practice_database, truth.NAME) as admin:
        admin.execute(f"alter role scout_read in database {truth.NAME} set track_counts = off")
    try:
        notes = " ".join(house.report("indexes missing").notes)
    finally:
        with admin_of(practice_database, truth.NAME) as admin:
            admin.execute(f"alter role scout_read in database {truth.NAME} reset all")
    assert "track_counts is off, so no scan is counted now" in notes


def test_hidden_statistics_are_said_with_the_grant(practice_database: PracticeDatabase) -> None:
    with index_house(practice_database, truth.NAME) as house:
        with admin_of(practice_database, truth.NAME) as admin:
            admin.execute("revoke select on scout.source from scout_read")
        notes = " ".join(house.report("indexes missing").notes)
    assert "the statistics of 1 table are hidden from scout_read" in notes
    assert "grant select on all tables in schema scout to scout_read;" in notes
