"""Invalid tells apart how an index came to be invalid, and each statement mends its own."""

import threading
from collections.abc import Generator

import psycopg
import pytest

from bot.command import Risk
from bot.report import Level
from commands.indexes_invalid import Invalid, ask
from practice.database import PracticeDatabase
from tests.integration.command_fixture import House, await_that
from tests.integration.index_fixture import admin_of, asked, index_house

NAME = "broken_indexes"


@pytest.fixture
def house(practice_database: PracticeDatabase) -> Generator[House]:
    with index_house(practice_database, NAME) as opened:
        yield opened


def rows(house: House) -> dict[str, Invalid]:
    return {row.index: row for row in asked(house, ask).found().rows}


def test_each_kind_is_known(house: House) -> None:
    found = {index: row.kind for index, row in rows(house).items()}
    assert found == {
        'failed; "build"': "failed build",
        "rebuilt_ccnew": "leftover",
        "only_called_ccnew": "failed build",
        "half_dropped": "half dropped",
        "excluding": "exclusion",
        "of_partitions": "partitioned",
        "of two columns": "partitioned",
    }


def test_what_the_partitions_lack_is_built_by_index_create_where_that_can_be_said(house: House) -> None:
    answer = house.report("indexes invalid")
    (text,) = [button.text for button in answer.buttons if button.label == "Build of two columns"]
    plan = house.plan(text)
    assert plan.summary.startswith("Build index of two columns on split (at, x)")
    assert plan.risk is Risk.MEND
    assert [step.title for step in plan.steps if step.title.startswith("Build ")] == [
        "Build split_1_at_x_part_idx on split_1",
        "Build split_2_at_x_part_idx on split_2",
    ]
    assert not rows(house)["of_partitions"].build
    assert "create index concurrently" in str(answer.more)
    assert "of two columns" not in str(answer.more)


def test_what_a_stopped_rebuild_leaves_is_dropped_beside_toast_tables_too(
    house: House, practice_database: PracticeDatabase
) -> None:
    with admin_of(practice_database, NAME) as reader, admin_of(practice_database, NAME) as builder:
        reader.execute("begin isolation level repeatable read")
        reader.execute("select count(*) from scout.split")
        builder.execute("set statement_timeout = '500ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            builder.execute("reindex table concurrently scout.interrupted")
        reader.execute("rollback")
        builder.execute("set statement_timeout = 0")
        left = [row for row in rows(house).values() if row.relation == "interrupted"]
        for row in left:
            builder.execute(row.statement.encode())
    assert {row.kind for row in left} == {"leftover"}
    assert [row.index[:9] for row in left if row.index != "interrupted_pkey_ccnew"] == ["pg_toast_"]
    assert not [row for row in rows(house).values() if row.relation == "interrupted"]


def test_every_statement_mends_its_index(house: House, practice_database: PracticeDatabase) -> None:
    report = house.report("indexes invalid")
    assert report.verdict.level is Level.ALERT
    assert report.verdict.text.startswith("7 invalid indexes slow every write")
    with admin_of(practice_database, NAME) as admin:
        for row in rows(house).values():
            for statement in row.statement.split(";\n"):
                admin.execute(statement.encode())
    assert rows(house) == {}
    assert house.report("indexes invalid").verdict.level is Level.OK


def test_one_that_is_being_built_is_not_broken(house: House, practice_database: PracticeDatabase) -> None:
    with admin_of(practice_database, NAME) as reader, admin_of(practice_database, NAME) as builder:
        reader.execute("begin isolation level repeatable read")
        reader.execute("select count(*) from scout.split")
        build = threading.Thread(target=build_it, args=(builder,))
        build.start()
        try:
            await_that(lambda: "being_built" in rows(house))
            row = rows(house)["being_built"]
            notes = " ".join(house.report("indexes invalid").notes)
        finally:
            reader.execute("rollback")
            build.join()
    assert row.building
    assert "because they are being built: being_built (" in notes


def build_it(builder: psycopg.Connection) -> None:
    builder.execute("create index concurrently being_built on scout.rows (word, n)")
