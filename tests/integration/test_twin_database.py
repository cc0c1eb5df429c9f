"""A database that was made from another as its template has the same oids: what goes on in the twin is no business of this one."""

import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, await_that, house_of

from practice.database import PracticeDatabase

VIEW = "mv_store_daily_metrics"
TABLE = "silver_transactions_cleaned"


@pytest.fixture(scope="module")
def database() -> Generator[PracticeDatabase]:
    with PracticeDatabase(settings={"autovacuum": "off"}) as practice:
        with psycopg.connect(practice.url("postgres", "postgres"), autocommit=True) as admin:
            admin.execute("create database twin template scout")
        yield practice


@pytest.fixture
def house(database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(database, tmp_path) as opened:
        yield opened


@pytest.fixture
def twin(database: PracticeDatabase) -> Generator[psycopg.Connection]:
    with psycopg.connect(database.url("postgres", "twin"), autocommit=True) as connection:
        yield connection


@contextmanager
def vacuuming_slowly(twin: psycopg.Connection) -> Generator[None]:
    """A vacuum of the twin's table that takes as long as the block."""
    twin.execute("set vacuum_cost_delay = '100ms'")
    twin.execute("set vacuum_cost_limit = 1")

    def work() -> None:
        with suppress(psycopg.errors.QueryCanceled):
            twin.execute(f"vacuum scout.{TABLE}".encode())

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        twin.cancel_safe()
        thread.join()


def test_a_refresh_in_the_twin_is_in_nobodys_way_here(house: House, twin: psycopg.Connection) -> None:
    with twin.transaction():
        twin.execute(f"refresh materialized view scout.{VIEW}".encode())
        assert not [note for note in house.plan(f"refresh {VIEW}").notes if "holds or wants its exclusive lock" in note]


def test_a_vacuum_in_the_twin_keeps_no_table_here_from_being_vacuumed(
    database: PracticeDatabase, house: House, twin: psycopg.Connection
) -> None:
    with vacuuming_slowly(twin), psycopg.connect(database.admin_url, autocommit=True) as anybody:

        def is_at_work() -> bool:
            return anybody.execute("select from pg_stat_progress_vacuum").fetchone() is not None

        await_that(is_at_work)
        (step,) = house.plan(f"vacuum {TABLE}").steps
        assert is_at_work()
    assert step.title == f"Vacuum {TABLE}"
