"""What happens to the sources of measurements in earnest: a standby is promoted, statements are thrown out, Prometheus is gone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.alert import Rule
from bot.command import Limits, Metric, Missing, Value
from bot.database import Watched
from bot.prometheus import Prometheus
from bot.report import Level
from bot.store import Store
from bot.telling import Telling
from bot.watch import Gauge, Judging, Series
from commands.counters import THROUGHPUT
from commands.latency import QUERY_P95
from commands.slo import METRICS, SQL
from practice.database import PracticeDatabase
from tests.integration.command_fixture import await_that
from tests.integration.standby_fixture import PRIMARY, standby_of

AT = datetime(2026, 3, 1, tzinfo=UTC)
API = next(metric for metric in METRICS if metric.name == "api_p95")
PATIENT = Rule(alert_for=60, page_for=60, no_data_for=180, no_data_page_for=900, gap=60)


@pytest.mark.slow
def test_a_promotion_between_two_readings_is_said_and_no_rate_is_made_of_it() -> None:
    with PracticeDatabase(settings=PRIMARY) as primary, standby_of(primary) as url:
        database = Watched("scout", url, url, "scout")
        gauge = Gauge(database, Limits(), [THROUGHPUT])
        gauge.sample(AT)
        assert isinstance(gauge.sample(AT + timedelta(seconds=15))[0].measured, Value)
        promote(primary, url)
        (found,) = gauge.sample(AT + timedelta(seconds=30))
        assert found.measured == Missing(
            reason="the standby was promoted to primary; the next one gives a value", quiet=True
        )
        assert isinstance(gauge.sample(AT + timedelta(seconds=120))[0].measured, Value)
        database.close()


def promote(primary: PracticeDatabase, standby: str) -> None:
    """Make the standby take writes."""
    admin = make_conninfo(primary.admin_url, port=conninfo_to_dict(standby)["port"])
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("select pg_promote()")
        await_that(lambda: connection.execute("select pg_is_in_recovery()").fetchone() == (False,), 30)


def test_statements_that_the_server_throws_out_are_said_beside_the_percentile() -> None:
    with PracticeDatabase(settings={"pg_stat_statements.max": "100"}) as practice:
        database = Watched("scout", practice.read_url, practice.operate_url, "scout")
        gauge = Gauge(database, Limits(), [QUERY_P95])
        gauge.sample(AT)
        with psycopg.connect(practice.app_url, autocommit=True) as app:
            for columns in range(1, 250):
                app.execute(f"select {', '.join(['1'] * columns)}".encode())
        notes: list[str] = []

        def evicted() -> bool:
            measured = gauge.sample(AT + timedelta(seconds=60 + len(notes)))[0].measured
            notes.append(measured.note if isinstance(measured, Value) else measured.reason)
            return "pg_stat_statements threw" in notes[-1]

        await_that(evicted, 15)
        database.close()


def judged(store: Store, metrics: list[Metric[Any]], gauge: Gauge) -> Callable[[float], Level]:
    """What an incident of the first metric stands at, when everything is measured and judged at some minutes."""
    judging = Judging(store, PATIENT, Telling(lambda _, name: {one.name: one for one in metrics}.get(name), "C0ALERTS"))

    def at(minutes: float) -> Level:
        moment = AT + timedelta(minutes=minutes)
        judging.take("scout", gauge.sample(moment), moment)
        return store.alerts("scout")[0].level

    return at


@pytest.fixture
def database(practice_database: PracticeDatabase) -> Watched:
    return Watched("scout", practice_database.read_url, practice_database.operate_url, "scout")


def test_a_source_that_fails_is_no_data_and_pages_after_its_own_delay(store: Store, database: Watched) -> None:
    gone = Series(Prometheus("http://127.0.0.1:9", fresh_s=0).value, "")
    at = judged(store, [API], Gauge(database, Limits(), [API], gone))
    found = [at(minute * 0.75) for minute in range(22)]
    assert found == [Level.OK] * 4 + [Level.NO_DATA] * 16 + [Level.PAGE] * 2
    database.close()


def test_a_source_that_is_not_configured_is_no_incident_however_long(store: Store, database: Watched) -> None:
    gauge = Gauge(database, Limits(), [API])
    at = judged(store, [API], gauge)
    assert {at(minute) for minute in range(0, 120, 10)} == {Level.OK}
    (last,) = gauge.measure(AT, {})
    assert last.measured == Missing(reason="no Prometheus is configured", configured=False)
    database.close()


def test_the_newest_row_is_found_by_an_index(read: psycopg.Connection) -> None:
    text = SQL["freshness"].text.format(schema="scout", table="bronze_transactions_raw", column="created_at")
    plan = "\n".join(str(row[0]) for row in read.execute(f"explain {text}".encode()))
    assert "Index Only Scan" in plan or "Index Scan" in plan
    assert "Seq Scan" not in plan
