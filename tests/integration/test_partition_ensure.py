"""The months to come get their partitions beside everybody, and what cannot be added is said with what to do."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from carrying_out import carry_out
from command_fixture import House, house_of
from meanwhile import writing
from partition_fixture import CLEAR, PREPARE, TRAPS

from bot.command import Risk, Step
from bot.errors import BadInput, StepFailed
from bot.report import Facts, Level, Report
from practice.database import PracticeDatabase

SHORT = {"near", 'Odd 100% "Part', "nested_north", "closed", "caught"}
PARENTS = """
create table shop (id int generated always as identity, at date not null, store_id int references dim_store, n int check (n > 0),
  primary key (id, at)) partition by range (at);
call months('shop', -1, 0);
create index on shop (n);
alter table shop replica identity full;
revoke select on shop from scout_report;
create table safe (at date not null) partition by range (at);
call months('safe', -1, 0);
alter table safe enable row level security;
create unlogged table light_now (at date not null);
create table light (at date not null) partition by range (at);
do $$ begin execute format('alter table light attach partition light_now for values from (%L) to (%L)',
  date_trunc('month', current_date), date_trunc('month', current_date) + interval '1 month'); end $$;
"""
FOREIGN = """
create foreign data wrapper nothing;
create server nowhere foreign data wrapper nothing;
create table scout.mixed (at date not null) partition by range (at);
alter table scout.mixed owner to scout_owner;
create foreign table scout.mixed_past partition of scout.mixed for values from ('2000-01-01') to ('2000-02-01') server nowhere;
"""
ATTACHED = "select count(*) from pg_inherits where inhparent = %s::regclass"


@pytest.fixture
def house(either_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(either_database, tmp_path) as opened:
        yield opened


@pytest.fixture
def owner(either_database: PracticeDatabase) -> Generator[psycopg.Connection]:
    with psycopg.connect(either_database.owner_url, autocommit=True) as connection:
        connection.execute(PREPARE)
        yield connection
        connection.execute(CLEAR)


@pytest.fixture
def trapped(owner: psycopg.Connection) -> psycopg.Connection:
    owner.execute(TRAPS)
    return owner


def why_not(report: Report) -> str:
    (facts,) = [part for part in report.parts if isinstance(part, Facts)]
    return "; ".join(str(fact.value) for fact in facts.facts)


def attached(connection: psycopg.Connection, name: str) -> int:
    return (connection.execute(ATTACHED, [name]).fetchone() or (0,))[0]


def one(connection: psycopg.Connection, statement: str, *values: object) -> object:
    return (connection.execute(statement.encode(), values).fetchone() or (None,))[0]


def undo(step: Step) -> Step:
    (only,) = step.undo
    return only


def test_all_that_is_missing_is_added_and_then_nothing_is(house: House, trapped: psycopg.Connection) -> None:
    plan = house.plan("partition ensure")
    assert plan.risk is Risk.MEND
    assert {step.title.split(" to ")[-1] for step in plan.steps} == SHORT
    said = carry_out(house, plan)
    assert {one.split(" (")[0] for one in said} == {"for values from"}
    assert attached(trapped, "near") == 4
    assert {house.report(f"partitions '{name}'").verdict.level for name in SHORT} == {Level.OK}
    assert house.report("partition ensure near").verdict.text == "1 table reach 2 months ahead: nothing to do"


def test_a_partition_follows_its_table_and_the_one_before_it(
    house: House, owner: psycopg.Connection, boss: psycopg.Connection
) -> None:
    owner.execute(PARENTS)
    carry_out(house, house.plan("partition ensure shop months=1"))
    name = one(boss, "select max(inhrelid::regclass::text) from pg_inherits where inhparent = 'scout.shop'::regclass")
    assert one(boss, "select pg_get_userbyid(relowner) from pg_class where oid = %s::regclass", name) == "scout_owner"
    assert one(boss, "select relreplident from pg_class where oid = %s::regclass", name) == "f"
    assert one(boss, "select count(*) from pg_index where indrelid = %s::regclass", name) == 2
    assert one(boss, "select has_table_privilege('scout_app', %s::regclass, 'insert')", name) is True
    assert one(boss, "select has_table_privilege('scout_report', %s::regclass, 'select')", name) is False
    boss.execute(
        "insert into scout.shop (at, store_id, n) values (date_trunc('month', now()) + interval '40 days', 1, 1)"
    )
    carry_out(house, house.plan("partition ensure light months=1"))
    assert one(boss, "select count(*) from pg_class where relname like 'light%%' and relpersistence = 'u'") == 2


def test_with_row_security_a_partition_is_no_way_around_it(
    house: House, owner: psycopg.Connection, boss: psycopg.Connection
) -> None:
    owner.execute(PARENTS)
    carry_out(house, house.plan("partition ensure safe months=1"))
    name = one(boss, "select max(inhrelid::regclass::text) from pg_inherits where inhparent = 'scout.safe'::regclass")
    assert one(boss, "select relrowsecurity from pg_class where oid = %s::regclass", name) is True
    assert one(boss, "select has_table_privilege('scout_app', %s::regclass, 'select')", name) is False


def test_an_empty_partition_is_taken_away_again_and_one_with_rows_stays(
    house: House, trapped: psycopg.Connection
) -> None:
    first, second = house.plan("partition ensure near").steps
    assert [house.carry_out(step)[:10] for step in (first, second)] == ["for values"] * 2
    trapped.execute("insert into near values (date_trunc('month', now()) + interval '35 days')")
    with pytest.raises(StepFailed, match="it has rows, so it stays"):
        house.carry_out(undo(first))
    assert house.carry_out(undo(second)) == "it is gone"
    assert attached(trapped, "near") == 3


def test_rows_in_default_and_other_hindrances_are_refused_with_what_to_do(
    house: House, trapped: psycopg.Connection
) -> None:
    trapped.execute("insert into caught values (current_date)")
    assert any(
        "1 row of it in caught_rest. In one transaction detach that" in note
        for note in house.plan("partition ensure caught").notes
    )
    trapped.execute("insert into caught select current_date + n * interval '1 month' from generate_series(1, 2) as n")
    report = house.report("partition ensure caught")
    assert report.verdict.level is Level.ALERT
    assert "1 row of it in caught_rest" in why_not(report)
    assert "not partitioned by a date" in why_not(house.report("partition ensure hashed"))
    assert house.report("partition ensure endless").verdict.level is Level.OK
    trapped.execute("create table weekly (at date not null) partition by range (at)")
    trapped.execute(
        "do $$ begin execute format('create table weekly_1 partition of weekly for values from (%L) to (%L)', date_trunc('week', now())::date, date_trunc('week', now())::date + 7); end $$"
    )
    assert "no whole months" in why_not(house.report("partition ensure weekly"))
    with pytest.raises(BadInput, match="Did you mean 'near'"):
        house.ask("partition ensure neer")


def test_a_name_that_something_else_has_is_refused_and_the_other_months_go_on(
    house: House, trapped: psycopg.Connection
) -> None:
    first, _ = house.plan("partition ensure near").steps
    name = first.title.split()[1]
    trapped.execute(f"create table {name} ()".encode())
    plan = house.plan("partition ensure near")
    assert len(plan.steps) == 1
    assert any(f"the name {name} is taken" in note for note in plan.notes)
    trapped.execute(f"drop table {name}".encode())


def test_a_foreign_partition_and_names_of_63_bytes_are_no_hindrance(
    house: House, owner: psycopg.Connection, boss: psycopg.Connection
) -> None:
    name = "ä" * 31 + "x"
    owner.execute(f"create table {name} (at timestamptz not null) partition by range (at)".encode())
    boss.execute(FOREIGN)
    try:
        assert len(carry_out(house, house.plan("partition ensure mixed"))) == 3
        assert len(carry_out(house, house.plan(f"partition ensure {name}"))) == 3
        assert (attached(boss, "scout.mixed"), attached(boss, f"scout.{name}")) == (4, 3)
    finally:
        boss.execute("drop table scout.mixed; drop server nowhere; drop foreign data wrapper nothing")


def test_readers_and_writers_of_the_table_go_on(
    house: House, either_database: PracticeDatabase, boss: psycopg.Connection, owner: psycopg.Connection
) -> None:
    owner.execute(PARENTS)
    with psycopg.connect(either_database.app_url) as app, writing(either_database.app_url) as writer:
        app.execute("insert into scout.shop (at, n) values (current_date, 1)")
        app.execute("select count(*) from scout.shop")
        said = carry_out(house, house.plan("partition ensure light"))
        app.execute("insert into scout.shop (at, n) values (current_date, 1)")
        said += carry_out(house, house.plan("partition ensure shop"))
    assert len([one for one in said if one.startswith("for values")]) == 4
    assert writer.errors == []
    assert one(boss, "select count(*) from scout.shop") == 2
