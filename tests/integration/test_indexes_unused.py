"""Unused finds what can go and nothing else, and judges only what it can."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest

from bot.command import Limits
from bot.report import Code, Level
from commands.indexes_unused import Idle, ask
from practice.database import PracticeDatabase
from tests.integration import truth_unused_indexes as truth
from tests.integration.command_fixture import House, await_counters, house_of, table
from tests.integration.index_fixture import admin_of, asked, index_house

DEFINITION = "select pg_get_indexdef(to_regclass(%s)), obj_description(to_regclass(%s))"


@pytest.fixture
def house(practice_database: PracticeDatabase) -> Generator[House]:
    with index_house(practice_database, truth.NAME) as opened:
        yield opened


@pytest.fixture
def strict(practice_database: PracticeDatabase) -> Generator[House]:
    with index_house(practice_database, truth.NAME, Limits()) as opened:
        yield opened


def rows(house: House) -> dict[str, Idle]:
    return {row.index: row for row in asked(house, ask).found().idle}


def test_everything_that_can_go_is_found_and_nothing_else(practice_database: PracticeDatabase) -> None:
    (score,) = truth.score(practice_database)
    assert score.is_perfect, score


def test_what_stays_has_its_reason(house: House) -> None:
    kept = {row.index: row.kept for row in rows(house).values() if row.kept}
    assert kept == {
        "child_pkey": "a constraint",
        "parent_pkey": "a constraint",
        "keep_unique_constraint": "a constraint",
        "keep_exclusion": "a constraint",
        "keep_foreign_key_target": "a foreign key points to it",
        "keep_supports_foreign_key": "supports a foreign key",
        "keep_supports_foreign_key_first_of_two": "supports a foreign key",
        "keep_supports_foreign_key_without_nulls": "supports a foreign key",
        "keep_replica_identity": "replica identity",
        "keep_clustered": "clustered by it",
        "keep_expression_statistics": "statistics of its expression",
        "keep_concurrent_refresh": "concurrent refresh needs it",
        "keep_unique": "keeps rows unique",
        "keep_unique_expression": "keeps rows unique",
        "keep_target_of_two": "a constraint",
        "keep_hash_supports_foreign_key": "supports a foreign key",
        "keep_reversed_supports_foreign_key": "supports a foreign key",
        "keep_partial_of_not_null_or_more": "supports a foreign key",
        "keep_invalid": "invalid: see indexes invalid",
        "keep_of_an_extension": "belongs to an extension",
        "keep_tiny": "tiny table",
        "keep_deferrable": "a constraint",
        "keep_supports_the_key_of_an_heir": "supports a foreign key",
    }


def test_a_table_that_was_never_vacuumed_is_as_large_as_its_rows(
    house: House, practice_database: PracticeDatabase
) -> None:
    with admin_of(practice_database, truth.NAME) as admin:
        admin.execute("create table scout.loaded (a int) with (autovacuum_enabled = off)")
        admin.execute("create index go_loaded on scout.loaded (a)")
        admin.execute("insert into scout.loaded select n from generate_series(1, 5000) as n")
        await_counters(admin, lambda: rows(house)["go_loaded"].can_go)


def test_what_was_read_is_not_named_be_it_in_one_partition_of_another_schema(house: House) -> None:
    assert not {"keep_read", "keep_partitioned_read_in_one_partition"} & rows(house).keys()
    assert not [index for index in rows(house) if index.startswith("measured_20")]


def test_every_statement_works_and_its_undo_brings_the_index_back(
    house: House, practice_database: PracticeDatabase
) -> None:
    droppable = asked(house, ask).found().droppable
    with admin_of(practice_database, truth.NAME) as admin:
        for row in droppable:
            name = f'scout."{row.index.replace(chr(34), chr(34) * 2)}"'
            before = admin.execute(DEFINITION, [name, name]).fetchone()
            admin.execute(row.statement.encode())
            assert admin.execute(DEFINITION, [name, name]).fetchone() == (None, None)
            for statement in row.undo.split(";\n"):
                admin.execute(statement.encode())
            assert admin.execute(DEFINITION, [name, name]).fetchone() == before


def test_the_answer_is_the_verdict_a_table_and_the_statements_behind_more(house: House) -> None:
    report = house.report("unused indexes")
    assert report.verdict.level is Level.INFO
    assert report.verdict.text.startswith("12 indexes (")
    assert (len(table(report).rows), table(report).left_out) == (10, 2)
    (code,) = report.more
    assert isinstance(code, Code)
    assert code.text.count("-- undo:") == 12
    assert "Not read here either, but kept: " in report.notes[1]


def test_counters_younger_than_the_window_judge_nothing_and_offer_no_statement(strict: House) -> None:
    report = strict.report("indexes unused")
    assert report.verdict.level is Level.NO_DATA
    assert report.verdict.text.startswith("Cannot judge: scans are counted for ")
    assert "35 days are needed; 12 indexes" in report.verdict.text
    assert report.more == ()


def test_reset_counters_begin_a_new_window(house: House, practice_database: PracticeDatabase) -> None:
    with admin_of(practice_database, truth.NAME) as admin:
        admin.execute("select pg_stat_reset()")
    assert asked(house, ask).found().evidence.seconds < 60


def test_a_slot_that_waits_for_a_replica_makes_judging_impossible(house: House, admin: psycopg.Connection) -> None:
    admin.execute("select pg_create_physical_replication_slot('replica_of_unused')")
    try:
        verdict = house.report("indexes unused").verdict
    finally:
        admin.execute("select pg_drop_replication_slot('replica_of_unused')")
    assert verdict.text.startswith("Cannot judge: replicas are not configured, and usage on 1 replica is not seen")


def test_a_connected_replica_makes_judging_impossible(house: House, practice_database: PracticeDatabase) -> None:
    with psycopg.connect(practice_database.admin_url, autocommit=True, replication="true"):
        assert house.report("indexes unused").verdict.level is Level.NO_DATA


def test_an_index_younger_than_the_window_is_kept_where_its_birth_is_known(tmp_path: Path) -> None:
    with (
        PracticeDatabase(settings={"track_commit_timestamp": "on"}) as practice,
        house_of(practice, tmp_path, limits=Limits()) as house,
    ):
        with psycopg.connect(practice.admin_url, autocommit=True) as admin:
            admin.execute("create index made_just_now on scout.silver_transactions_cleaned (region)")
        assert rows(house)["made_just_now"].kept == "younger than the evidence window"
