"""A table becomes the first partition of a new one in its place: nothing is lost, nobody fails, and a failure leaves it as it was."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from carrying_out import carry_out, hasty, kill_in_the_middle, stop_in_the_middle
from command_fixture import House, house_of
from meanwhile import writing
from sales_fixture import GONE, LADEN, look

from bot.command import Plan, Risk
from bot.errors import BadInput, StepFailed
from bot.report import Facts, Level, Report
from practice.database import PracticeDatabase

ODD = 'scout."Odd 100% ""Sales"'
ASK = """partition convert 'odd 100% "sales'"""
PARTS = "select inhrelid::regclass::text from pg_inherits where inhparent = %s::regclass order by 1"
SILVER = "scout.silver_transactions_cleaned"


@pytest.fixture
def house(either_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(either_database, tmp_path) as opened:
        yield opened


@pytest.fixture
def laden(boss: psycopg.Connection) -> Generator[psycopg.Connection]:
    """The table with everything."""
    boss.execute(LADEN)
    yield boss
    boss.execute(GONE)


@pytest.fixture
def plain(boss: psycopg.Connection) -> Generator[psycopg.Connection]:
    """A small table with a key and a day."""
    boss.execute("""
        set role scout_owner;
        create table scout.plain (id int primary key, day date not null);
        insert into scout.plain select n, current_date - n from generate_series(1, 100) as n;
        reset role;
    """)
    yield boss
    boss.execute("drop table if exists scout.plain cascade")


def run(boss: psycopg.Connection, statement: str, name: str = "") -> None:
    boss.execute(statement.replace("{}", name).encode())


def one(boss: psycopg.Connection, statement: str, name: str = "") -> object:
    return (boss.execute(statement.replace("{}", name).encode()).fetchone() or (None,))[0]


def why_not(report: Report) -> str:
    (facts,) = [part for part in report.parts if isinstance(part, Facts)]
    return "; ".join(str(fact.value) for fact in facts.facts)


def titled(plan: Plan, word: str) -> int:
    (found,) = [number for number, step in enumerate(plan.steps) if step.title.startswith(word)]
    return found


def test_everything_is_the_same_afterwards(house: House, laden: psycopg.Connection) -> None:
    before = look(laden, ODD)
    plan = house.plan(ASK)
    assert (plan.risk, plan.approvers) == (Risk.DISRUPT, 2)
    said = carry_out(house, plan)
    assert said[-1] == "statistics of about 3,000 rows"
    after = look(laden, ODD)
    assert {kind for kind in before if before[kind] != after[kind]} == set()
    run(laden, "insert into {} (\"The day\", code, store_id) values (current_date, 'new', 4)", ODD)
    run(
        laden,
        "insert into {} (\"The day\", code, store_id) values (date_trunc('month', now()) + interval '3 months', 'far', 4)",
        ODD,
    )
    assert one(laden, "select count(*) from {}", ODD) == 3002
    assert one(laden, "select count(*) from scout.odd_view") == 3002
    assert one(laden, "select max(id) from {}", ODD) == 7 + 3001 * 3


def test_what_is_new_is_as_closed_as_the_old_one(
    house: House, laden: psycopg.Connection, either_database: PracticeDatabase
) -> None:
    plan = house.plan(ASK)
    carry_out(house, plan)
    parts = laden.execute(PARTS, [ODD]).fetchall()
    assert len(parts) == 3
    with psycopg.connect(either_database.app_url, autocommit=True) as app:
        assert one(app, "select count(*) from {} where code = '100%'", ODD) == 0
        for (name,) in parts[1:]:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                run(app, "select count(*) from {}", name)
    assert one(laden, "select reloptions from pg_class where oid = '{}'::regclass", parts[-1][0]) == [
        "fillfactor=80",
        "autovacuum_vacuum_scale_factor=0.05",
    ]


def test_writers_go_on_and_no_row_is_lost(
    house: House, boss: psycopg.Connection, either_database: PracticeDatabase
) -> None:
    before = int(str(one(boss, "select count(*) from {}", SILVER)))
    sold = int(str(one(boss, "select sum(quantity) from {}", SILVER)))
    plan = house.plan("partition convert silver_transactions_cleaned")
    with writing(either_database.app_url) as writer, writing(either_database.app_url) as other:
        assert carry_out(house, plan)[-1].startswith("statistics of about")
    assert writer.errors + other.errors == []
    assert writer.done > 0
    rows = writer.done + other.done
    assert one(boss, "select count(*) from {}", SILVER) == before + rows
    assert one(boss, "select sum(quantity) from {}", SILVER) == sold + 2 * rows
    assert (
        house.report("partition convert silver_transactions_cleaned").verdict.text
        == "silver_transactions_cleaned is partitioned: nothing to do"
    )
    assert house.report("partitions silver_transactions_cleaned").verdict.level is Level.OK


@pytest.mark.parametrize(("change", "why"), [
    ("create table scout.points (id int references scout.plain)", "foreign keys to it: points.points_id_fkey"),
    ("alter table scout.plain alter column day drop not null", "day may be null"),
    ("insert into scout.plain values (0, now() + interval '5 years')", "rows at or after"),
    ("alter table scout.plain set unlogged", "it is unlogged"),
    ("create unique index plain_u on scout.plain (lower(id::text))", "unique indexes without day that are no constraint: plain_u"),
    ("create rule r as on insert to scout.plain do also notify x", "it has rules: r"),
    ("alter table scout.plain add check (id > 0) no inherit", "checks with NO INHERIT: plain_id_check"),
    ("alter table scout.plain add check (id > 0) not valid", "not validated: plain_id_check"),
    ("alter table scout.plain replica identity using index plain_pkey", "its replica identity is an index"),
    ("create publication shut for table scout.plain", "do not publish by the root"),
    ("create view scout.grouped as select id, day from scout.plain group by id", "views that group by its primary key: grouped"),
    ("create function scout.takes(scout.plain) returns int language sql as 'select 1'", "bound to the old table for good: function scout.takes"),
    ("create function scout.reads() returns bigint language sql begin atomic select count(*) from scout.plain; end", "for good: function scout.reads()"),
    ("do $$ begin execute format('create table scout.plain_y%sm%s ()', to_char(now() + interval '2 months', 'YYYY'), to_char(date_trunc('month', now()) + interval '2 months', 'MM')); end $$",
     "names that are needed are taken: plain_y"),
    ("alter table scout.plain add parent int references scout.plain", "it references itself: plain_parent_fkey"),
])  # fmt: skip
def test_what_cannot_be_carried_over_is_refused_with_the_reason(
    house: House, plain: psycopg.Connection, change: str, why: str
) -> None:
    with psycopg.connect(plain.info.dsn, password=plain.info.password) as wreck:
        wreck.execute(f"set role scout_owner; {change}".encode() if "publication" not in change else change.encode())
        wreck.commit()
        report = house.report("partition convert plain")
    try:
        assert report.verdict.text == "plain cannot be converted: 1 thing is in the way"
        assert why in why_not(report)
    finally:
        plain.execute(
            "drop publication if exists shut; drop table if exists scout.points; drop function if exists scout.takes, scout.reads"
        )
        plain.execute(
            "do $$ declare t text; begin for t in select oid::regclass from pg_class where relname ~ '^plain_y' and relkind = 'r' loop execute 'drop table ' || t; end loop; end $$"
        )


def test_what_somebody_adds_after_the_plan_undoes_the_swap_and_the_table_stays(
    house: House, plain: psycopg.Connection
) -> None:
    plan = house.plan("partition convert plain")
    swap = titled(plan, "Put")
    for step in plan.steps[:swap]:
        house.carry_out(step)
    plain.execute("create policy late on scout.plain using (true); create index late on scout.plain (day)")
    with pytest.raises(StepFailed, match="not carried over, so all of it is undone: policy late, index late"):
        house.carry_out(plan.steps[swap])
    assert house.check(plan.steps[swap])[0] is False
    with pytest.raises(AssertionError):
        house.carry_out(plan.steps[swap + 1])
    assert one(plain, "select count(*) from pg_constraint where conname = 'scout_partition_bound'") == 0
    plain.execute(
        "insert into scout.plain values (0, now() + interval '5 years'); delete from scout.plain where id = 0"
    )
    again = house.plan("partition convert plain")
    assert [step.title.split()[0] for step in again.steps][:2] == ["Hold", "Prove"]
    assert any("Already there from an earlier attempt: scout_convert_" in note for note in again.notes)
    assert carry_out(house, again)[-1] == "statistics of about 100 rows"


def test_every_step_may_be_the_last_and_the_next_attempt_goes_on_from_there(
    house: House, plain: psycopg.Connection
) -> None:
    first = house.plan("partition convert plain")
    for number, step in enumerate(first.steps[:-1]):
        house.carry_out(step)
        plain.execute("insert into scout.plain values (%s, current_date)", [1000 + number])
        if number < titled(first, "Put"):
            rest = house.plan("partition convert plain").steps
            assert {one.binding for one in rest} <= {one.binding for one in first.steps}
            assert len(rest) < len(first.steps)
    assert one(plain, "select count(*) from scout.plain") == 100 + len(first.steps) - 1


def test_a_row_that_is_too_new_fails_the_proof_and_the_check_goes_again(
    house: House, plain: psycopg.Connection
) -> None:
    plan = house.plan("partition convert plain")
    plain.execute("insert into scout.plain values (0, now() + interval '4 years')")
    said = carry_out(house, plan)
    assert said[-2:] == ["failed: StepFailed", "failed: AssertionError"]
    assert one(plain, "select count(*) from pg_constraint where conname = 'scout_partition_bound'") == 0
    assert "rows at or after" in why_not(house.report("partition convert plain"))
    assert house.plan("partition convert plain ahead=60").steps


@pytest.mark.usefixtures("plain")
def test_a_build_that_is_stopped_leaves_a_usable_table_and_is_cleared_by_the_next_attempt(
    house: House, either_database: PracticeDatabase
) -> None:
    plan = house.plan("partition convert plain")
    with psycopg.connect(either_database.app_url) as writer:
        writer.execute("insert into scout.plain values (0, current_date)")
        stop_in_the_middle(house, plan.steps[0])
    again = house.plan("partition convert plain")
    assert any("Left in the middle by an earlier attempt" in note for note in again.notes)
    assert carry_out(house, again)[-1] == "statistics of about 101 rows"


def test_a_long_transaction_in_the_way_delays_others_only_shortly_and_the_check_is_taken_back(
    house: House, plain: psycopg.Connection, either_database: PracticeDatabase
) -> None:
    plan = hasty(house.plan("partition convert plain"), 0.2)
    for step in plan.steps[: titled(plan, "Put")]:
        house.carry_out(step)
    rest = plan.model_copy(update={"steps": plan.steps[titled(plan, "Put") :]})
    with psycopg.connect(either_database.app_url) as reader:
        reader.execute("select count(*) from scout.plain")
        said = carry_out(house, rest)
    assert said[0] == "failed: Locked"
    assert one(plain, "select relkind from pg_class where relname = 'plain'") == "r"


def test_a_swap_that_is_killed_changes_nothing_and_is_done_by_the_next_attempt(
    house: House, plain: psycopg.Connection, either_database: PracticeDatabase
) -> None:
    plan = house.plan("partition convert plain")
    swap = titled(plan, "Put")
    for step in plan.steps[:swap]:
        house.carry_out(step)
    before = look(plain, "scout.plain")
    with psycopg.connect(either_database.app_url) as reader:
        reader.execute("select count(*) from scout.plain")
        kill_in_the_middle(house, plan.steps[swap], plain)
    assert look(plain, "scout.plain") == before
    again = house.plan("partition convert plain")
    assert again.steps == plan.steps[swap:]
    assert carry_out(house, again)[-1] == "statistics of about 100 rows"


@pytest.mark.usefixtures("plain")
def test_what_is_not_there_is_refused(house: House) -> None:
    with pytest.raises(BadInput, match="Did you mean 'plain'"):
        house.ask("partition convert plian")
    with pytest.raises(BadInput, match="has no column 'id' of a date"):
        house.ask("partition convert plain key=id")
    assert "no column of a date or a time" in why_not(house.report("partition convert dim_product"))


def test_a_name_of_63_bytes_and_a_key_of_time_are_no_hindrance(house: House, boss: psycopg.Connection) -> None:
    name = "ä" * 31 + "x"
    run(
        boss,
        """
        set role scout_owner;
        create table scout.{} (id int generated by default as identity, at timestamptz not null, constraint kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk primary key (id));
        create index iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii on scout.{} (at);
        insert into scout.{} (at) select now() - n * interval '1 day' from generate_series(1, 10) as n;
        reset role;
    """,
        name,
    )
    try:
        assert carry_out(house, house.plan(f"partition convert {name}"))[-1] == "statistics of about 10 rows"
        run(boss, "insert into scout.{} (at) values (now())", name)
        assert one(boss, "select max(id) from scout.{}", name) == 11
    finally:
        boss.execute(f"drop table scout.{name}".encode())
