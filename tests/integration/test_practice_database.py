"""The practice database has what the runbook speaks of, and its processes never outlive us."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path

import psutil
import psycopg
import pytest

from practice.database import PracticeDatabase
from practice.template import VIEWS
from practice.workload import Workload

NEWEST = "select extract(epoch from now() - max(created_at)) from scout.bronze_transactions_raw"
SALES = "select count(*) from scout.silver_transactions_cleaned"
OUTLIVED = """
from pathlib import Path
import signal, time
from practice.database import PracticeDatabase
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would ignore it
database = PracticeDatabase()
database.start()
print(database.log.parent, flush=True)
time.sleep(60)
"""


def number(connection: psycopg.Connection, query: str) -> float:
    row = connection.execute(query.encode()).fetchone()
    assert row
    return float(row[0])


def soon(reached: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 15
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.02)
    return reached()


def servers_in(home: str) -> list[psutil.Process]:
    return [process for process in psutil.process_iter(["name", "cwd"]) if str(process.info["cwd"]).startswith(home)]


def test_three_hundred_thousand_rows_reach_from_ninety_days_ago_to_this_minute(read: psycopg.Connection) -> None:
    assert number(read, SALES) + number(read, "select count(*) from scout.bronze_transactions_raw") > 299_000
    assert number(read, NEWEST) < 900
    assert number(read, "select current_date - min(date_key) from scout.silver_transactions_cleaned") >= 88


def test_about_two_percent_of_the_sales_are_deleted(read: psycopg.Connection) -> None:
    share = number(read, "select 100.0 * count(deleted_at) / count(*) from scout.silver_transactions_cleaned")
    assert 1.5 < share < 2.5


@pytest.mark.parametrize("view", VIEWS)
def test_every_materialized_view_is_populated(read: psycopg.Connection, view: str) -> None:
    assert number(read, f"select count(*) from scout.{view}") > 30  # noqa: S608 - our own names


def test_three_views_can_be_refreshed_concurrently_and_the_runbooks_own_cannot(operate: psycopg.Connection) -> None:
    for view in VIEWS[:3]:
        operate.execute(f"refresh materialized view concurrently scout.{view}".encode())
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        operate.execute("refresh materialized view concurrently scout.mv_store_daily_metrics")


def test_the_reading_role_sees_everything_and_writes_nothing(read: psycopg.Connection) -> None:
    assert read.execute(
        "select pg_has_role(current_user, 'pg_monitor', 'usage'), rolsuper from pg_roles where rolname = current_user"
    ).fetchone() == (True, False)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        read.execute("delete from scout.query_cache")
    assert number(read, "select count(*) from pg_stat_statements") >= 0


def test_the_operating_role_owns_and_ends_sessions(
    operate: psycopg.Connection, practice_database: PracticeDatabase
) -> None:
    with psycopg.connect(practice_database.app_url) as victim:
        row = operate.execute("select pg_terminate_backend(%s, 5000)", (victim.info.backend_pid,)).fetchone()
        assert row == (True,)
        victim.close()
    operate.execute("create index concurrently idx_probe on scout.dim_store (city)")
    operate.execute("drop index concurrently scout.idx_probe")
    operate.execute("vacuum (analyze, skip_locked) scout.dim_store")


def test_the_application_writes_but_does_not_own(app: psycopg.Connection) -> None:
    app.execute("update scout.query_cache set hit_count = hit_count + 1")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("drop table scout.query_cache")


def test_passwords_are_asked_for(practice_database: PracticeDatabase) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(practice_database.read_url.replace("scout_read:", "scout_read:x"))


def test_the_cache_holds_expired_and_live_rows(read: psycopg.Connection) -> None:
    assert number(read, "select count(*) from scout.query_cache where expires_at < now()") > 0
    assert number(read, "select count(*) from scout.query_cache where expires_at > now()") > 0


def test_data_survives_a_restart_and_a_crash(own_database: PracticeDatabase) -> None:
    with psycopg.connect(own_database.app_url, autocommit=True) as app:
        app.execute(
            "delete from scout.query_cache where cache_key in (select cache_key from scout.query_cache limit 50)"
        )
    url = own_database.read_url
    own_database.restart()
    own_database.kill()
    assert not own_database.is_up
    own_database.start()
    assert own_database.read_url == url
    with psycopg.connect(url) as read:
        assert number(read, "select count(*) from scout.query_cache") == 150


def test_a_second_practice_in_the_same_home_is_refused(own_database: PracticeDatabase) -> None:
    second = PracticeDatabase(own_database.log.parent)
    with pytest.raises(RuntimeError, match="already runs"):
        second.start()
    second.close()
    assert own_database.is_up


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_nothing_is_left_when_our_process_is_killed(end: signal.Signals) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", OUTLIVED], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert child.stdout
    home = child.stdout.readline().strip()
    assert servers_in(home)
    child.send_signal(end)
    child.wait(timeout=60)
    child.stdout.close()
    assert soon(lambda: not servers_in(home))
    assert soon(lambda: not Path(home).exists())


@pytest.fixture
def workload(own_database: PracticeDatabase) -> Generator[Workload]:
    """A hurried workload on a database of its own."""
    workload = Workload(own_database.app_url, own_database.report_url, pause=0.1)
    workload.start()
    yield workload
    workload.stop()


def test_the_workload_goes_on_after_a_restart_and_stands_still_when_paused(
    own_database: PracticeDatabase, workload: Workload
) -> None:
    with psycopg.connect(own_database.read_url, autocommit=True) as read:
        before = number(read, SALES)
        assert soon(lambda: number(read, SALES) > before)
    own_database.restart()
    with psycopg.connect(own_database.read_url, autocommit=True) as read:
        before = number(read, SALES)
        assert soon(lambda: number(read, SALES) > before)
        workload.pause_loader()
        assert soon(lambda: number(read, NEWEST) > 1)
        workload.resume_loader()
        assert soon(lambda: number(read, NEWEST) < 1)


def test_the_server_does_not_run_as_root(practice_database: PracticeDatabase) -> None:
    owners = {process.uids().effective for process in servers_in(str(practice_database.log.parent))}
    assert owners
    assert 0 not in owners
    assert os.geteuid() in owners | {0}
