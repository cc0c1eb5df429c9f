"""Expired rows of query_cache are deleted in batches, fresh ones stay, and who cannot be read is said."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, house_of

from bot.command import Risk
from bot.report import Level
from practice.database import PracticeDatabase

FILL = """
insert into scout.query_cache (cache_key, result, expires_at)
select 'many ' || n, '1', now() - interval '1 hour' from generate_series(1, 25000) as n
"""
FRESH = "select count(*) filter (where expires_at >= now()), count(*) filter (where expires_at < now()) from scout.query_cache"


@pytest.fixture
def house(own_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(own_database, tmp_path) as opened:
        yield opened


def test_more_than_one_batch_of_expired_rows_goes_and_fresh_ones_stay(
    house: House, own_database: PracticeDatabase
) -> None:
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute(FILL)
        admin.execute(
            "insert into scout.query_cache (cache_key, expires_at) values ('fresh', now() + interval '1 hour')"
        )
        plan = house.plan("cache purge")
        (step,) = plan.steps
        assert plan.risk is Risk.MEND
        assert plan.summary.startswith("Delete 25,")
        assert [one.binding for one in house.plan("clear cache").steps] == [step.binding]
        assert not house.check(step)[0]
        assert house.carry_out(step) == "0 expired rows left"
        fresh, expired = admin.execute(FRESH).fetchone() or (0, 1)
        assert fresh >= 1
        assert expired == 0
    answer = house.report("cache purge")
    assert answer.verdict.level is Level.OK
    assert answer.verdict.text == "Nothing has expired in query_cache"


def test_a_row_that_is_written_anew_meanwhile_stays_and_what_was_committed_stays_deleted(
    house: House, own_database: PracticeDatabase
) -> None:
    with (
        psycopg.connect(own_database.app_url) as app,
        psycopg.connect(own_database.admin_url, autocommit=True) as admin,
    ):
        admin.execute(FILL)
        (step,) = house.plan("cache purge").steps
        app.execute(
            "update scout.query_cache set expires_at = now() + interval '1 hour' where cache_key = 'many 25000'"
        )
        with pytest.raises(Exception, match="locked"):
            house.carry_out(step.model_copy(update={"lock_timeout_s": 0.3}))
        app.commit()
        assert house.carry_out(step) == "0 expired rows left"
        assert admin.execute("select count(*) from scout.query_cache where cache_key = 'many 25000'").fetchone() == (1,)


def test_a_locked_table_is_named_and_a_missing_one_too(house: House, own_database: PracticeDatabase) -> None:
    with psycopg.connect(own_database.admin_url) as admin:
        admin.execute("lock table scout.query_cache")
        answer = house.report("cache purge")
        assert answer.verdict.level is Level.NO_DATA
        assert any("query_cache was not looked into: it is locked" in note for note in answer.notes)
        admin.rollback()
        admin.execute("drop table scout.query_cache")
        admin.commit()
        assert house.report("cache purge").verdict.text == "No table query_cache is read in the schema scout"
