"""Active and connections show who is there, what they do, and who waits for whom."""

import re
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, await_that, house_of, table
from psycopg.errors import QueryCanceled

from bot.blocks import plain
from bot.errors import BadInput
from bot.report import Level, Table
from practice.database import PracticeDatabase
from practice.session_faults import LockQueue
from practice.sessions import Session, end_all


@pytest.fixture
def house(practice_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path) as opened:
        yield opened


def test_a_lock_queue_is_shown_from_its_head(house: House, practice_database: PracticeDatabase) -> None:
    fault = LockQueue(practice_database)
    fault.start()
    try:
        head = fault._sessions[0].pid  # pyright: ignore[reportPrivateUsage] - which sessions the fault opened
        await_that(lambda: house.report("active").verdict.level is Level.ALERT)
        answer = house.report("what is running")
        assert answer.verdict.text.startswith(f"pid {head} (scout_app, idle in transaction for ")
        assert answer.verdict.text.endswith("holds up 9 sessions")
        assert answer.buttons[0].text == "emergency"
        assert [str(row[3]).startswith(f"pid {head} (") for row in table(answer).rows].count(True) == 1
    finally:
        fault.undo()


def test_the_age_asked_for_is_the_least_shown(house: House, practice_database: PracticeDatabase) -> None:
    session = Session(practice_database.app_url, "scout-api", ("select pg_sleep(600)",))
    session.start()
    try:
        await_that(lambda: str(session.pid) in str(house.report("active").parts))
        assert str(session.pid) not in str(house.report("active min_seconds=3600").parts)
    finally:
        end_all([session], practice_database.admin_url)


def test_an_age_below_zero_is_refused_with_the_usage(house: House) -> None:
    with pytest.raises(BadInput, match="Usage"):
        house.ask("active -1")


def test_connections_are_counted_by_who_holds_them(house: House, app: psycopg.Connection) -> None:
    app.execute("select 1")
    answer = house.report("connections")
    assert "of 97 usable slots taken" in answer.verdict.text
    assert ("scout_app", "scout") in [row[1:3] for row in table(answer).rows]


def test_the_oldest_transaction_is_named_and_processes_of_the_server_are_said_to_be_left_out(
    house: House, practice_database: PracticeDatabase
) -> None:
    with psycopg.connect(practice_database.app_url) as first, psycopg.connect(practice_database.app_url) as second:
        first.execute("select 1")
        second.execute("select 1")
        answer = house.report("connections")
        pid = first.info.backend_pid
    (oldest,) = [note for note in answer.notes if note.startswith("Oldest transaction: ")]
    assert oldest.startswith(f"Oldest transaction: pid {pid} (scout_app in scout, idle in transaction), open for ")
    assert max(float(str(row[6] or 0)) for row in table(answer).rows) > 0
    assert "Sessions  Role" in plain(answer, 80)
    assert "processes of its own and those that send its log" in answer.notes[0]


def test_a_role_that_has_taken_its_own_limit_comes_before_the_slots_of_the_server(
    house: House, practice_database: PracticeDatabase, admin: psycopg.Connection
) -> None:
    admin.execute("alter role scout_report connection limit 2")
    try:
        with psycopg.connect(practice_database.report_url), psycopg.connect(practice_database.report_url):
            answer = house.report("connections")
    finally:
        admin.execute("alter role scout_report connection limit -1")
    assert answer.verdict.text.startswith("role scout_report has 2 of its 2; ")
    assert answer.verdict.level is Level.PAGE


def test_active_says_how_many_sessions_it_leaves_out_and_why(
    house: House, practice_database: PracticeDatabase, app: psycopg.Connection
) -> None:
    app.execute("select 1")
    with (
        psycopg.connect(practice_database.app_url) as open_one,
        psycopg.connect(practice_database.url("postgres", "postgres")),
    ):
        open_one.execute("select 1")
        shown = house.report("active").notes[0]
        hidden = house.report("active min_seconds=3600").notes[0]
    assert re.match(
        r"Examined: 1 client session of this database that works or holds a transaction open; left out: \d+ idle, ",
        shown,
    )
    assert ", 1 in other databases, " in shown
    assert "left out: 1 younger, " in hidden


def test_sessions_that_cannot_be_seen_are_said(practice_database: PracticeDatabase, tmp_path: Path) -> None:
    with (
        psycopg.connect(practice_database.app_url),
        house_of(practice_database, tmp_path, url=practice_database.report_url) as house,
    ):
        for text in ("active", "connections"):
            answer = house.report(text)
            assert answer.verdict.level is Level.NO_DATA
            assert any("grant pg_read_all_stats to scout_report" in note for note in answer.notes)


def test_builds_of_indexes_are_shown_with_their_phase(own_database: PracticeDatabase, tmp_path: Path) -> None:
    index = "create index concurrently on scout.dim_store (city, region)"
    with (
        house_of(own_database, tmp_path) as house,
        psycopg.connect(own_database.admin_url) as holder,
        psycopg.connect(own_database.admin_url, autocommit=True) as builder,
        ThreadPoolExecutor(1) as pool,
    ):
        holder.execute("update scout.dim_store set city = city")
        pid_of_it = builder.info.backend_pid
        building = pool.submit(builder.execute, index)
        await_that(lambda: "waiting for writers before build" in str(house.report("active").parts))
        (builds,) = [one for one in house.report("active").parts if isinstance(one, Table) and "builds" in one.title]
        builder.cancel()
        assert isinstance(building.exception(), QueryCanceled)
    ((pid, _, relation, name, phase, percent),) = builds.rows
    assert (pid, relation, name) == (pid_of_it, "dim_store", "dim_store_city_region_idx")
    assert (phase, percent) == ("waiting for writers before build", 0)
