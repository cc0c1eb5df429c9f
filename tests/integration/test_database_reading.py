"""A database in Scout's care is read in one round trip, never for long, and says in a sentence what is wrong."""

import socket
import threading
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from statistics import median

import psycopg
import pytest
from slow_proxy import slow_way

from bot.command import Row
from bot.database import Locked, Watched
from bot.errors import Cannot, DatabaseDown, ScoutError, TooSlow, Unavailable
from bot.sql import Statement
from practice.database import PracticeDatabase


class One(Row):
    """A number."""

    n: float


class When(Row):
    at: datetime


class Named(Row):
    name: str


def asking(sql: str, name: str = "test.one") -> Statement:
    return Statement(name, sql)


@pytest.fixture
def watched(practice_database: PracticeDatabase) -> Generator[Watched]:
    database = Watched("main", practice_database.read_url, practice_database.operate_url, "scout")
    yield database
    database.close()


@pytest.fixture
def own(own_database: PracticeDatabase) -> Generator[Watched]:
    database = Watched("main", own_database.read_url, own_database.operate_url, "scout")
    yield database
    database.close()


def elapsed(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


# --- facts and rows


def test_the_facts_tell_what_is_installed_and_allowed(watched: Watched) -> None:
    facts = watched.facts()
    assert facts.server_version >= 140000
    assert (facts.role, facts.reads_all_stats, facts.is_replica) == ("scout_read", True, False)
    assert (facts.pgss_schema, facts.pgss_loaded, facts.schema_exists) == ("public", True, True)


def test_a_schema_that_is_not_there_is_a_fact(practice_database: PracticeDatabase) -> None:
    database = Watched("main", practice_database.read_url, practice_database.operate_url, "elsewhere")
    assert not database.facts().schema_exists
    database.close()


def test_rows_come_as_models_with_decimals_as_floats_and_times_in_utc(watched: Watched) -> None:
    assert watched.rows(asking("select 1.5::numeric as n union all select 2 order by n"), One) == [One(n=1.5), One(n=2)]
    (when,) = watched.rows(asking("select timestamptz '2026-03-01 04:00+01' as at"), When)
    assert when.at == datetime(2026, 3, 1, 3, tzinfo=UTC)
    assert when.at.utcoffset() == UTC.utcoffset(None)


def test_values_go_as_values_and_a_doubled_percent_is_one(watched: Watched) -> None:
    evil = "x'; drop table scout.dim_store; --"
    found = watched.rows(asking("select %(word)s::text as name where 'a%%b' like 'a%%'"), Named, word=evil)
    assert found == [Named(name=evil)]


@pytest.mark.parametrize("evil", ['a"b', "a%b", "a%(x)s", "a.b", "a; drop table x", "ä'"])
def test_names_are_quoted_whatever_they_hold(watched: Watched, evil: str) -> None:
    (found,) = watched.rows(
        asking("select n::text as name from (select 7 as {column}) as t(n)"), Named, {"column": evil}
    )
    assert found.name == "7"


def test_the_schema_and_the_home_of_pg_stat_statements_are_known_names(watched: Watched) -> None:
    (stores,) = watched.rows(asking("select count(*) as n from {schema}.dim_store"), One)
    assert stores.n > 0
    assert watched.rows(asking("select count(*) as n from {pgss}.pg_stat_statements"), One)


def test_a_name_that_nobody_gave_is_a_bug(watched: Watched) -> None:
    with pytest.raises(LookupError, match="needs the name table"):
        watched.rows(asking("select 1 as n from {table}"), One)


def test_reading_cannot_write_even_with_the_right_to(practice_database: PracticeDatabase) -> None:
    owner = Watched("main", practice_database.owner_url, practice_database.owner_url, "scout")
    with pytest.raises(RuntimeError, match="25006"):
        owner.rows(asking("delete from scout.dim_store returning 1 as n"), One)
    owner.close()


def test_what_a_wrong_statement_says_goes_to_the_log_without_its_values(watched: Watched) -> None:
    with pytest.raises(RuntimeError) as failure:
        watched.rows(asking("select 'hunter2'::int as n", "slow.broken"), One)
    assert "slow.broken" in str(failure.value)
    assert "hunter2" not in str(failure.value)
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__


# --- together


def test_one_failing_question_does_not_take_the_others_with_it(watched: Watched) -> None:
    with watched.together() as together:
        first = together.ask(asking("select 1 as n"), One)
        missing = together.ask(asking("select n from scout.not_there"), One)
        second = together.ask(asking("select %(n)s::int as n"), One, n=2)
        denied = together.ask(asking("select 1 as n from pg_authid"), One)
        third = together.ask(asking("select 3 as n"), One)
    assert (first.row.n, second.row.n, third.row.n) == (1, 2, 3)
    assert isinstance(missing.error, Cannot)
    with pytest.raises(Cannot, match="grant select on pg_authid to scout_read;"):
        _ = denied.rows


def test_nothing_is_asked_when_nobody_asks(watched: Watched) -> None:
    with watched.together():
        pass


def test_six_questions_together_cost_one_round_trip(practice_database: PracticeDatabase) -> None:
    with slow_way(practice_database.port, 0.025) as way:
        database = Watched("main", way.url(practice_database.read_url), practice_database.operate_url, "scout")
        database.facts()

        def six() -> None:
            with database.together() as together:
                for number in range(6):
                    together.ask(asking("select %(n)s::int as n"), One, n=number)

        with psycopg.connect(way.url(practice_database.read_url), autocommit=True) as plain:
            single = median(elapsed(lambda: plain.execute("select 1")) for _ in range(5))
        ratio = median(elapsed(six) for _ in range(5)) / single
        database.close()
    assert ratio < 1.5


# --- what can go wrong


def test_a_lock_is_not_waited_for(watched: Watched, admin: psycopg.Connection) -> None:
    watched.facts()
    with admin.transaction():
        admin.execute("lock table scout.dim_store in access exclusive mode")
        with watched.together() as together:
            locked = together.ask(asking("select count(*) as n from scout.dim_store"), One)
            free = together.ask(asking("select 1 as n"), One)
    assert isinstance(locked.error, Locked)
    assert free.row.n == 1


def test_a_question_that_was_cancelled_is_too_slow(watched: Watched, admin: psycopg.Connection) -> None:
    errors: list[ScoutError] = []

    def ask() -> None:
        with pytest.raises(TooSlow) as failure:
            watched.rows(asking("select pg_sleep(30)::text as name"), Named)
        errors.append(failure.value)

    asker = threading.Thread(target=ask)
    asker.start()
    deadline = time.monotonic() + 10
    while asker.is_alive() and time.monotonic() < deadline:
        admin.execute(
            "select pg_cancel_backend(pid) from pg_stat_activity where query like 'select pg_sleep(30)%' and state = 'active'"
        )
    asker.join(10)
    assert [type(error) for error in errors] == [TooSlow]


@pytest.mark.parametrize(
    ("sql", "advice"),
    [
        ("select n from scout.not_there", "check the names in the settings"),
        ("select n from nowhere.not_there", "check the names in the settings"),
        ("select not_a_function() as n", "create extension"),
        ("select not_a_column as n from scout.dim_store", "check the names in the settings"),
        ("select 1 as n from pg_authid", "grant select on pg_authid to scout_read;"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(watched: Watched, sql: str, advice: str) -> None:
    watched.facts()
    with pytest.raises(Cannot) as failure:
        watched.rows(asking(sql), One)
    assert advice in str(failure.value).lower()


def test_without_pg_stat_statements_the_answer_says_how_to_get_it(own: Watched, own_database: PracticeDatabase) -> None:
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute("drop extension pg_stat_statements cascade")
    with own.together() as together:
        statements = together.ask(asking("select count(*) as n from {pgss}.pg_stat_statements"), One)
        other = together.ask(asking("select 1 as n"), One)
    assert other.row.n == 1
    with pytest.raises(Cannot, match="create extension pg_stat_statements"):
        _ = statements.rows


def test_a_library_that_is_not_loaded_is_said_as_the_server_says_it(
    watched: Watched, admin: psycopg.Connection
) -> None:
    admin.execute(UNLOADED)
    with pytest.raises(Cannot, match="add pg_stat_statements to shared_preload_libraries and restart"):
        watched.rows(asking("select public.unloaded() as n"), One)
    admin.execute("drop function public.unloaded()")


UNLOADED = """
create function public.unloaded() returns int language plpgsql as $$
begin
  raise object_not_in_prerequisite_state using message = 'pg_stat_statements must be loaded via "shared_preload_libraries"';
end $$
"""


# --- down and up again


def test_a_database_that_is_down_is_said_to_be_at_once_and_comes_back(
    own: Watched, own_database: PracticeDatabase
) -> None:
    assert own.rows(asking("select 1 as n"), One)
    own_database.restart()
    assert own.rows(asking("select 1 as n"), One), "a line that died in its sleep is nobody's business"
    own_database.stop()
    with pytest.raises(DatabaseDown, match=r"main does not answer \(connection refused\)\. Check"):
        own.rows(asking("select 1 as n"), One)
    with pytest.raises(DatabaseDown):
        own.facts()
    own_database.start()
    await_one(own)
    assert own.facts().schema_exists
    killer = threading.Timer(0.3, own_database.kill)
    killer.start()
    with pytest.raises(DatabaseDown):
        own.rows(asking("select pg_sleep(10)::text as name"), Named)
    killer.join()


def await_one(database: Watched) -> None:
    """Ask until it answers."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            assert database.rows(asking("select 1 as n"), One)
        except DatabaseDown:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("it did not come back")


def test_twenty_who_wait_for_a_silent_host_wait_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://reader:hunter2@127.0.0.1:{silent.getsockname()[1]}/db"
        database = Watched("main", url, url, "scout")

        def ask() -> None:
            with pytest.raises(DatabaseDown, match="no answer in time"):
                database.rows(asking("select 1 as n"), One)

        askers = [threading.Thread(target=ask) for _ in range(20)]
        took = elapsed(lambda: [[asker.start() for asker in askers], [asker.join(10) for asker in askers]])
    assert took < 4


def test_a_server_that_falls_silent_in_the_middle_is_hung_up_on(practice_database: PracticeDatabase) -> None:
    url = practice_database.read_url
    database = Watched("main", url, url, "scout", hang_up_s=0.3)
    database.facts()
    began = time.monotonic()
    with pytest.raises(DatabaseDown, match="the connection was lost"):
        database.rows(asking("select pg_sleep(10)::text as name"), Named)
    assert time.monotonic() - began < 5
    assert database.rows(asking("select 1 as n"), One)
    database.close()


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("//scout_read:", "//scout_read:hunter2", "refused Scout's login"),
        ("//scout_read:", "//nobody_here:hunter2", "refused Scout's login"),
        ("/scout", "/hunter2", "no database of that name"),
    ],
)
def test_a_wrong_address_is_said_without_its_password(
    practice_database: PracticeDatabase, right: str, wrong: str, said: str
) -> None:
    before, found, after = practice_database.read_url.rpartition(right)
    assert found
    database = Watched("main", before + wrong + after, before + wrong + after, "scout")
    with pytest.raises(Unavailable) as failure:
        database.facts()
    assert said in str(failure.value)
    assert "hunter2" not in str(failure.value)


def test_when_every_slot_is_taken_scout_still_answers_and_still_acts() -> None:
    with PracticeDatabase(max_connections=12) as practice:
        ready = Watched("main", practice.read_url, practice.operate_url, "scout")
        ready.stay_ready()
        crowd = taken_slots(practice.app_url)
        assert ready.rows(asking("select 1 as n"), One)
        with ready.operate("scout run 1/1") as operation:
            assert operation.run("select 1", 5, 1).rows == [(1,)]
        late = Watched("main", practice.read_url, practice.operate_url, "scout")
        with pytest.raises(Unavailable, match="no connection slot left"):
            late.facts()
        with pytest.raises(Unavailable, match="pg_use_reserved_connections"), late.operate("scout run 1/2"):
            pass
        for connection in crowd:
            connection.close()
        ready.close()


def taken_slots(url: str) -> list[psycopg.Connection]:
    """Every slot that is to be had."""
    taken: list[psycopg.Connection] = []
    while True:
        try:
            taken.append(psycopg.connect(url))
        except psycopg.OperationalError:
            return taken


def test_twenty_at_once_use_four_connections(watched: Watched) -> None:
    watched.facts()
    seen: list[str] = []

    def ask() -> None:
        seen.extend(
            row.name for row in watched.rows(asking("select pg_backend_pid()::text as name from pg_sleep(0.05)"), Named)
        )

    askers = [threading.Thread(target=ask) for _ in range(20)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(10)
    assert len(seen) == 20
    assert 1 <= len(set(seen)) <= 4
