"""Status measures the real database: what is wrong comes first, what cannot be known is never OK."""

import time
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, await_that, house_of

from bot.command import Missing, Value
from bot.report import Facts, Level
from practice.database import PracticeDatabase
from practice.session_faults import LockQueue


@pytest.fixture
def house(practice_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path) as opened:
        yield opened


def test_every_metric_is_measured_and_the_answer_has_levels_and_vitals(house: House) -> None:
    house.tick()
    house.tick()
    answer = house.report("status")
    table, vitals = answer.parts
    assert [row[1] for row in getattr(table, "rows", ())] == [
        "API response time (p95)",
        "Query latency (p95)",
        "Data freshness",
        "Transaction throughput",
        "Error rate",
    ]
    assert isinstance(vitals, Facts)
    assert "Data lag" in [fact.name for fact in vitals.facts]
    assert any("Error rate (no Prometheus is configured)" in note for note in answer.notes)


def test_the_first_sample_is_no_value_and_no_alarm(house: House) -> None:
    first = house.tick()
    assert isinstance(first["throughput"].measured, Missing)
    assert first["throughput"].level is Level.INFO
    assert first["query_p95"].level is Level.INFO


def test_traffic_gives_throughput_and_an_estimated_percentile(house: House, app: psycopg.Connection) -> None:
    house.tick()
    for _ in range(30):
        app.execute("select count(*), pg_sleep(0.002) from scout.dim_store")
    p95 = house.tick()["query_p95"].measured
    assert isinstance(p95, Value)
    assert 0.001 < p95.value < 1
    assert p95.note.startswith("estimate, between ")


def test_a_reset_of_the_counters_is_no_value(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with house_of(own_database, tmp_path) as house, psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute("select count(*) from scout.dim_store")
        house.tick()
        admin.execute("select pg_stat_reset(), pg_stat_statements_reset()")
        await_that(lambda: house.tick()["throughput"].measured == Missing(reason="counters were reset", quiet=True))
    assert isinstance(house.last["query_p95"].measured, Missing)


def test_sessions_that_cannot_be_seen_are_no_zero(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with (
        psycopg.connect(own_database.app_url),
        house_of(own_database, tmp_path, url=own_database.report_url) as house,
    ):
        samples = house.tick()
        hidden = samples["active_connections"].measured
        assert isinstance(hidden, Missing)
        assert hidden.reason.endswith("grant pg_read_all_stats to scout_report")
        assert samples["blocked_sessions"].level is Level.NO_DATA
        assert samples["query_p95"].level is Level.NO_DATA
        notes = house.report("status").notes
    assert any(note.startswith("No data (") and "Blocked sessions" in note for note in notes)


def test_an_empty_table_and_a_clock_ahead_are_no_freshness(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with house_of(own_database, tmp_path) as house, psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute(
            "update scout.bronze_transactions_raw set created_at = now() + interval '1 hour' where raw_id = 1"
        )
        assert "clock skew" in getattr(house.tick()["freshness"].measured, "reason", "")
        admin.execute("truncate scout.bronze_transactions_raw")
        assert "is empty" in getattr(house.tick()["freshness"].measured, "reason", "")


def test_a_lock_queue_is_the_verdict_with_the_button_that_helps(
    house: House, practice_database: PracticeDatabase
) -> None:
    fault = LockQueue(practice_database)
    fault.start()
    try:
        await_that(lambda: "Blocked sessions: 9" in house.report("status").verdict.text)
        answer = house.report("how is it")
        assert answer.verdict.level is Level.ALERT
        assert [button.text for button in answer.buttons[:2]] == ["unblock", "emergency"]
        assert answer.buttons[0].danger
    finally:
        fault.undo()


def test_answers_come_while_a_change_of_the_busiest_table_waits(
    house: House, practice_database: PracticeDatabase
) -> None:
    fault = LockQueue(practice_database)
    fault.start()
    try:
        await_that(lambda: "holds up 9 sessions" in house.report("active").verdict.text)
        begun = time.monotonic()
        for text in ("status", "active", "connections", "slow", "refresh all", "emergency"):
            house.ask(text)
        assert time.monotonic() - begun < 6  # a second for each
    finally:
        fault.undo()
