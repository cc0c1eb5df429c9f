"""Statements are counted by the second: the percentile is true, and a database that goes away is noticed."""

from collections.abc import Generator

import psycopg
import pytest

from bot.database import Watched
from bot.watch.census import Lookout
from commands.census import STATEMENTS, durations
from practice.database import PracticeDatabase
from tests.integration.command_fixture import await_that
from tests.integration.truth_census import WORKLOADS, run


@pytest.fixture
def lookout(practice_database: PracticeDatabase) -> Generator[Lookout]:
    database = Watched("scout", practice_database.read_url, practice_database.operate_url, "scout")
    one = Lookout(database, STATEMENTS)
    yield one
    one.close()
    database.close()


def test_what_ran_is_seen_with_the_time_it_took(lookout: Lookout, admin: psycopg.Connection) -> None:
    lookout.take()
    admin.execute("select pg_sleep(1.7)")
    seen: list[float] = []
    await_that(lambda: bool(seen.extend(durations(lookout.take(), 60)) or seen))
    assert max(seen) == pytest.approx(1.7, abs=0.7)


def test_a_connection_that_is_ended_is_opened_again_and_the_window_is_not_whole(
    lookout: Lookout, admin: psycopg.Connection
) -> None:
    lookout.take()
    await_that(lambda: lookout.take().whole)
    admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'scout'")
    await_that(lambda: lookout.take().whole)


@pytest.mark.slow
def test_the_counted_percentile_is_the_true_one(practice_database: PracticeDatabase) -> None:
    found = run(practice_database, WORKLOADS[0], 12)
    assert found.note.startswith("counted")
    assert abs(found.error) < 15
