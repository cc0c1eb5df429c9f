"""Settings tells what is dangerous and who has exceptions, without what may be a secret."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, house_of

from bot.report import Level
from practice.database import PracticeDatabase


@pytest.fixture
def house(practice_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path) as opened:
        yield opened


def test_what_the_practice_server_risks_is_said(house: House) -> None:
    answer = house.report("configuration")
    assert answer.verdict.level is Level.ALERT
    assert answer.verdict.text.startswith("fsync is off")
    assert "shared_preload_libraries" in str(answer.more)
    assert any("statement_timeout" in note for note in answer.notes if note.startswith("Not seen"))


def test_exceptions_are_listed_and_texts_are_hidden(house: House, admin: psycopg.Connection) -> None:
    admin.execute("alter role scout_app in database scout set work_mem = '64MB'")
    admin.execute("alter database scout set app.jwt_secret = 'TopSecret123'")
    try:
        answer = house.report("settings")
        rows = [row for part in (*answer.parts, *answer.more) for row in getattr(part, "rows", ())]
        assert ("scout_app", "scout", "work_mem", "64MB") in rows
        assert ("all", "scout", "app.jwt_secret", "(text hidden)") in rows
        assert "TopSecret123" not in str(answer)
    finally:
        admin.execute("alter role scout_app in database scout reset work_mem")
        admin.execute("alter database scout reset app.jwt_secret")


def test_a_table_without_autovacuum_is_named(house: House, admin: psycopg.Connection) -> None:
    admin.execute('create table scout."No Vacuum" (id int) with (autovacuum_enabled = false)')
    try:
        assert "scout.No Vacuum" in str(house.report("settings").parts)
    finally:
        admin.execute('drop table scout."No Vacuum"')


def test_a_server_without_temp_file_limit_is_told_how_to_get_one(tmp_path: Path) -> None:
    with (
        PracticeDatabase(settings={"temp_file_limit": "-1", "fsync": "on", "full_page_writes": "on"}) as server,
        house_of(server, tmp_path) as house,
    ):
        answer = house.report("settings")
        assert answer.verdict.text == "temp_file_limit is off: one runaway query can fill the disk"
        assert "alter database scout set temp_file_limit = '20GB';" in str(answer.parts)


def test_what_somebody_locks_does_not_hold_the_answer_up(house: House, admin: psycopg.Connection) -> None:
    with admin.transaction():
        admin.execute("lock table scout.bronze_transactions_raw in access exclusive mode")
        for text in ("settings", "replication", "blocked", "active"):
            assert house.report(text).verdict.text
