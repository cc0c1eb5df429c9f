"""Tables are vacuumed and analyzed, and that it was done is read from the catalog; what makes it useless is said first."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, await_counters, await_that, house_of

from bot.command import Plan, Risk, Sql
from bot.errors import BadInput, Cannot, StepFailed
from bot.report import Level, Report
from practice.data_faults import Bloat
from practice.database import PracticeDatabase

ODD = "Odd \"%I' Täble"


@pytest.fixture(scope="module")
def database() -> Generator[PracticeDatabase]:
    """A database with tables of every kind, none of which autovacuum touches."""
    with PracticeDatabase(settings={"autovacuum": "off"}) as practice:
        with psycopg.connect(practice.owner_url, autocommit=True) as owner:
            for line in TRAPS.split(";\n"):
                owner.execute(line.encode())
        yield practice


TRAPS = """
create table scout."Odd ""%I' Täble" as select g as id, g % 7 as kind from generate_series(1, 5000) as g;
delete from scout."Odd ""%I' Täble" where kind < 4;
create table scout.months (day date, amount int) partition by range (day);
create table scout.months_1 partition of scout.months for values from ('2026-01-01') to ('2026-02-01');
create table scout.months_2 partition of scout.months for values from ('2026-02-01') to ('2026-03-01') partition by list (amount);
create table scout."months_2 A" partition of scout.months_2 default;
insert into scout.months select date '2026-01-01' + g % 59, g from generate_series(1, 4000) as g;
create table scout.twin (id int);
create table scout."Twin" (id int);
create table scout.empty (id int)
"""


@pytest.fixture
def house(database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(database, tmp_path) as opened:
        yield opened


@pytest.fixture
def owner(database: PracticeDatabase) -> Generator[psycopg.Connection]:
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        yield connection


# --- vacuum TABLE


def test_a_table_with_an_odd_name_is_vacuumed_and_its_dead_rows_are_gone(house: House) -> None:
    plan = house.plan("""vacuum 'odd "%I\\' täble'""".replace("\\'", "'\"'\"'"))
    (step,) = plan.steps
    assert plan.risk is Risk.MEND
    assert step.title == f"Vacuum {ODD}"
    assert isinstance(step.do, Sql)
    assert step.do.statement == 'vacuum (analyze, skip_locked) scout."Odd ""%I\' Täble"'
    assert (step.timeout_s, step.lock_timeout_s) == (7200, 5)
    assert house.check(step) == (False, "0 of 1 vacuumed")
    assert house.carry_out(step).startswith("vacuumed and analyzed, 0 dead rows left of ")


def test_a_partitioned_table_is_vacuumed_when_all_its_partitions_are(house: House) -> None:
    (step,) = house.plan("vacuum scout.months").steps
    assert house.check(step) == (False, "0 of 2 vacuumed")
    assert house.carry_out(step).startswith("vacuumed and analyzed")


def test_a_materialized_view_and_a_table_of_another_schema_are_tables_too(
    house: House, database: PracticeDatabase
) -> None:
    assert house.carry_out(house.plan("vacuum gold_daily_aggregates").steps[0]).startswith("vacuumed and analyzed")
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        admin.execute("create table public.elsewhere (id int)")
        admin.execute("alter table public.elsewhere owner to scout_owner")
    (step,) = house.plan("vacuum public.elsewhere").steps
    assert step.title == "Vacuum public.elsewhere"
    assert house.carry_out(step).startswith("vacuumed and analyzed")


def test_a_typing_error_gets_the_nearest_name(house: House) -> None:
    with pytest.raises(
        BadInput, match=r"There is no table 'silver_transaction'\. Did you mean 'silver_transactions_cl"
    ):
        house.ask("vacuum silver_transaction")
    with pytest.raises(BadInput, match="There is no table 'pg_class'"):
        house.ask("analyze pg_class")
    with pytest.raises(BadInput, match="Type the one you mean exactly"):
        house.ask("vacuum TWIN")
    assert house.plan("vacuum Twin").steps[0].title == "Vacuum Twin"


def test_without_the_right_it_fails_with_what_postgresql_said(house: House, database: PracticeDatabase) -> None:
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        admin.execute("create table public.foreign_to_us (id int)")
    (step,) = house.plan("vacuum public.foreign_to_us").steps
    with pytest.raises(StepFailed, match=r"Nothing was done: .*foreign_to_us"):
        house.carry_out(step)


def test_a_locked_table_gets_an_answer_and_one_that_is_locked_later_fails(
    house: House, database: PracticeDatabase
) -> None:
    (step,) = house.plan("vacuum dim_store").steps
    with psycopg.connect(database.owner_url) as other:
        other.execute("lock table scout.dim_store")
        answer = house.report("vacuum dim_store")
        assert answer.verdict.text.startswith("dim_store is locked now")
        with pytest.raises(StepFailed, match="skipping"):
            house.carry_out(step)


def test_who_holds_an_old_snapshot_is_said_first(
    house: House, owner: psycopg.Connection, database: PracticeDatabase
) -> None:
    owner.execute("create table scout.held (id int)")
    owner.execute("insert into scout.held select generate_series(1, 2000)")
    owner.execute("vacuum scout.held")
    with psycopg.connect(database.app_url) as holder:
        holder.execute("set transaction isolation level repeatable read")
        holder.execute("select count(*) from scout.dim_store")
        owner.execute("delete from scout.held")
        burn(owner, 10_100)
        await_counters(owner, lambda: any("2,000 dead rows" in note for note in said(house, "vacuum held")))
        plan = house.plan("vacuum held")
        assert f"session pid {holder.info.backend_pid} holds an old snapshot" in plan.summary
        assert plan.summary.startswith("It would remove only what died before")
        assert plan.notes[0].startswith(f"Pid {holder.info.backend_pid} (scout_app, idle in transaction)")
        assert house.carry_out(plan.steps[0]) == "vacuumed and analyzed, 2000 dead rows left of 2000"
        assert house.plan("vacuum held").summary.startswith("It would remove nothing")
        assert any(
            note.startswith("held: not vacuumed, it would remove nothing") for note in said(house, "maintenance")
        )
    assert house.plan("vacuum held").summary == "Vacuum and analyze held; reads and writes go on"


def burn(owner: psycopg.Connection, transactions: int) -> None:
    """Let so many transactions begin."""
    owner.execute(
        f"do $$ begin for i in 1..{transactions} loop perform pg_current_xact_id(); commit; end loop; end $$".encode()
    )


def said(house: House, text: str) -> tuple[str, ...]:
    return house.ask(text).notes


def test_without_a_table_it_is_the_diagnosis(house: House) -> None:
    assert isinstance(house.ask("vacuum"), Report)
    assert isinstance(house.ask("vacuum debt"), Report)


# --- analyze


def test_one_table_is_analyzed(house: House) -> None:
    plan = house.plan("analyze dim_product")
    (step,) = plan.steps
    assert (plan.risk, step.timeout_s, step.lock_timeout_s) == (Risk.MEND, 900, 5)
    assert house.check(step) == (False, "not analyzed yet")
    assert house.carry_out(step) == "analyzed"


def test_targets_are_what_was_never_analyzed_or_changed_and_partitioned_parents(
    house: House, owner: psycopg.Connection
) -> None:
    owner.execute("create table scout.never (id int)")
    owner.execute("insert into scout.never select generate_series(1, 3000)")
    owner.execute("create table scout.parted (id int) partition by hash (id)")
    owner.execute("create table scout.parted_0 partition of scout.parted for values with (modulus 1, remainder 0)")
    owner.execute("insert into scout.parted select generate_series(1, 3000)")
    await_counters(owner, lambda: {"Analyze never", "Analyze parted"} <= titles(house, "analyze targets"))
    plan = house.plan("analyze targets")
    assert titles(house, "analyze") == titles(house, "analyze targets")
    assert not titles(house, "analyze") & {"Analyze empty", "Analyze parted_0"}
    assert "never: never analyzed, with 3,000 rows." in plan.notes
    assert {house.carry_out(step) for step in plan.steps} == {"analyzed"}
    await_that(lambda: isinstance(house.ask("analyze targets"), Report))
    owner.execute("insert into scout.never select generate_series(1, 3000)")
    await_counters(owner, lambda: titles(house, "analyze targets") == {"Analyze never"})


def titles(house: House, text: str) -> set[str]:
    answer = house.ask(text)
    return {step.title for step in answer.steps} if isinstance(answer, Plan) else set[str]()


# --- maintenance


def test_maintenance_vacuums_what_is_past_its_line_and_then_has_nothing_to_do(
    own_database: PracticeDatabase, tmp_path: Path
) -> None:
    Bloat(own_database).start()
    with house_of(own_database, tmp_path) as house:
        plan = house.plan("maintenance")
        assert plan.risk is Risk.MEND
        assert plan.steps[0].title == "Vacuum bronze_transactions_raw"
        assert not any(step.required for step in plan.steps)
        assert len({step.title.split()[-1] for step in plan.steps}) == len(plan.steps)
        assert [step.binding for step in house.plan("maintenance").steps] == [step.binding for step in plan.steps]
        assert house.carry_out(plan.steps[0]).startswith("vacuumed and analyzed, 0 dead rows left of ")
        for step in plan.steps[1:]:
            house.carry_out(step)
        await_that(lambda: isinstance(house.ask("maintenance"), Report))
        assert house.report("maintenance").verdict.level is Level.OK
        assert house.tick()["overdue_vacuums"].level is Level.OK


def test_a_schema_that_is_not_there_has_nothing_to_maintain(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute("drop schema scout cascade")
    with house_of(own_database, tmp_path) as house:
        assert house.report("maintenance").verdict.text == "No table is past its own line: nothing to do"
        assert house.report("analyze targets").verdict.level is Level.OK
        with pytest.raises(BadInput, match="`tables` lists them"):
            house.ask("vacuum x")


def test_on_a_replica_it_is_said_where_to_ask(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with psycopg.connect(own_database.admin_url) as admin:
        (folder,) = admin.execute("show data_directory").fetchone() or ("",)
    own_database.stop()
    Path(folder, "standby.signal").touch()
    own_database.start()
    with house_of(own_database, tmp_path) as house:
        for text in ("vacuum dim_store", "analyze targets", "maintenance"):
            with pytest.raises(Cannot, match="scout is a replica: vacuum and analyze run on the primary, ask there"):
                house.ask(text)
