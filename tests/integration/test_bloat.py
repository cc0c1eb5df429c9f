"""Bloat is right about tables and indexes, says how it knows, refuses what nobody knows, and never waits for a lock."""

import time
from collections.abc import Generator

import psycopg
import pytest

from bot.errors import BadInput
from bot.report import Code, Level, Table
from practice.database import PracticeDatabase
from tests.integration import truth_index_bloat, truth_table_bloat
from tests.integration.bloat_fixture import admin_of, bloat_house, errors, figures, mean
from tests.integration.command_fixture import House

# every stage in a session of its own: a session's counters reach the statistics when it ends
SMALL = "small_bloat"


@pytest.fixture(scope="module")
def tables(practice_database: PracticeDatabase) -> truth_table_bloat.Truth:
    return truth_table_bloat.find(practice_database)


@pytest.fixture(scope="module")
def indexes(practice_database: PracticeDatabase) -> truth_index_bloat.Truth:
    return truth_index_bloat.find(practice_database)


@pytest.fixture(scope="module")
def small(practice_database: PracticeDatabase) -> Generator[House]:
    with psycopg.connect(practice_database.admin_url, autocommit=True) as admin:
        admin.execute(f"create database {SMALL}")
    with admin_of(practice_database, SMALL) as admin:
        admin.execute("create schema scout; create schema tools; create extension pgstattuple schema tools")
        admin.execute("grant usage on schema scout, tools to scout_read")
        admin.execute(
            'create table "Half ""gone""" as select n, md5(n::text) as word from generate_series(1, 60000) as n'
        )
        admin.execute('create index "Word %s" on "Half ""gone""" (word)')
        admin.execute('alter table "Half ""gone""" set (autovacuum_enabled = off)')
        admin.execute("grant select on all tables in schema scout to scout_read")
    with admin_of(practice_database, SMALL) as admin:
        admin.execute('delete from "Half ""gone""" where n % 2 = 0')
    with admin_of(practice_database, SMALL) as admin:
        admin.execute('vacuum analyze "Half ""gone"""')
    with bloat_house(practice_database, SMALL) as house:
        yield house


def test_tables_are_below_two_points_against_pgstattuple_and_a_rewrite(tables: truth_table_bloat.Truth) -> None:
    assert tables.said.keys() == tables.by_rewrite.keys()
    assert mean(errors(tables.said, tables.by_pgstattuple)) < 2
    assert mean(errors(tables.said, tables.by_rewrite)) < 2.5


def test_the_estimate_alone_is_within_a_point_of_a_rewrite(tables: truth_table_bloat.Truth) -> None:
    assert mean(errors(tables.estimated, tables.by_rewrite)) < 1
    certain = {name: figure for name, figure in tables.estimated.items() if figure.is_certain}
    assert mean(errors(certain, tables.by_pgstattuple)) < 2


def test_every_table_figure_it_vouches_for_is_right(tables: truth_table_bloat.Truth) -> None:
    for said in (tables.said, tables.estimated):
        wrong = {name for name, figure in said.items() if figure.is_certain and not tables.admits(name, figure)}
        assert wrong == set()


def test_what_statistics_cannot_tell_is_refused_with_its_reason(tables: truth_table_bloat.Truth) -> None:
    refused = {name: figure.how for name, figure in tables.estimated.items() if figure.percent is None}
    assert refused == {
        "never_analyzed": "not estimable: never analyzed",
        "neither_vacuumed_nor_analyzed": "not estimable: never analyzed",
        "column_without_statistics": "not estimable: no statistics for 1 column",
        "hidden_from_scout": "not estimable: its statistics are hidden from scout_read",
    }


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("toast_bloated", "at least: estimate, not reliable: TOAST has no statistics"),
        ("column_dropped", "columns dropped"),
        ("column_added_with_default", "columns added that old rows lack"),
        ("inserted_since_analyze", "changed since ANALYZE"),
        ("empty", "empty"),
        ("fresh", "estimate, reliable"),
    ],
)
def test_each_estimate_says_what_it_is_worth(tables: truth_table_bloat.Truth, table: str, reason: str) -> None:
    assert reason in tables.estimated[table].how


def test_a_rebuild_gives_back_what_was_said_of_an_index(indexes: truth_index_bloat.Truth) -> None:
    assert indexes.said.keys() == indexes.by_rebuild.keys()
    assert mean(errors(indexes.said, indexes.by_rebuild)) < 1.5
    assert mean(errors(indexes.measured, indexes.by_rebuild)) < 0.6
    wrong = {
        name
        for said in (indexes.said, indexes.estimated, indexes.measured)
        for name, points in errors(said, indexes.by_rebuild).items()
        if said[name].is_certain and abs(points) > 5
    }
    assert wrong == set()


def test_pgstattuple_is_found_in_any_schema_and_the_worst_comes_with_its_remedy(small: House) -> None:
    answer = small.report("bloat")
    assert answer.verdict.level is Level.INFO
    assert "would give back" in answer.verdict.text
    assert figures(answer, "Index")["Word %s"].how == "measured"
    (code,) = [part for part in answer.parts if isinstance(part, Code)]
    assert code.text == 'reindex index concurrently scout."Word %s";'


def test_one_table_is_measured_with_its_indexes_only(small: House) -> None:
    answer = small.report("bloat 'Half \"gone\"' exact=yes")
    assert figures(answer, "Table").keys() == {'Half "gone"'}
    assert figures(answer, "Table")['Half "gone"'].percent == pytest.approx(46, abs=4)
    assert figures(answer, "Index").keys() == {"Word %s"}


def test_an_unknown_table_is_said(small: House) -> None:
    with pytest.raises(BadInput, match="There is no table nowhere in schema scout"):
        small.ask("bloat nowhere")


def test_without_the_right_the_grant_is_said_and_estimates_stand(
    practice_database: PracticeDatabase, small: House
) -> None:
    with admin_of(practice_database, SMALL) as admin:
        admin.execute("revoke usage on schema tools from scout_read")
        try:
            answer = small.report("bloat")
        finally:
            admin.execute("grant usage on schema tools to scout_read")
    assert any("Nothing was measured" in note and "grant " in note for note in answer.notes)
    assert figures(answer, "Table")['Half "gone"'].percent == pytest.approx(50, abs=3)


def test_a_locked_table_is_told_and_not_waited_for(practice_database: PracticeDatabase, small: House) -> None:
    with admin_of(practice_database, SMALL) as admin, admin.transaction(force_rollback=True):
        admin.execute('lock table "Half ""gone""" in access exclusive mode')
        started = time.monotonic()
        answer = small.report("bloat")
        assert time.monotonic() - started < 1
    assert any(note.startswith("Locked now") and 'Half "gone"' in note for note in answer.notes)
    assert "not reliable: locked" in figures(answer, "Table")['Half "gone"'].how


def test_a_table_of_another_access_method_is_refused_and_the_others_are_measured(
    practice_database: PracticeDatabase, small: House
) -> None:
    with admin_of(practice_database, SMALL) as admin:
        admin.execute("create access method columns_by_another type table handler heap_tableam_handler")
        admin.execute(
            "create table other_kind using columns_by_another as select n from generate_series(1, 60000) as n"
        )
        admin.execute("analyze other_kind")
        try:
            found = figures(small.report("bloat exact=yes"), "Table")
        finally:
            admin.execute("drop access method columns_by_another cascade")
    assert found["other_kind"].how == "not estimable: its access method is not heap"
    assert found['Half "gone"'].how == "measured"


@pytest.mark.usefixtures("small")
def test_counters_that_are_switched_off_are_not_believed(practice_database: PracticeDatabase) -> None:
    with admin_of(practice_database, SMALL) as admin:
        admin.execute("create table uncounted as select n, md5(n::text) as word from generate_series(1, 60000) as n")
        admin.execute("grant select on uncounted to scout_read")
    with admin_of(practice_database, SMALL) as admin:
        admin.execute("vacuum analyze uncounted")
        admin.execute(f"alter database {SMALL} set track_counts = off")
    try:
        with admin_of(practice_database, SMALL) as admin:
            admin.execute("delete from uncounted where n % 2 = 0")
            admin.execute("vacuum analyze uncounted")
            admin.execute("drop extension pgstattuple")
        with bloat_house(practice_database, SMALL) as blind:
            said = figures(blind.report("bloat"), "Table")["uncounted"]
    finally:
        with admin_of(practice_database, SMALL) as admin:
            admin.execute(f"alter database {SMALL} reset track_counts; drop table uncounted")
            admin.execute("create extension pgstattuple schema tools")
    assert said.percent == pytest.approx(50, abs=3)


def test_what_is_beyond_the_cap_is_named_and_stays_an_estimate(small: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commands.bloat_look.CAP", 1024)
    answer = small.report("bloat")
    assert any("beyond the cap" in note and "Word %s" in note for note in answer.notes)
    assert figures(answer, "Index")["Word %s"].how.startswith("estimate")


def test_an_empty_schema_is_an_answer(practice_database: PracticeDatabase, small: House) -> None:
    with admin_of(practice_database, SMALL) as admin:
        admin.execute("create schema aside; alter schema scout rename to hidden; alter schema aside rename to scout")
        try:
            answer = small.report("bloat")
        finally:
            admin.execute("alter schema scout rename to aside; alter schema hidden rename to scout")
    assert not [part for part in answer.parts if isinstance(part, Table)]
    assert answer.verdict.level is Level.OK
