"""Redundant finds what another index serves for and nothing else."""

from collections.abc import Generator

import pytest

from bot.report import Level
from commands.indexes_redundant import Redundant, ask
from practice.database import PracticeDatabase
from tests.integration import truth_redundant_indexes as truth
from tests.integration.command_fixture import House, table
from tests.integration.index_fixture import admin_of, asked, index_house

EVERYTHING = """
select pg_get_indexdef(i.oid), pg_get_constraintdef(k.oid), obj_description(k.oid, 'pg_constraint'),
  (select string_agg(a.attstattarget::text, ',' order by a.attnum) from pg_attribute as a where a.attrelid = i.oid and a.attstattarget >= 0)
from (select to_regclass(%(name)s) as oid) as i
left join pg_constraint as k on k.conindid = i.oid and k.contype = 'u'
"""
"""What an index is, with the constraint that it carries and its statistics' targets."""


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
    with admin_of(practice_database, truth.NAME) as admin:
        for row in asked(house, ask).found().redundant:
            name = f'scout."{row.index.replace(chr(34), chr(34) * 2)}"'
            before = admin.execute(EVERYTHING, {"name": name}).fetchone()
            admin.execute(row.statement.encode())
            assert admin.execute(EVERYTHING, {"name": name}).fetchone() == (None, None, None, None)
            for statement in row.undo.split(";\n"):
                admin.execute(statement.encode())
            assert admin.execute(EVERYTHING, {"name": name}).fetchone() == before


def test_a_partitioned_one_is_as_large_as_all_of_it(house: House) -> None:
    assert rows(house)["go_partitioned"].size > 100_000


def test_after_all_of_them_are_dropped_nothing_is_redundant(house: House, practice_database: PracticeDatabase) -> None:
    with admin_of(practice_database, truth.NAME) as admin:
        for row in asked(house, ask).found().redundant:
            admin.execute(row.statement.encode())
    assert house.report("indexes redundant").verdict.level is Level.OK


def test_the_answer_says_what_was_compared(house: House) -> None:
    report = house.report("duplicate indexes")
    assert report.verdict.text.startswith("26 indexes (")
    assert table(report).left_out == 16
    assert report.notes[0].startswith("Examined: ")
    assert "1 invalid" in report.notes[0]
    assert "2 of extensions' tables" in report.notes[0]
