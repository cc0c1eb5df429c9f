"""Tables, vacuum, wraparound and sequences on a real server: what is behind, who holds it back, and what was not looked at."""

import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from bot.errors import Cannot
from bot.report import Code, Level
from practice.database import PracticeDatabase
from tests.integration.command_fixture import House, await_that, house_of, table
from tests.integration.index_fixture import admin_of, index_house
from tests.integration.truth_horizon import BESIDE, ELSEWHERE, HERE, Stage, rows, stage
from tests.integration.truth_sequences import NAME, NEAR_THE_END, ODD, USED, used

COMMANDS = ("tables", "bloat", "vacuum", "wraparound")


@pytest.fixture
def house(practice_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def held() -> Generator[Stage]:
    with stage() as built:
        yield built


@pytest.fixture(scope="module")
def numbered(practice_database: PracticeDatabase) -> Generator[House]:
    with index_house(practice_database, NAME) as house:
        yield house


# --- tables


def test_tables_are_split_and_shared_without_a_remainder(house: House, read: psycopg.Connection) -> None:
    answer = house.report("largest tables")
    split = rows(answer, "Size")
    assert split[0][0] == "silver_transactions_cleaned"
    for name, _, total, heap, indexes, toast, _ in split:
        assert total == sum(part for part in (heap, indexes, toast) if isinstance(part, int)), name
    assert sum(float(str(row[6])) for row in split) == pytest.approx(100)
    found = read.execute("select pg_relation_size('scout.dim_store'), pg_indexes_size('scout.dim_store')").fetchone()
    assert found == next((row[3], row[4]) for row in split if row[0] == "dim_store")


def test_partitions_that_are_kept_in_another_schema_are_said_to_be_left_out(
    house: House, admin: psycopg.Connection
) -> None:
    admin.execute("create schema archive_of_parts; create table scout.parted (at int) partition by list (at)")
    try:
        admin.execute("create table scout.parted_1 partition of scout.parted for values in (1)")
        admin.execute("create table archive_of_parts.parted_2 partition of scout.parted for values in (2)")
        notes = house.report("tables").notes
    finally:
        admin.execute("drop table scout.parted; drop schema archive_of_parts")
    assert (
        "Without a size of their own: 1 partitioned table (partitions are listed but for 1 in other schemas), 0 foreign tables."
        in notes
    )


def test_a_table_past_its_own_line_comes_first_whatever_the_usual_line_is(own_database: PracticeDatabase) -> None:
    for statement in (
        b"vacuum (analyze)",
        b"vacuum pg_catalog.pg_statistic",
    ):  # a session counts what it did when it ends
        with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
            admin.execute(statement)
    with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
        owner.execute("set search_path = scout")
        owner.execute(
            "alter table dim_store set (autovacuum_vacuum_threshold = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_enabled = off)"
        )
        owner.execute(
            "alter table dim_customer set (autovacuum_vacuum_threshold = 100000, autovacuum_analyze_threshold = 100000, fillfactor = 90)"
        )
        owner.execute("update dim_store set city = city")
        owner.execute("update dim_customer set customer_name = customer_name")
    with house_of(own_database, own_database.log.parent) as house:
        await_that(lambda: "dim_store has 240 dead rows, 12.0 times its line" in house.report("tables").verdict.text)
        answer = house.report("tables")
        assert answer.verdict.level is Level.ALERT
        assert "Autovacuum is off for dim_store." in answer.notes
        (options,) = [row[7] for row in rows(answer, "Upkeep") if row[0] == "dim_customer"]
        assert options == "autovacuum_analyze_threshold=100000, autovacuum_vacuum_threshold=100000, fillfactor=90"
        vacuum = house.report("vacuum")
        assert vacuum.verdict.text.startswith(
            "dim_store has 240 dead rows, 12.0 times its line, and autovacuum is off for it"
        )
        assert "dim_customer" not in str(rows(vacuum, "Behind"))
        assert any(
            isinstance(part, Code) and "vacuum (analyze, skip_locked) scout.dim_store;" in part.text
            for part in vacuum.parts
        )


def test_toast_goes_by_the_options_of_its_table_unless_it_has_its_own(own_database: PracticeDatabase) -> None:
    with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
        owner.execute("""
            set search_path = scout;
            create table of_its_table (body text)
              with (autovacuum_vacuum_threshold = 20, autovacuum_vacuum_scale_factor = 0);
            create table of_its_own (body text)
              with (autovacuum_vacuum_threshold = 20, autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 90000);
            alter table of_its_table alter body set storage external;
            alter table of_its_own alter body set storage external;
        """)
        owner.execute("insert into of_its_table select repeat('x', 4000) from generate_series(1, 10)")
        owner.execute("insert into of_its_own table of_its_table")
        owner.execute("update of_its_table set body = body || 'y'")
        owner.execute("update of_its_own set body = body || 'y'")
    with house_of(own_database, own_database.log.parent) as house:
        await_that(lambda: "TOAST of of_its_table" in str(house.report("vacuum")))
        assert "TOAST of of_its_own" not in str(rows(house.report("vacuum"), "Behind"))


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_waits_behind_an_alter_table_that_waits(
    command: str, house: House, practice_database: PracticeDatabase
) -> None:
    with (
        psycopg.connect(practice_database.app_url) as reader,
        closing(psycopg.connect(practice_database.owner_url, autocommit=True)) as ddl,
        psycopg.connect(practice_database.admin_url, autocommit=True) as admin,
    ):
        reader.execute("select 1 from scout.dim_product")
        ddl.pgconn.send_query(b"alter table scout.dim_product add column waiting int")
        waits = b"select exists (select from pg_locks where not granted and mode = 'AccessExclusiveLock')"
        await_that(lambda: admin.execute(waits).fetchone() == (True,))
        started = time.monotonic()
        answer = house.report(command)
        took = time.monotonic() - started
        ddl.cancel_safe()
        reader.rollback()
    assert took < 1
    assert command == "wraparound" or any("Locked now" in note and "dim_product" in note for note in answer.notes)


def test_a_locked_index_and_a_refresh_are_not_waited_for(house: House, practice_database: PracticeDatabase) -> None:
    with psycopg.connect(practice_database.owner_url) as owner:
        owner.execute("reindex index scout.idx_transactions_payment")
        owner.execute("refresh materialized view scout.gold_daily_aggregates")
        for command in ("tables", "bloat"):
            answer = house.report(command)
            (note,) = [note for note in answer.notes if note.startswith("Locked now")]
            assert "gold_daily_aggregates" in note
            assert "idx_transactions_payment" in note or "silver_transactions_cleaned" in note
        owner.rollback()


# --- vacuum and wraparound


def test_every_holder_is_named_for_vacuum_and_nobody_else(held: Stage) -> None:
    assert held.holders("vacuum") == HERE
    assert not any(name in str(held.house.report("vacuum")) for name in BESIDE)


def test_holders_of_other_databases_count_for_wraparound(held: Stage) -> None:
    assert held.holders("wraparound") == HERE | ELSEWHERE


def test_the_verdict_names_the_database_that_stops_first_and_its_holder(held: Stage) -> None:
    answer = held.house.report("wraparound")
    assert answer.verdict.level is Level.ALERT
    assert "transaction numbers" in answer.verdict.text
    assert "it cannot fall below" in answer.verdict.text
    assert answer.buttons[0].text == "emergency"


def test_toast_and_materialized_views_age_too(held: Stage) -> None:
    def told() -> list[int]:
        answer = held.house.report("wraparound")
        return [int(str(row[2])) for row in rows(answer, "Oldest relations") + rows(answer, "More relations")]

    ages = told()
    assert ages == sorted(ages, reverse=True)
    oldest = b"select max(age(relfrozenxid)) from pg_class where relkind in ('r', 'm', 't')"
    with psycopg.connect(held.house.database._lines.url, autocommit=True) as line:  # pyright: ignore[reportPrivateUsage] - the house has no other door to its server
        await_that(lambda: line.execute(oldest).fetchone() == (told()[0],))  # autovacuum against wraparound is at work


def test_what_is_no_session_comes_with_the_statement_that_lets_go(held: Stage) -> None:
    (code,) = [part for part in held.house.report("vacuum").parts if isinstance(part, Code)]
    assert (
        "pg_drop_replication_slot('logical_slot')" in code.text or "rollback prepared 'a ''prepared'' one'" in code.text
    )


def test_a_server_without_autovacuum_is_an_alert(held: Stage) -> None:
    assert held.house.report("vacuum").verdict.text.startswith("autovacuum is off for the whole server")


def test_a_running_vacuum_shows_its_phase(practice_database: PracticeDatabase, house: House) -> None:
    with (
        psycopg.connect(practice_database.admin_url, autocommit=True) as admin,
        closing(psycopg.connect(practice_database.admin_url, autocommit=True)) as slow,
    ):
        slow.execute("set vacuum_cost_delay = 100")
        slow.execute("set vacuum_cost_limit = 1")
        slow.pgconn.send_query(b"vacuum (disable_page_skipping) scout.silver_transactions_cleaned")
        await_that(lambda: bool(rows(house.report("vacuum"), "At work now")))
        (row,) = rows(house.report("vacuum"), "At work now")
        admin.execute("select pg_cancel_backend(%s)", [slow.info.backend_pid])
    assert row[1:4] == ("silver_transactions_cleaned", "vacuum", "postgres")
    assert str(row[4]).startswith("scanning heap")


# --- sequences


def test_every_sequence_is_judged_by_the_nearer_of_its_limits(numbered: House) -> None:
    said = used(numbered.report("sequences"))
    assert said.keys() == USED.keys()
    assert said == pytest.approx(USED, abs=0.05)


def test_those_near_their_end_come_first_with_their_remedy(numbered: House) -> None:
    answer = numbered.report("sequences")
    assert answer.verdict.level is Level.PAGE
    assert answer.verdict.text.startswith("exhausted has 0 numbers left (100.0 % used, its own limit)")
    shown = [str(row[0]) for row in table(answer).rows]
    assert set(shown) <= NEAR_THE_END
    (code,) = [part for part in answer.parts if isinstance(part, Code)]
    assert "alter sequence scout.exhausted as bigint no maxvalue;" in code.text
    assert (
        "alter table scout.serial_small alter column id type bigint; alter sequence scout.serial_small_id_seq as bigint no maxvalue;"
        in code.text
    )


def test_what_was_left_out_is_said(numbered: House) -> None:
    notes = "\n".join(numbered.report("sequences").notes)
    assert "grant select on sequence scout.hidden_from_scout to scout_read;" in notes
    assert "may repeat a value: cycles_in_time" in notes
    assert "No column is known to use them" in notes


def test_a_sequence_that_is_being_altered_is_not_waited_for(
    numbered: House, practice_database: PracticeDatabase
) -> None:
    with admin_of(practice_database, NAME) as admin, admin.transaction(force_rollback=True):
        admin.execute('alter sequence scout."Odd ""näme"" %s <!channel>" maxvalue 200'.encode())
        started = time.monotonic()
        answer = numbered.report("sequences")
        assert time.monotonic() - started < 1
    assert f"Locked now, so not opened: {ODD}." in answer.notes


def test_when_no_sequence_may_be_read_the_grant_is_said(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute("revoke select on all sequences in schema scout from scout_read")
    with (
        house_of(own_database, tmp_path) as house,
        pytest.raises(Cannot, match="grant select on all sequences in schema scout to scout_read"),
    ):
        house.ask("sequences")
