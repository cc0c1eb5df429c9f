"""A view is built anew beside the old one and is the same afterwards, or the old one stays and nothing is left."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from carrying_out import carry_out, hasty, kill_in_the_middle, stop_in_the_middle
from command_fixture import House, await_that, house_of
from meanwhile import reading
from view_fixture import LADEN, look

from bot.command import Risk, Sql
from bot.errors import BadInput, StepFailed
from practice.database import PracticeDatabase

ODD = 'scout."Odd 100% ""View"'
ASK = """view rebuild 'odd 100% "view'"""
READ = 'select count(*) from scout."Odd 100% ""View" where "The Store" > 0'
LEFT = "select count(*) from pg_class where relname like 'scout_re%'"


@pytest.fixture
def house(either_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(either_database, tmp_path) as opened:
        yield opened


@pytest.fixture
def laden(boss: psycopg.Connection) -> Generator[psycopg.Connection]:
    """The view with everything."""
    boss.execute(LADEN)
    yield boss
    boss.execute(f"drop materialized view {ODD}".encode())


def oid(boss: psycopg.Connection, name: str = ODD) -> object:
    return boss.execute("select to_regclass(%s)::oid", [name]).fetchone()


def left(boss: psycopg.Connection) -> object:
    return (boss.execute(LEFT).fetchone() or (None,))[0]


def refresh(boss: psycopg.Connection) -> None:
    boss.execute(f"refresh materialized view concurrently {ODD}".encode())


def test_everything_is_the_same_afterwards_and_readers_never_fail(
    house: House, laden: psycopg.Connection, either_database: PracticeDatabase
) -> None:
    before, old = look(laden, ODD), oid(laden)
    plan = house.plan(ASK)
    assert plan.risk is Risk.DISRUPT
    with reading(either_database.app_url, READ) as reader:
        said = carry_out(house, plan)
    assert said[2] == "rebuilt, and nothing is left aside"
    assert reader.errors == []
    assert reader.done > 0
    assert look(laden, ODD) == before
    assert oid(laden) != old
    assert left(laden) == 0


def test_a_view_that_others_read_is_refused_with_their_names(house: House, laden: psycopg.Connection) -> None:
    laden.execute("create view scout.on_top as table {}".replace("{}", ODD).encode())
    try:
        said = house.report(ASK).verdict.text
    finally:
        laden.execute("drop view scout.on_top")
    assert 'Odd 100% "View is not rebuilt: view on_top depends on it' in said


def test_a_view_that_is_refreshed_now_is_refused(house: House, laden: psycopg.Connection) -> None:
    with laden.transaction():
        refresh(laden)
        said = house.report(ASK).verdict.text
    assert f"pid {laden.info.backend_pid} holds or wants its exclusive lock" in said


@pytest.mark.parametrize("change", [
    "refresh materialized view concurrently {}",
    "create index late on {} (n)",
    "grant select on {} to scout_report",
    "comment on column {}.n is 'late'",
])  # fmt: skip
def test_what_happens_to_the_view_between_build_and_swap_keeps_the_old_one(
    house: House, laden: psycopg.Connection, change: str
) -> None:
    plan = house.plan(ASK)
    house.carry_out(plan.steps[0])
    laden.execute(change.format(ODD).encode())
    before, old = look(laden, ODD), oid(laden)
    with pytest.raises(StepFailed, match="since the new one was built"):
        house.carry_out(plan.steps[1])
    assert house.check(plan.steps[2])[1].startswith("the old view stays as it was")
    carry_out(house, plan.model_copy(update={"steps": plan.steps[2:]}))
    assert (look(laden, ODD), oid(laden), left(laden)) == (before, old, 0)


def test_what_an_attempt_left_is_recognised_and_dropped_first(house: House, laden: psycopg.Connection) -> None:
    house.carry_out(house.plan(ASK).steps[0])
    plan = house.plan(ASK)
    assert any("left in the middle" in note for note in plan.notes)
    assert carry_out(house, plan)[-1] == "rebuilt, and nothing is left aside"
    assert left(laden) == 0


def test_a_name_that_something_else_has_is_refused(house: House, laden: psycopg.Connection) -> None:
    aside = house.plan(ASK).steps[-1].do
    assert isinstance(aside, Sql)
    name = aside.statement.split()[-1]
    laden.execute(f"create table {name} ()".encode())
    try:
        assert "and something else has it" in house.report(ASK).verdict.text
    finally:
        laden.execute(f"drop table {name}".encode())


def test_a_reader_in_the_way_only_delays_it_and_then_the_old_one_stays(
    house: House, laden: psycopg.Connection, either_database: PracticeDatabase
) -> None:
    plan = hasty(house.plan(ASK), 0.2)
    with psycopg.connect(either_database.app_url) as reader:
        reader.execute(READ.encode())
        said = carry_out(house, plan)
    assert said[:2] == [said[0], "failed: Locked"]
    assert said[0].startswith("built, ")
    assert left(laden) == 0


def test_a_build_that_is_stopped_or_killed_leaves_nothing(house: House, boss: psycopg.Connection) -> None:
    boss.execute("""
        set role scout_owner;
        create table scout.delay as select 0::float8 as seconds;
        create materialized view scout.slow as select pg_sleep(seconds)::text as slept from scout.delay;
        update scout.delay set seconds = 60;
        reset role;
    """)
    plan = house.plan("view rebuild slow")
    try:
        stop_in_the_middle(house, plan.steps[0])
        kill_in_the_middle(house, plan.steps[0], boss)
        await_that(lambda: left(boss) == 0)
        assert house.plan("view rebuild slow").steps[0].title == "Build slow aside"
    finally:
        boss.execute("drop materialized view scout.slow; drop table scout.delay")


def test_a_refresh_and_a_rebuild_of_the_same_view_keep_out_of_each_others_way(
    house: House, laden: psycopg.Connection
) -> None:
    (again,) = house.plan("""refresh 'odd 100% "view'""").steps
    assert isinstance(again.do, Sql)
    with house.database.operate("scout run other/1") as first:
        first.run(again.do.statement.removesuffix("commit"), 0, 2)
        with pytest.raises(StepFailed, match="a refresh or a rebuild of it is under way"):
            house.carry_out(again)
        first.run("rollback", 0, 2)
    assert house.carry_out(again).startswith("refreshed")
    assert laden


def test_an_unknown_or_an_empty_view_is_refused(house: House, boss: psycopg.Connection) -> None:
    with pytest.raises(BadInput, match="Did you mean 'gold_daily_aggregates'"):
        house.ask("view rebuild gold_daily_agregates")
    boss.execute("create materialized view scout.hollow as select 1 as one with no data")
    try:
        assert "never populated" in house.report("view rebuild hollow").verdict.text
    finally:
        boss.execute("drop materialized view scout.hollow")


def test_a_name_of_63_bytes_is_kept(house: House, boss: psycopg.Connection) -> None:
    name = "ä" * 31 + "x"
    boss.execute(f"set role scout_owner; create materialized view scout.{name} as select 1 as one".encode())
    boss.execute(f"create unique index {'ö' * 31}i on scout.{name} (one); reset role".encode())
    try:
        before = look(boss, f"scout.{name}")
        assert carry_out(house, house.plan(f"view rebuild {name}"))[-1] == "rebuilt, and nothing is left aside"
        assert look(boss, f"scout.{name}") == before
    finally:
        boss.execute(f"drop materialized view scout.{name}".encode())
