"""Hit ratio and throughput compare the present with what the watch read earlier."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, await_counters, await_that, house_of, table

from commands.tps import ACTIVITY, Activity
from practice.database import PracticeDatabase


@pytest.fixture
def house(practice_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path) as opened:
        yield opened


def test_throughput_is_of_the_time_since_the_watch_was_round(house: House, app: psycopg.Connection) -> None:
    house.tick(ago_s=3600)
    house.tick(ago_s=60)
    for _ in range(60):
        app.execute("select 1")
    app.close()
    await_that(lambda: _committed(house) > 1)
    assert "Last 1 h" in [column.title for column in table(house.report("transaction rate")).columns]
    assert "rows/s into bronze_transactions_raw" in house.report("tps").verdict.text


def _committed(house: House) -> float:
    return float(str(table(house.report("tps")).rows[0][1]).removesuffix("/s"))


def test_rows_into_the_partitions_of_the_table_are_counted(house: House, admin: psycopg.Connection) -> None:
    admin.execute(
        "create schema partitioned; create table partitioned.bronze_transactions_raw (id int) partition by list (id)"
    )
    admin.execute("create table partitioned.one partition of partitioned.bronze_transactions_raw for values in (1)")
    try:
        admin.execute("insert into partitioned.bronze_transactions_raw select 1 from generate_series(1, 4711)")
        relation = '"partitioned"."bronze_transactions_raw"'
        await_counters(admin, lambda: _ingested(house, relation) == 4711)
    finally:
        admin.execute("drop schema partitioned cascade")


def _ingested(house: House, relation: str) -> int | None:
    (now,) = house.database.rows(ACTIVITY.statement, Activity, ingest_relation=relation)
    return now.ingested


def test_the_hit_ratio_answers_at_once_and_says_since_when(house: House, app: psycopg.Connection) -> None:
    assert "no earlier reading" in str(house.report("hitratio").notes)
    house.tick(ago_s=3600)
    app.execute("select count(*) from scout.bronze_transactions_raw")
    app.close()
    await_that(lambda: "bronze_transactions_raw" in str(house.report("hitratio").parts))
    assert "(1 h)" in house.report("cache hit ratio").verdict.text


def test_a_table_that_somebody_locks_does_not_hold_the_answer_up(house: House, admin: psycopg.Connection) -> None:
    with admin.transaction():
        admin.execute("lock table scout.bronze_transactions_raw in access exclusive mode")
        assert "bronze_transactions_raw" in str(house.report("hitratio since=reset").parts)
        assert house.report("tps").parts


def test_counters_that_nobody_reset_have_an_age_and_a_crash_begins_them_anew(
    own_database: PracticeDatabase, tmp_path: Path
) -> None:
    with house_of(own_database, tmp_path) as house:
        for text in ("tps", "hitratio"):
            assert " since the counters were reset at " in house.report(text).verdict.text
        house.tick(ago_s=3600)
        assert "(1 h)" in house.report("hitratio").verdict.text
        own_database.kill()
        own_database.start()
        for text in ("tps", "hitratio"):
            assert " since the counters were reset at " in house.report(text).verdict.text
