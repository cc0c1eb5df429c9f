"""Query latency by pg_stat_monitor, where the settings choose it; the extension is not installed here, but all that it makes in a database."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from both_versions import running
from test_doctor import findings

from bot.command import Limits, Measured, Missing, Value
from bot.database import Watched
from bot.watch import Gauge
from commands.latency import QUERY_P95
from practice.database import PracticeDatabase

AT = datetime(2026, 3, 1, tzinfo=UTC)
SHAPE = Path(__file__).with_name("monitor_shape.sql")
METRIC = QUERY_P95.out_of("pg_stat_monitor")
CHOSEN = """
[databases.scout]
url = "{url}"
latency_from = "pg_stat_monitor"
"""


@pytest.fixture(scope="module", params=["18", "15"])
def database(request: pytest.FixtureRequest) -> Generator[PracticeDatabase]:
    with running(request.param) as database, psycopg.connect(database.admin_url, autocommit=True) as admin:
        admin.execute(SHAPE.read_bytes())
        yield database


@pytest.fixture
def admin(database: PracticeDatabase) -> Generator[psycopg.Connection]:
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        connection.execute("truncate monitor.counted")
        yield connection


@pytest.fixture
def gauge(database: PracticeDatabase) -> Generator[Gauge]:
    watched = Watched("scout", database.read_url, database.operate_url, "scout")
    yield Gauge(watched, Limits(), [METRIC], census=True)
    watched.close()


def counted(
    admin: psycopg.Connection,
    bucket: int,
    fast: int,
    slow: int,
    role: str = "scout_app",
    where: str = "scout",
    *,
    top: bool = True,
) -> None:
    """So many statements of a time bucket that took 1 to 2.8 ms, and 3.2 to 5.6 s."""
    calls = [0] * 22
    calls[1], calls[15] = fast, slow
    admin.execute(
        "insert into monitor.counted values (%s, %s, %s::text::regrole, %s, %s, %s::int[]::text[])",
        (bucket, AT + timedelta(minutes=bucket), role, where, top, calls),
    )


def measured(gauge: Gauge, after_s: float) -> Measured:
    return gauge.sample(AT + timedelta(seconds=after_s))[0].measured


def test_what_was_counted_between_two_readings_is_a_percentile_with_its_bounds(
    gauge: Gauge, admin: psycopg.Connection
) -> None:
    counted(admin, 1, fast=1000, slow=1000)
    assert isinstance(measured(gauge, 0), Missing)
    counted(admin, 1, fast=50, slow=3)
    counted(admin, 2, fast=40, slow=7)
    found = measured(gauge, 60)
    assert isinstance(found, Value)
    assert found.note == "by pg_stat_monitor's histogram, between 3.16 and 5.62 s"
    assert METRIC.level(found).value == "alert"


def test_neither_scouts_own_nor_nested_nor_other_databases_statements_are_counted(
    gauge: Gauge, admin: psycopg.Connection
) -> None:
    measured(gauge, 0)
    counted(admin, 1, fast=100, slow=0)
    counted(admin, 1, fast=0, slow=100, role="scout_read")
    counted(admin, 1, fast=0, slow=100, where="postgres")
    counted(admin, 1, fast=0, slow=100, top=False)
    found = measured(gauge, 60)
    assert isinstance(found, Value)
    assert found.value < 0.003


def test_buckets_that_were_overwritten_meanwhile_are_no_data(gauge: Gauge, admin: psycopg.Connection) -> None:
    counted(admin, 1, fast=100, slow=0)
    measured(gauge, 0)
    admin.execute("truncate monitor.counted")
    counted(admin, 2, fast=100, slow=0)
    found = measured(gauge, 60)
    assert isinstance(found, Missing)
    assert "pgsm_max_buckets" in found.reason


def test_the_doctor_says_that_its_library_is_not_loaded(
    database: PracticeDatabase, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = doctor_says(database, capsys, tmp_path)
    assert "shared_preload_libraries" in next(line for line in said if "pg_stat_monitor" in line)


def test_without_it_latency_is_no_data_and_the_doctor_says_what_to_do(
    practice_database: PracticeDatabase, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    watched = Watched("scout", practice_database.read_url, practice_database.operate_url, "scout")
    found = measured(Gauge(watched, Limits(), [METRIC]), 0)
    watched.close()
    assert isinstance(found, Missing)
    assert (found.configured, found.quiet) == (True, False)
    assert "create extension pg_stat_monitor" in found.reason
    said = doctor_says(practice_database, capsys, tmp_path)
    assert any(line.startswith("failure") and "create extension pg_stat_monitor" in line for line in said)


def doctor_says(database: PracticeDatabase, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> list[str]:
    """What it says of the database when the settings choose pg_stat_monitor."""
    config = tmp_path / "scout.toml"
    config.write_text(CHOSEN.format(url=database.read_url), encoding="utf-8")
    return findings(capsys, tmp_path, SCOUT_CONFIG=str(config))["database scout"]
