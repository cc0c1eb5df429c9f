"""Views tells how old each materialized view is, whether its readers wait for a refresh, and whether pg_cron does it."""

import threading
import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, await_that, house_of, table
from store_fixture import approval, plan

from bot.approval import StepRecord, StepState
from bot.report import Level, Report, Table
from practice.data_faults import UnrefreshedViews
from practice.database import PracticeDatabase

SCHEDULED = """
create extension pg_cron;
select cron.schedule('0 */2 * * *', 'refresh materialized view concurrently scout.mv_store_daily_metrics');
select cron.schedule('5 * * * *', 'select refresh_gold_layer()');
select cron.schedule('7 * * * *', 'select count(*) from scout.dim_store');
create function refresh_gold_layer() returns void language plpgsql as
  $$ begin refresh materialized view concurrently scout.gold_daily_aggregates; end $$;
insert into cron.job_run_details (jobid, runid, database, username, status, return_message, start_time)
  select 1, n, 'scout', 'postgres', 'failed', 'ERROR: cannot refresh materialized view "maria" concurrently', now() from generate_series(1, 40) as n;
insert into cron.job_run_details (jobid, runid, database, username, status, start_time)
  values (2, 41, 'scout', 'postgres', 'succeeded', now());
"""
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
CRON = Path("/usr/share/postgresql/15/extension/pg_cron.control")

# Each view has a column that looks like its age; only the last two can be compared.
TRAPS = """
set role scout_owner;
set search_path = scout;
create table "Odd ""Source" ("Made at" timestamptz, other_at timestamptz, plain_at timestamp, n integer);
create table twin (made_at timestamptz, n integer);
create table other_twin (made_at timestamptz, n integer);
insert into "Odd ""Source" values (now(), now() - interval '5 days', now(), 1);
insert into twin values (now(), 1);
insert into other_twin values (now() - interval '9 days', 1);
create view plain as select * from twin;
create materialized view filtered as select max(made_at) filter (where n > 1) as last_made_at from twin;
create materialized view expressed as select max(made_at + interval '1 h') as last_made_at from twin;
create materialized view two_sources as
  select max(t.made_at) as last_made_at, o.made_at from twin t join other_twin o using (n) group by o.made_at;
create materialized view through_a_view as select max(made_at) as last_made_at from plain;
create materialized view without_zone as select max(plain_at) as last_plain_at from "Odd ""Source";
create materialized view least as select min(made_at) as last_made_at from twin;
create materialized view joined as
  select max(t.made_at) as last_made_at, count(d.store_id) as stores from twin t left join dim_store d on d.store_id = t.n;
create materialized view "Odd 100% ""View" as
  select max(other_at) as "max_Other", max(o."Made at") as "last_""made" from "Odd ""Source" o;
create unique index "odd index" on "Odd 100% ""View" ("last_""made") where "last_""made" > '2020-01-01';
create materialized view stacked as select "last_""made" as last_made from "Odd 100% ""View";
insert into "Odd ""Source" values (now() + interval '90 minutes', now(), now(), 2);
insert into twin values (now() + interval '30 minutes', 2), ('infinity', 2);
reset role;
reset search_path;
"""
NOT_COMPARED = {
    "filtered",
    "expressed",
    "two_sources",
    "through_a_view",
    "without_zone",
    "least",
    "stacked",
    "mv_store_daily_metrics",
}


@pytest.fixture
def house(practice_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path) as opened:
        yield opened


@pytest.fixture
def trapped(admin: psycopg.Connection) -> Generator[None]:
    """Views whose age can be seen, and those where it only seems so."""
    admin.execute(TRAPS)
    yield
    admin.execute('drop table scout.twin, scout.other_twin, scout."Odd ""Source" cascade')


def rows(report: Report) -> dict[object, tuple[object, ...]]:
    return {row[0]: row[1:] for row in table(report).rows}


def more(report: Report) -> dict[object, tuple[object, ...]]:
    (found,) = report.more
    assert isinstance(found, Table)
    return {row[0]: row[1:] for row in found.rows}


def test_what_is_behind_its_source_is_found_and_after_a_refresh_it_is_not(
    own_database: PracticeDatabase, tmp_path: Path
) -> None:
    fault = UnrefreshedViews(own_database)
    with house_of(own_database, tmp_path) as house:
        fault.start()
        report = house.report("views")
        assert report.verdict.level is Level.ALERT
        assert report.verdict.text.startswith("gold_customer_insights is 3 h ")
        assert report.verdict.text.endswith("behind silver_transactions_cleaned, and 2 views more. Press Refresh all")
        for step in house.plan("refresh all").steps:
            house.carry_out(step)
        calm = house.report("matviews")
    assert calm.verdict.level is Level.OK
    assert calm.verdict.text == (
        "3 of 4 views can be compared: up to date; readers of mv_store_daily_metrics wait while it is refreshed"
    )


def test_why_readers_wait_and_who_reads_is_said(house: House) -> None:
    report = house.report("views")
    assert rows(report)["mv_store_daily_metrics"][0] == "readers wait"
    assert rows(report)["gold_daily_aggregates"][0] == "readers go on"
    level, reads, read_by, how = more(report)["mv_store_daily_metrics"]
    assert (level, reads, read_by) == (0, "", "gold_store_performance")
    assert how == "no: it has no unique index on plain columns without WHERE"


@pytest.mark.usefixtures("trapped")
def test_only_a_newest_moment_of_one_known_source_is_compared(house: House) -> None:
    report = house.report("views")
    (without,) = [note for note in report.notes if note.startswith("Without a column")]
    assert {"expressed", "filtered", "least"} <= set(without.split(": ")[1].split(", "))
    behind = {name: row[1] for name, row in rows(report).items() if row[1] is not None}
    assert behind.keys() & NOT_COMPARED == set()
    assert round(float(str(behind['Odd 100% "View']))) == 5400
    assert 1700 < float(str(behind["joined"])) < 1900


@pytest.mark.usefixtures("trapped")
def test_the_reason_against_a_concurrent_refresh_names_the_index(house: House) -> None:
    assert more(house.report("views"))['Odd 100% "View'][3] == "no: its unique index odd index has a WHERE"
    assert more(house.report("views"))["stacked"][:2] == (1, 'Odd 100% "View')


def test_a_view_that_was_never_populated_comes_first(house: House, admin: psycopg.Connection) -> None:
    admin.execute("create materialized view scout.zzz_empty as select 1 as one with no data")
    try:
        report = house.report("views")
    finally:
        admin.execute("drop materialized view scout.zzz_empty")
    assert report.verdict.level is Level.ALERT
    assert report.verdict.text == "zzz_empty was never populated, so nobody can read it"
    assert table(report).rows[0][:3] == ("zzz_empty", "never populated", None)


def test_locked_views_are_named_and_nothing_waits_for_them(house: House, admin: psycopg.Connection) -> None:
    with admin.transaction():
        admin.execute("lock table scout.silver_transactions_cleaned in access exclusive mode")
        report = house.report("views")
    assert "or about to be: gold_customer_insights, gold_daily_aggregates, gold_regional_performance" in " ".join(
        report.notes
    )
    assert all(row[1] is None for row in rows(report).values())


def test_a_source_with_a_locked_partition_is_left_out_and_named(
    house: House, admin: psycopg.Connection, practice_database: PracticeDatabase
) -> None:
    admin.execute("""
        create table scout.parted (at timestamptz not null) partition by range (at);
        create table scout.parted_all partition of scout.parted default;
        create index on scout.parted (at);
        create materialized view scout.of_parted as select max(at) as last_at from scout.parted;
        grant select on all tables in schema scout to scout_read;
    """)
    try:
        with psycopg.connect(practice_database.admin_url) as holder:
            holder.execute("lock table scout.parted_all in access exclusive mode")
            notes = house.report("views").notes
        assert "of_parted was not compared: its source is locked or too slow, see active." in notes
        assert rows(house.report("views"))["of_parted"][1] is None
    finally:
        admin.execute("drop table scout.parted cascade")


def test_a_statement_that_waits_for_its_lock_holds_nobody_up(
    house: House, admin: psycopg.Connection, app: psycopg.Connection, practice_database: PracticeDatabase
) -> None:
    """The queue behind an ALTER TABLE is where other tools hang."""
    ddl = b"alter table scout.silver_transactions_cleaned alter column quantity set default 1"
    waits = b"select count(*) from pg_locks where not granted and mode = 'AccessExclusiveLock'"
    with psycopg.connect(practice_database.admin_url, autocommit=True) as changer:
        waiting = threading.Thread(target=changer.execute, args=(ddl,))
        with app.transaction():
            app.execute("select count(*) from scout.silver_transactions_cleaned where store_id = 1")
            waiting.start()
            await_that(lambda: (admin.execute(waits).fetchone() or (0,))[0] > 0)
            began = time.monotonic()
            for text in ("views", "partitions", "cache"):
                house.report(text)
            took = time.monotonic() - began
        waiting.join(10)
    assert took < 3


def test_a_refresh_under_way_is_said(house: House, admin: psycopg.Connection) -> None:
    with admin.transaction():
        admin.execute("refresh materialized view concurrently scout.gold_daily_aggregates")
        notes = " ".join(house.report("views").notes)
    assert f"Being refreshed or changed now: gold_daily_aggregates (pid {admin.info.backend_pid})." in notes


def test_the_last_refresh_is_told_from_scouts_own_record(house: House) -> None:
    at = datetime.now(UTC) - timedelta(hours=2)
    asked = approval("r1", command="refresh", at=at, database="scout")
    asked = asked.model_copy(update={"plan": plan("Refresh gold_daily_aggregates")})
    ended = at + timedelta(seconds=2.5)
    done = StepRecord(approval="r1", number=0, state=StepState.DONE, started_at=at, ended_at=ended)
    with house.store.change() as change:
        change.add_approval(asked)
        change.swap_step({StepState.WAITING}, done)
    found = rows(house.report("views"))
    assert found["gold_daily_aggregates"][2:4] == ("1 h 59 min ago", 2.5)
    assert found["mv_store_daily_metrics"][2:4] == ("never", None)


@pytest.fixture
def scheduled(monkeypatch: pytest.MonkeyPatch) -> Generator[PracticeDatabase]:
    """A PostgreSQL 15 with the real pg_cron, its tables and its row security; the runs were written, not waited for."""
    if not (CRON.exists() and DEBIAN_15.exists()):
        pytest.skip("pg_cron is not installed (Debian packages postgresql-15 and postgresql-15-cron)")
    monkeypatch.setenv("PG", str(DEBIAN_15))
    told = {"shared_preload_libraries": "pg_stat_statements,pg_cron", "cron.database_name": "scout"}
    with PracticeDatabase(settings=told) as database:
        with psycopg.connect(database.admin_url, autocommit=True) as admin:
            admin.execute(SCHEDULED)
        yield database


def test_jobs_of_pg_cron_and_their_failures_are_told_once_they_may_be_read(
    scheduled: PracticeDatabase, tmp_path: Path
) -> None:
    with (
        house_of(scheduled, tmp_path) as house,
        psycopg.connect(scheduled.admin_url, autocommit=True) as admin,
    ):
        hidden = house.report("views")
        (note,) = [note for note in hidden.notes if "pg_cron" in note]
        assert note.startswith(
            "pg_cron's jobs are hidden from Scout. Run there: grant usage on schema cron to scout_read;"
        )
        admin.execute(note.split("Run there: ")[1].encode())
        report = house.report("views")
        assert report.verdict.level is Level.ALERT
        assert report.verdict.text == (
            "pg_cron job 1 fails (40 of its last 40 runs, for want of a unique index), "
            "and with it the refresh of mv_store_daily_metrics"
        )
        jobs = report.parts[1]
        assert isinstance(jobs, Table)
        assert [(row[0], row[2], row[3]) for row in jobs.rows] == [
            (1, "mv_store_daily_metrics", "40 of 40"),
            (2, "gold_daily_aggregates", "0 of 1"),
        ]
        assert "maria" not in str(report)
        admin.execute("select cron.unschedule(1)")
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where backend_type like 'pg_cron%'")
        await_that(lambda: "pg_cron does not run" in house.report("views").verdict.text)


def test_a_schema_without_views_gets_an_answer(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute("drop schema scout cascade")
    with house_of(own_database, tmp_path) as house:
        assert house.report("views").verdict.text == "There is no materialized view in the schema scout"
