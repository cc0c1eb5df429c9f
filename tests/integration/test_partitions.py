"""Partitions tells by their bounds how far they reach, what fell into DEFAULT, and what a conversion would meet."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, house_of
from partition_fixture import CLEAR, PREPARE, TRAPS

from bot.errors import BadInput
from bot.report import Code, Level, Report, Table
from practice.database import PracticeDatabase

SHORT = {"near", 'Odd 100% "Part', "nested_north"}
CALM = {"archive", "far", "far_tz", "gapped", "endless", "renamed", "until_ever", "nested_south", "old_year", "ancient"}
NO_TIME = {"coded", "spanned", "hashed", "wide", "expressed", "numbered", "nested"}


@pytest.fixture
def house(practice_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path) as opened:
        yield opened


@pytest.fixture
def owner(practice_database: PracticeDatabase) -> Generator[psycopg.Connection]:
    """Who makes the tables, and takes them away again."""
    with psycopg.connect(practice_database.owner_url, autocommit=True) as connection:
        connection.execute(PREPARE)
        yield connection
        connection.execute(CLEAR)


@pytest.fixture
def trapped(owner: psycopg.Connection) -> psycopg.Connection:
    """All traps at once."""
    owner.execute(TRAPS)
    return owner


def tables(report: Report) -> dict[object, tuple[object, ...]]:
    (found,) = [part for part in report.parts if isinstance(part, Table) and part.title == "Partitioned tables"]
    return {row[0]: row[1:] for row in found.rows}


def level(house: House, name: str) -> Level:
    return house.report(f"partitions '{name}'").verdict.level


def note(report: Report, word: str) -> str:
    (found,) = [note for note in report.notes if word in note]
    return found


@pytest.mark.usefixtures("trapped")
def test_what_is_wrong_is_told_from_what_only_looks_so(house: House) -> None:
    assert {name for name in SHORT if level(house, name) is Level.ALERT} == SHORT
    assert {name for name in CALM | NO_TIME if level(house, name) is Level.OK} == CALM | NO_TIME
    assert level(house, "closed") is Level.PAGE
    assert {level(house, name) for name in ("caught", "spilled", "listed")} == {Level.ALERT}


@pytest.mark.usefixtures("trapped")
def test_the_worst_comes_first_and_all_is_said_to_be_examined(house: House) -> None:
    report = house.report("partitions")
    assert report.verdict.level is Level.PAGE
    assert report.verdict.text == "closed has no partition for today: inserts fail; 6 tables more"
    assert next(iter(tables(report))) == "closed"
    assert note(report, "Examined").startswith("Examined: 25 partitioned tables and ")


@pytest.mark.usefixtures("trapped")
def test_gaps_names_and_an_open_end_are_said(house: House) -> None:
    report = house.report("partitions")
    assert note(report, "gapped has gaps between its partitions: ").count(", ") == 0
    assert "the bounds of renamed_y2019m01 are of another month than their names" in note(report, "renamed:")
    assert "its last partition has no end" in note(report, "endless:")
    assert note(report, "archive is taken for an archive: its last partition ended ")
    assert note(report, "look like partitions").endswith(": far_y2019m07.")
    assert note(report, "Not by time").endswith(": coded, expressed, hashed, listed, nested, numbered, spanned, wide.")


@pytest.mark.usefixtures("trapped")
def test_rows_in_default_are_counted_with_their_months(house: House) -> None:
    spilled = house.report("partitions spilled")
    assert spilled.verdict.text.startswith("spilled has 7 rows in spilled_rest, of 20")
    assert tables(spilled)["spilled"][3] == "7"
    assert house.report("partitions listed").verdict.text == (
        "listed has 2 rows in listed_rest: a partition is missing"
    )


@pytest.mark.usefixtures("trapped")
def test_missing_months_that_can_be_added_lead_to_the_command_that_adds_them(house: House) -> None:
    for name in ("near", 'Odd 100% "Part'):
        report = house.report(f"partitions '{name}'")
        assert report.buttons[0].text == "partition ensure"
        assert note(report, "can be added").endswith("each with its undo: `partition ensure`.")


def test_rows_of_a_missing_month_in_default_must_move_first(house: House, trapped: psycopg.Connection) -> None:
    trapped.execute("insert into caught values (current_date)")
    report = house.report("partitions caught")
    assert "it can only be attached after they were moved" in note(report, "A missing month of caught")
    (month,) = trapped.execute("select to_char(current_date, 'YYYY-MM')").fetchone() or ("",)
    assert month not in str(house.plan("partition ensure caught").steps)


def test_a_detach_that_was_interrupted_is_found_with_the_order_that_ends_it(
    house: House, owner: psycopg.Connection, practice_database: PracticeDatabase
) -> None:
    owner.execute("create table halved (at date not null) partition by range (at); call months('halved', -1, 3)")
    (name,) = owner.execute(
        "select max(relname) from pg_class where relname like 'halved_y%' and relkind = 'r'"
    ).fetchone() or ("",)
    with psycopg.connect(practice_database.owner_url) as reader:
        reader.execute("select count(*) from scout.halved")
        owner.execute("set statement_timeout = '300ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            owner.execute(f"alter table scout.halved detach partition scout.{name} concurrently".encode())
    report = house.report("partitions halved")
    assert report.verdict.level is Level.ALERT
    (block,) = [part for part in report.more if isinstance(part, Code)]
    assert f"alter table scout.halved detach partition scout.{name} finalize;" in block.text
    owner.execute(
        f"set statement_timeout = 0; alter table scout.halved detach partition scout.{name} finalize".encode()
    )
    assert note(house.report("partitions halved"), "look like partitions").endswith(f": {name}.")
    owner.execute(f"drop table scout.{name}".encode())


def test_a_default_that_is_locked_is_left_out_and_named(house: House, trapped: psycopg.Connection) -> None:
    with trapped.transaction():
        trapped.execute("lock table spilled_rest in access exclusive mode")
        report = house.report("partitions spilled")
    assert note(report, "spilled_rest was not counted").endswith("locked exclusively, or about to be (see active).")
    assert tables(report)["spilled"][3] == "not counted"


def test_a_default_that_may_not_be_read_gets_the_grant(house: House, trapped: psycopg.Connection) -> None:
    trapped.execute("revoke select on spilled_rest from scout_read")
    assert "grant select on scout.spilled_rest to scout_read" in note(house.report("partitions spilled"), "not counted")


def test_partitions_that_are_being_made_are_read_all_the_same(house: House, trapped: psycopg.Connection) -> None:
    with trapped.transaction():
        trapped.execute("lock table far, near in access exclusive mode")
        found = tables(house.report("partitions"))
    assert "near" in found


def test_a_table_that_could_be_partitioned_is_told_what_changes(house: House) -> None:
    report = house.report("partitions silver_transactions_cleaned")
    assert report.verdict.text.endswith("MB) is not partitioned; it could be, by date_key")
    said = str(report.more)
    assert "unique only together with date_key afterwards: silver_transactions_cleaned_pkey" in said
    assert "gold_daily_aggregates" in said
    assert "3 foreign keys" in said


def test_what_stands_in_the_way_of_a_conversion_is_named(house: House, owner: psycopg.Connection) -> None:
    owner.execute("""
        create table blocked (id int primary key, at date, made date generated always as (at) stored,
          exclude using gist (int4range(id, id, '[]') with &&));
        create table child_of_blocked () inherits (blocked);
        create table points (id int references blocked);
        create function nothing() returns trigger language plpgsql as $f$ begin return null; end $f$;
        create trigger sees after insert on child_of_blocked for each row execute function nothing();
    """)
    try:
        told = house.report("partitions blocked").verdict.text
    finally:
        owner.execute("drop table points, child_of_blocked, blocked; drop function nothing")
    assert told == (
        "blocked (0 bytes) is not partitioned; in the way: at may be null; foreign keys to it: points.points_id_fkey; "
        "exclusion constraints: blocked_int4range_excl; it inherits, or is inherited from"
    )


def test_without_big_or_partitioned_tables_the_largest_is_offered(house: House) -> None:
    report = house.report("table partitions")
    assert report.verdict.text == "No table is partitioned, and none is so large that it should be"
    assert report.buttons[0].text == "partitions bronze_transactions_raw"


def test_an_unknown_table_is_refused(house: House, trapped: psycopg.Connection) -> None:
    assert trapped
    with pytest.raises(BadInput, match="Did you mean 'gapped'"):
        house.ask("partitions gaped")


def test_a_schema_that_is_gone_gets_an_answer(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute("drop schema scout cascade")
    with house_of(own_database, tmp_path) as house:
        assert house.report("partitions").verdict.level is Level.INFO
