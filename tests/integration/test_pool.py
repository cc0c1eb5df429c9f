"""Pool asks a real pgbouncer in front of the practice database who waits, and says what its version lacks."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, await_that, house_of, table
from pgbouncer import Bouncer, running_bouncer

from bot.errors import Cannot, Unavailable
from bot.pooler import Pooler
from bot.report import Facts, Level, Report
from practice.database import PracticeDatabase

SMALL = "default_pool_size = 1\nmax_client_conn = 20\nstats_period = 1"


@pytest.fixture(scope="module")
def bouncer(practice_database: PracticeDatabase) -> Generator[Bouncer]:
    with running_bouncer(practice_database.read_url, SMALL) as bouncer:
        yield bouncer


@pytest.fixture
def house(practice_database: PracticeDatabase, bouncer: Bouncer, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path) as opened:
        opened.pooler = Pooler(bouncer.url("pgb_stats", "only-look"))
        yield opened


def client(bouncer: Bouncer) -> psycopg.Connection:
    return psycopg.connect(bouncer.url("app", "app", "scout"), autocommit=True, prepare_threshold=None)


@contextmanager
def somebody_waits(bouncer: Bouncer) -> Generator[None]:
    """One client holds the only connection in a transaction, another waits for it."""
    with client(bouncer) as holder, client(bouncer) as waiter:
        holder.execute("begin")
        queued = threading.Thread(target=waiter.execute, args=("select 1",))
        queued.start()
        try:
            yield
        finally:
            holder.execute("rollback")
            queued.join(10)


def fact(report: Report, name: str) -> str:
    (facts,) = [part for part in report.parts if isinstance(part, Facts)]
    return next(one.value for one in facts.facts if one.name == name)


def test_all_is_well_while_nobody_waits(house: House, bouncer: Bouncer) -> None:
    with client(bouncer) as one:
        one.execute("select 1")
        report = house.report("pool")
    assert report.verdict.level is Level.OK
    assert report.verdict.text == "Nobody waits for long: 1 client share 1 connection to PostgreSQL"
    (row,) = table(report).rows
    assert row[:7] == ("scout/scout_read", 0, None, 1, 0, 1, 1)
    assert row[-1] == "transaction"


def test_who_waits_and_what_all_connections_do_is_said(house: House, bouncer: Bouncer) -> None:
    with somebody_waits(bouncer):
        await_that(lambda: house.report("pool").verdict.level is Level.ALERT)
        report = house.report("pooler")
        text = report.verdict.text
        (work,) = report.more
    assert text.startswith("1 client waits, up to ")
    assert text.endswith("for scout/scout_read: its only connection is at work. See active for what holds them")
    assert work.kind == "table"
    assert len(work.rows) == 1


def test_the_pid_of_a_busy_connection_is_the_one_in_postgresql(house: House, bouncer: Bouncer) -> None:
    with client(bouncer) as holder:
        holder.execute("begin")
        (pid,) = holder.execute("select pg_backend_pid()").fetchone() or (0,)
        (work,) = house.report("pool").more
        holder.execute("rollback")
    assert work.kind == "table"
    assert [row[0] for row in work.rows] == [pid]
    assert work.rows[0][1] is not None


def test_a_paused_database_is_a_page_with_the_order_that_ends_it(house: House, bouncer: Bouncer) -> None:
    admin = Pooler(bouncer.admin_url)
    admin.order('PAUSE "scout"')
    try:
        report = house.report("pgbouncer")
    finally:
        admin.order('RESUME "scout"')
    assert report.verdict.level is Level.PAGE
    assert report.verdict.text == "scout is paused or disabled: its clients wait"
    assert 'RESUME "scout";' in str(report.parts)


def test_a_reconnect_under_way_is_said(house: House, bouncer: Bouncer) -> None:
    with client(bouncer) as holder:
        holder.execute("begin")
        holder.execute("select 1")
        Pooler(bouncer.admin_url).order('RECONNECT "scout"')
        report = house.report("pool")
        holder.execute("rollback")
    assert "1 connection will close when free" in " ".join(report.notes)


def test_more_connections_than_postgresql_has_are_an_alert(practice_database: PracticeDatabase, tmp_path: Path) -> None:
    with (
        running_bouncer(practice_database.read_url, "default_pool_size = 120") as big,
        house_of(practice_database, tmp_path) as house,
    ):
        house.pooler = Pooler(big.admin_url)
        report = house.report("pool")
    assert report.verdict.level is Level.ALERT
    assert fact(report, "Connections to PostgreSQL") == "at most 120 of PostgreSQL's 97 usable slots"
    assert fact(report, "Patience") == "a client waits 2 min before it is told"


def test_the_pooler_is_told_of_though_postgresql_is_down(
    own_database: PracticeDatabase, bouncer: Bouncer, tmp_path: Path
) -> None:
    with house_of(own_database, tmp_path) as house:
        house.pooler = Pooler(bouncer.admin_url)
        own_database.stop()
        report = house.report("pool")
    assert "PostgreSQL does not answer now, so its slots are not compared." in report.notes


def test_what_the_version_lacks_is_said(house: House, bouncer: Bouncer) -> None:
    (version,) = Pooler(bouncer.admin_url).rows("SHOW VERSION")
    said = " ".join(house.report("pool").notes)
    minor = int(str(version["version"]).split(".")[1])
    assert ("no prepared statements" in said) is (minor < 21)
    assert ("prefer RECONNECT" in said) is (minor < 23)


def test_without_a_pooler_the_setting_is_named(practice_database: PracticeDatabase, tmp_path: Path) -> None:
    with house_of(practice_database, tmp_path) as house, pytest.raises(Cannot, match="SCOUT_POOLER_URL"):
        house.ask("pool")


def test_a_dead_console_is_said_with_the_setting(house: House) -> None:
    house.pooler = Pooler("postgresql://pgb_stats:only-look@127.0.0.1:1/pgbouncer")
    with pytest.raises(Unavailable, match="SCOUT_POOLER_URL"):
        house.ask("pool")
