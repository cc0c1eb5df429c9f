"""Indexes are built while writers go on, as the catalog allows, and a build that fails leaves nothing behind."""

import time
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from carrying_out import carry_out, hasty
from command_fixture import House, house_of, table
from meanwhile import writing
from psycopg import sql

from bot.command import Risk, Sql
from bot.errors import BadInput, Cannot, ScoutError
from bot.report import Level
from practice.data_faults import InvalidIndex
from practice.database import PracticeDatabase

ODD = """
set role scout_owner;
create table scout."Odd ""%I $$ Table" (id int, "Column; drop" text, "größe" int, gone timestamptz);
insert into scout."Odd ""%I $$ Table" select n, 'x', n, null from generate_series(1, 100) as n;
create view scout.seen as select 1 as one;
reset role;
"""
DEFINITION = "select pg_get_indexdef(to_regclass(%s))"
FRESH = """
drop index scout.idx_transactions_store_date, scout.idx_transactions_region_value, scout.idx_transactions_created_at, scout.idx_bronze_created_at
"""
INVALID = "select array_agg(indexrelid::regclass::text) from pg_index where not indisvalid"


@pytest.fixture
def house(own_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(own_database, tmp_path) as opened:
        yield opened


@pytest.fixture
def boss(own_database: PracticeDatabase) -> Generator[psycopg.Connection]:
    with psycopg.connect(own_database.admin_url, autocommit=True) as connection:
        yield connection


def definition(boss: psycopg.Connection, index: str) -> str:
    row = boss.execute(DEFINITION, [sql.Identifier("scout", index).as_string(boss)]).fetchone() or ("",)
    return str(row[0])


def plans_use(boss: psycopg.Connection, index: str, statement: str) -> bool:
    boss.execute("set enable_seqscan = off")
    rows = boss.execute(f"explain {statement}".encode()).fetchall()
    return any(index in str(row[0]) for row in rows)


def test_the_runbooks_four_are_built_while_a_writer_goes_on_and_serve_its_queries(
    house: House, own_database: PracticeDatabase, boss: psycopg.Connection
) -> None:
    boss.execute(FRESH)
    texts = [button.text for button in house.report("index create").buttons]
    names = [text.split()[-1] for text in texts if text.startswith("index create ")]
    assert len(names) == 4
    with writing(own_database.app_url) as writer:
        for name in names:
            plan = house.plan(f"index create {name}")
            assert plan.risk is Risk.MEND
            assert plan.steps[0].timeout_s == 0
            assert carry_out(house, plan)[-1] == "the index is valid"
    assert writer.errors == []
    assert writer.done > 0
    boss.execute("analyze scout.silver_transactions_cleaned, scout.bronze_transactions_raw")
    silver = "select * from scout.silver_transactions_cleaned where"
    assert plans_use(boss, "idx_transactions_store_date", f"{silver} store_id = 7 and date_key = current_date - 3")
    assert plans_use(boss, "idx_transactions_region_value", f"{silver} region = 'NCR' order by peso_value desc limit 5")
    assert plans_use(boss, "idx_transactions_recent", f"{silver} created_at > now() - interval '1 hour'")
    brin = definition(boss, "idx_transactions_created_brin")
    assert "USING brin (created_at) WITH (pages_per_range='128', autosummarize='on')" in brin
    answer = house.report("create index idx_transactions_recent")
    assert answer.verdict.level is Level.OK
    assert answer.verdict.text == "idx_transactions_recent exists and is valid: nothing to do"


def test_columns_directions_and_conditions_are_those_of_the_catalog_whatever_their_names(
    house: House, boss: psycopg.Connection
) -> None:
    boss.execute(ODD)
    text = """index create table='Odd "%I $$ Table' columns='-größe,column; drop' notnull=gone"""
    plan = house.plan(text)
    assert [one.binding for one in house.plan(text).steps] == [step.binding for step in plan.steps]
    assert carry_out(house, plan)[-1] == "the index is valid"
    built = definition(boss, 'Odd "%I $$ Table_größe_Column; drop_part_idx')
    assert built.endswith('USING btree ("größe" DESC, "Column; drop") WHERE (gone IS NOT NULL)')
    named = house.plan("""index create 'my "index' table='odd "%i $$ table' columns=id""")
    assert carry_out(house, named)[-1] == "the index is valid"
    assert (
        "is the same index under another name"
        in house.report("""index create table='Odd "%I $$ Table' columns=id""").verdict.text
    )


def test_an_index_is_asked_for_as_in_sql(house: House, boss: psycopg.Connection) -> None:
    plan = house.plan(
        "index create on silver_transactions_cleaned (store_id, quantity desc) where deleted_at is not null"
    )
    assert carry_out(house, plan)[-1] == "the index is valid"
    assert definition(boss, "silver_transactions_cleaned_store_id_quantity_part_idx").endswith(
        "USING btree (store_id, quantity DESC) WHERE (deleted_at IS NOT NULL)"
    )


def test_what_is_not_there_gets_the_nearest_name_and_what_cannot_be_the_reason(
    house: House, boss: psycopg.Connection
) -> None:
    boss.execute(ODD)
    for text, complaint in (
        ("index create idx_nothing", "none of the runbook's indexes: idx_transactions_store_date"),
        ("index create table=silver_transactions columns=x", "Did you mean 'silver_transactions_cleaned'"),
        ("index create table=dim_store columns=cty", "Did you mean 'city'"),
        ("index create table=dim_store columns='city) include (region'", "has no column 'city\\) include"),
        ("index create table=dim_store columns=city null=1=1", "has no column '1=1'"),
        ("index create table=dim_store columns=city,city", "twice"),
        ("index create table=dim_store", "Which columns of dim_store"),
        ("index create on dim_store (city) where region = 'NCR'", "I build no index with the condition"),
        ("index create on dim_store (lower(city))", "has no column 'lower\\(city'"),
    ):
        with pytest.raises(BadInput, match=complaint):
            house.ask(text)
    assert "is a view" in house.report("index create table=seen columns=one").verdict.text
    boss.execute("begin; lock table scout.dim_store")
    assert "is locked exclusively" in house.report("index create table=dim_store columns=city").verdict.text
    boss.execute("rollback")


def test_whom_it_waits_for_is_said_and_a_build_that_gives_up_leaves_nothing_behind(
    house: House, own_database: PracticeDatabase, boss: psycopg.Connection
) -> None:
    with psycopg.connect(own_database.report_url) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("select count(*) from scout.dim_store")
        time.sleep(1.1)  # younger transactions are not told of
        plan = house.plan("index create table=silver_transactions_cleaned columns=quantity")
        waits = [note for note in plan.notes if note.startswith("It has to wait for pid")]
        assert f"pid {reader.info.backend_pid} (scout_report, idle in transaction)" in waits[0]
        said = carry_out(house, hasty(plan, 1))
    assert said[0] == "failed: Locked"
    assert said[1] == "what the build left is set aside"
    assert said[2] == "failed: AssertionError"
    assert house.check(plan.steps[-1]) == (False, "the build failed; nothing of it is left")
    assert boss.execute(INVALID).fetchone() == (None,)


def test_an_invalid_index_of_the_name_is_dropped_first(house: House, own_database: PracticeDatabase) -> None:
    InvalidIndex(own_database).start()
    plan = house.plan("index create idx_transactions_customer table=silver_transactions_cleaned columns=customer_id")
    assert [step.title for step in plan.steps][:2] == [
        "Drop invalid index idx_transactions_customer",
        "Build index idx_transactions_customer",
    ]
    assert carry_out(house, plan)[-1] == "the index is valid"


def test_the_step_that_sets_aside_touches_neither_a_valid_index_nor_one_that_is_built_by_somebody(
    house: House, boss: psycopg.Connection
) -> None:
    boss.execute(FRESH)
    plan = house.plan("index create idx_transactions_recent")
    boss.execute("create index idx_transactions_recent on scout.silver_transactions_cleaned (created_at)")
    said = carry_out(house, plan)
    assert said == ["failed: StepFailed", "the index is valid, nothing to set aside", "the index is valid"]


def test_a_materialized_view_gets_the_unique_index_that_lets_its_readers_go_on(house: House) -> None:
    plan = house.plan("index create table=mv_store_daily_metrics unique=yes")
    (build,) = [step for step in plan.steps if step.title.startswith("Build")]
    assert isinstance(build.do, Sql)
    assert build.do.statement == (
        "create unique index concurrently mv_store_daily_metrics_store_id_date_key_key on scout.mv_store_daily_metrics (store_id, date_key)"
    )
    assert carry_out(house, plan)[-1] == "the index is valid"
    assert house.plan("refresh mv_store_daily_metrics").risk is Risk.MEND


def test_a_unique_index_is_refused_on_a_table_and_where_rows_are_alike(house: House, boss: psycopg.Connection) -> None:
    boss.execute("create materialized view scout.alike as select 1 as a, 2 as b union all select 1, 2")
    boss.execute("create materialized view scout.empty as select 1 as a with no data")
    boss.execute("grant select on scout.alike, scout.empty to scout_read")
    for text, complaint in (
        ("index create table=dim_store columns=city unique=yes", "dim_store is a table"),
        ("index create table=mv_store_daily_metrics columns=store_id unique=yes", "rows that are alike in store_id"),
        ("index create table=alike unique=yes", "None of these tells the rows of alike apart: a; a, b"),
    ):
        with pytest.raises(Cannot, match=complaint):
            house.ask(text)
    with pytest.raises(ScoutError, match="empty"):
        house.ask("index create table=empty unique=yes")


def test_without_a_name_the_runbooks_indexes_are_listed_with_what_there_is_of_them(house: House) -> None:
    states = {str(row[0]): row[3] for row in table(house.report("index create")).rows}
    assert states == {
        "idx_transactions_store_date": "there in another form",
        "idx_transactions_region_value": "there in another form",
        "idx_transactions_recent": "served by idx_transactions_created_at",
        "idx_transactions_created_brin": "missing",
    }


def test_the_runbooks_first_form_is_told_apart_and_the_better_one_offered_beside_it(house: House) -> None:
    answer = house.report("index create idx_transactions_region_value")
    assert answer.verdict.text.startswith("idx_transactions_region_value exists and is valid, in another form")
    assert "WHERE (deleted_at IS NULL)" in str(answer.parts)
    assert carry_out(house, house.plan(answer.buttons[0].text))[-1] == "the index is valid"
