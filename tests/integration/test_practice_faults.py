"""Each fault can be seen where Scout looks for it, and leaves nothing behind."""

import time
from collections.abc import Callable, Generator

import psycopg
import pytest

from practice.database import PracticeDatabase
from practice.fault import Fault
from practice.faults import database_faults
from practice.workload import Workload

NAMES = (
    "long-query",
    "lock-queue",
    "stale-data",
    "unrefreshed-views",
    "connections",
    "bloat",
    "invalid-index",
    "database-down",
)
STRAY_SESSIONS = """
select count(*) from pg_stat_activity
where backend_type = 'client backend' and usename in ('scout_app', 'scout_report', 'scout_owner')
"""
LONG_QUERIES = "select count(*) from pg_stat_activity where state = 'active' and query like '%%pg_sleep%%' and pid <> pg_backend_pid()"
QUEUE = (
    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and cardinality(pg_blocking_pids(pid)) > 0"
)
ROOT = """
with waiting as (select pid, unnest(pg_blocking_pids(pid)) as blocker from pg_stat_activity where wait_event_type = 'Lock')
select distinct blocker from waiting where blocker not in (select pid from waiting)
"""
FRESHNESS = "select extract(epoch from now() - max(created_at)) / 60 from scout.bronze_transactions_raw"
VIEW_LAG = """
select extract(epoch from max(created_at) - (select max(last_transaction_at) from scout.gold_daily_aggregates)) / 60
from scout.silver_transactions_cleaned where deleted_at is null
"""
SALES = "select count(*), sum(peso_value), max(transaction_id) from scout.silver_transactions_cleaned"
IDLE = "select count(*) from pg_stat_activity where state = 'idle in transaction'"
DEAD = "select n_dead_tup from pg_stat_user_tables where relname = 'bronze_transactions_raw'"
OPTIONS = "select coalesce(reloptions::text, '') from pg_class where oid = 'scout.bronze_transactions_raw'::regclass"
INVALID = "select count(*) from pg_index where not indisvalid"
INDEX = "select count(*) from pg_class where relname = 'idx_transactions_customer'"
COLUMN = "select count(*) from pg_attribute where attname = 'loyalty_points'"

Find = Callable[[str], Fault]


@pytest.fixture(scope="module")
def find(practice_database: PracticeDatabase) -> Find:
    """The faults of the shared database by name; its workload does not run."""
    faults = {fault.name: fault for fault in database_faults(practice_database, Workload(practice_database.app_url))}
    return faults.__getitem__


@pytest.fixture
def fault(request: pytest.FixtureRequest, find: Find) -> Generator[Fault]:
    """The fault that the test names, undone afterwards."""
    found = find(request.param)
    yield found
    found.undo()


def number(connection: psycopg.Connection, query: str) -> float:
    row = connection.execute(query.encode()).fetchone()
    assert row
    return float(row[0])


def soon(reached: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.02)
    return reached()


def test_the_panel_offers_every_fault_of_the_database(find: Find) -> None:
    assert {find(name).group for name in NAMES} == {"database"}


@pytest.mark.parametrize("fault", NAMES, indirect=True)
def test_a_fault_started_and_undone_twice_is_off(fault: Fault, practice_database: PracticeDatabase) -> None:
    fault.start()
    fault.start()
    assert fault.is_on
    fault.undo()
    fault.undo()
    assert not fault.is_on
    with psycopg.connect(practice_database.admin_url) as admin:
        assert soon(lambda: number(admin, STRAY_SESSIONS) == 0)


@pytest.mark.parametrize("fault", ["long-query"], indirect=True)
def test_long_queries_run_until_the_operator_ends_them(fault: Fault, operate: psycopg.Connection) -> None:
    fault.start()
    assert number(operate, LONG_QUERIES) == 3
    operate.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()"
    )
    assert soon(lambda: not fault.is_on)


@pytest.mark.parametrize("fault", ["lock-queue"], indirect=True)
def test_a_lock_queue_drains_when_the_operator_ends_its_root(fault: Fault, operate: psycopg.Connection) -> None:
    fault.start()
    roots = operate.execute(ROOT.encode()).fetchall()
    assert len(roots) == 1
    assert number(operate, QUEUE) == 9
    operate.execute("select pg_terminate_backend(%s)", roots[0])
    assert soon(lambda: not fault.is_on)
    assert soon(lambda: number(operate, QUEUE) == 0)
    assert number(operate, COLUMN) == 0


@pytest.mark.parametrize("fault", ["stale-data"], indirect=True)
def test_stale_data_is_more_than_two_hours_old_and_gets_its_time_back(fault: Fault, read: psycopg.Connection) -> None:
    before = number(read, FRESHNESS)
    fault.start()
    assert 120 < number(read, FRESHNESS) < 240
    fault.undo()
    assert number(read, FRESHNESS) == pytest.approx(before, abs=1)


@pytest.mark.parametrize("fault", ["unrefreshed-views"], indirect=True)
def test_unrefreshed_views_lack_three_hours_and_no_sale_is_lost(fault: Fault, read: psycopg.Connection) -> None:
    sales = read.execute(SALES.encode()).fetchone()
    fault.start()
    assert number(read, VIEW_LAG) > 120
    assert read.execute(SALES.encode()).fetchone() == sales
    fault.undo()
    assert number(read, VIEW_LAG) == 0


@pytest.mark.parametrize("fault", ["unrefreshed-views"], indirect=True)
def test_views_that_scout_has_refreshed_are_no_fault_any_more(fault: Fault, operate: psycopg.Connection) -> None:
    fault.start()
    operate.execute("refresh materialized view concurrently scout.gold_daily_aggregates")
    operate.execute("refresh materialized view concurrently scout.gold_regional_performance")
    assert fault.is_on
    operate.execute("refresh materialized view concurrently scout.gold_customer_insights")
    assert not fault.is_on


@pytest.mark.parametrize("fault", ["connections"], indirect=True)
def test_the_pile_up_is_idle_in_transaction_and_still_lets_scout_in(fault: Fault, operate: psycopg.Connection) -> None:
    fault.start()
    assert number(operate, IDLE) == 45
    operate.execute("select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction'")
    assert soon(lambda: not fault.is_on)


@pytest.mark.parametrize("fault", ["bloat"], indirect=True)
def test_bloat_is_seen_in_the_statistics_and_gone_with_a_vacuum(fault: Fault, operate: psycopg.Connection) -> None:
    fault.start()
    assert number(operate, DEAD) > 90_000
    operate.execute("vacuum scout.bronze_transactions_raw")
    assert soon(lambda: not fault.is_on)
    fault.undo()
    assert operate.execute(OPTIONS.encode()).fetchone() == ("",)


@pytest.mark.parametrize("fault", ["invalid-index"], indirect=True)
def test_an_invalid_index_can_be_rebuilt_by_the_operator_and_goes_with_the_fault(
    fault: Fault, operate: psycopg.Connection
) -> None:
    fault.start()
    assert number(operate, INVALID) == 1
    operate.execute("reindex index concurrently scout.idx_transactions_customer")
    assert not fault.is_on
    fault.undo()
    assert number(operate, INDEX) == 0


@pytest.mark.parametrize("name", NAMES[:-1])
def test_a_fault_undone_while_the_database_is_down_is_gone_when_it_is_back(name: str, find: Find) -> None:
    fault, down = find(name), find("database-down")
    fault.start()
    down.start()
    fault.undo()
    assert not fault.is_on
    down.undo()
    assert not fault.is_on
    fault.start()
    assert fault.is_on
    fault.undo()


def test_a_fault_that_cannot_be_started_says_so_in_a_sentence(find: Find) -> None:
    find("database-down").start()
    with pytest.raises(RuntimeError, match="Undo the other faults first"):
        find("long-query").start()
    find("database-down").undo()
    find("long-query").start()
    assert find("long-query").is_on
    find("long-query").undo()


def test_sessions_of_a_fault_end_with_a_crash_and_data_faults_stay(
    practice_database: PracticeDatabase, find: Find
) -> None:
    find("connections").start()
    find("stale-data").start()
    practice_database.kill()
    practice_database.start()
    assert not find("connections").is_on
    assert find("stale-data").is_on
    find("connections").undo()
    find("stale-data").undo()
    assert not find("stale-data").is_on
