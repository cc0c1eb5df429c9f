"""Redundant finds what another index serves for and nothing else."""

from collections.abc import Generator

import pytest

from bot.report import Level
from commands.indexes_redundant import Redundant, ask
from practice.database import PracticeDatabase
from tests.integration import truth_redundant_indexes as truth
from tests.integration.command_fixture import House, table
from tests.integration.index_fixture import admin_of, asked, index_house


@pytest.fixture
def house(practice_database: PracticeDatabase) -> Generator[House]:
    with index_house(practice_database, truth.NAME) as opened:
        yield opened


def rows(house: House) -> dict[str, Redundant]:
    return {row.index: row for row in asked(house, ask).found().redundant}


def test_every_pair_is_found_and_no_trap(practice_database: PracticeDatabase) -> None:
    (score,) = truth.score(practice_database)
    assert score.is_perfect, score


def test_each_names_the_index_that_stays(house: House) -> None:
    found = rows(house)
    assert found["go_prefix_of_the_primary_key"].covered_by == ("pairs_pkey",)
    assert found["go_younger_twin"].covered_by[0] == "keep_older_twin"
    assert found["go_chain_short"].covered_by == ("keep_chain_long",)


def test_a_constraint_goes_by_alter_table_and_a_partitioned_one_not_concurrently(house: House) -> None:
    found = rows(house)
    assert found["go_constraint_twice"].statement == "alter table scout.constrained drop constraint go_constraint_twice"
    assert found["go_partitioned"].statement == "drop index scout.go_partitioned"
    assert found["go_prefix"].statement == "drop index concurrently scout.go_prefix"


def test_every_statement_works_and_its_undo_brings_the_index_back(
    house: House, practice_database: PracticeDatabase
) -> None:
    definition = "select pg_get_indexdef(to_regclass(%s)), count(*) from pg_constraint where conindid = to_regclass(%s)"
    with admin_of(practice_database, truth.NAME) as admin:
        for row in asked(house, ask).found().redundant:
            name = f'scout."{row.index.replace(chr(34), chr(34) * 2)}"'
            before = admin.execute(definition, [name, name]).fetchone()
            admin.execute(row.statement.encode())
            assert admin.execute(definition, [name, name]).fetchone() == (None, 0)
            admin.execute(row.undo.encode())
            assert admin.execute(definition, [name, name]).fetchone() == before


def test_after_all_of_them_are_dropped_nothing_is_redundant(house: House, practice_database: PracticeDatabase) -> None:
    with admin_of(practice_database, truth.NAME) as admin:
        for row in asked(house, ask).found().redundant:
            admin.execute(row.statement.encode())
    assert house.report("indexes redundant").verdict.level is Level.OK


def test_the_answer_says_what_was_compared(house: House) -> None:
    report = house.report("duplicate indexes")
    assert report.verdict.text.startswith("21 indexes (")
    assert table(report).left_out == 11
    assert report.notes[0].startswith("Examined: ")
    assert "1 invalid" in report.notes[0]
