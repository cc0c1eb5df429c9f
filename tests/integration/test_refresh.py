"""Materialized views are refreshed in order, as lightly as their indexes allow, and that it happened is verified."""

import re
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from carrying_out import carry_out
from command_fixture import House, house_of
from meanwhile import writing

from bot.command import Risk
from bot.errors import BadInput
from practice.data_faults import UnrefreshedViews
from practice.database import PracticeDatabase

STACKED = """
set role scout_owner;
create view scout.middle as select * from scout.gold_daily_aggregates;
create materialized view scout."A first 100% ""View" as select date_key, total_revenue from scout.middle;
create unique index on scout."A first 100% ""View" (date_key);
reset role;
"""
UNSTACKED = """
drop materialized view scout."A first 100% ""View";
drop view scout.middle;
"""


@pytest.fixture
def house(practice_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path) as opened:
        yield opened


def test_a_view_with_a_unique_index_is_refreshed_while_readers_go_on(house: House) -> None:
    plan = house.plan("refresh gold_daily_aggregates")
    (step,) = plan.steps
    assert plan.risk is Risk.MEND
    assert house.check(step) == (False, "not refreshed")
    assert house.carry_out(step).startswith("refreshed, about 9")


def test_one_view_that_cannot_be_refreshed_concurrently_makes_all_of_it_disruptive(house: House) -> None:
    plan = house.plan("refresh views")
    assert plan.risk is Risk.DISRUPT
    assert "readers of mv_store_daily_metrics wait" in plan.summary
    assert any("mv_store_daily_metrics has no unique index" in note for note in plan.notes)
    assert any(note.startswith("Never refreshed by me") for note in plan.notes)
    assert {step.timeout_s for step in plan.steps} == {1800}


def test_all_views_are_behind_and_then_are_not(own_database: PracticeDatabase, tmp_path: Path) -> None:
    fault = UnrefreshedViews(own_database)
    fault.start()
    with house_of(own_database, tmp_path) as house:
        for step in house.plan("refresh all").steps:
            house.carry_out(step)
    assert not fault.is_on


def test_a_view_comes_after_those_it_reads_through_plain_views_and_odd_names_survive(
    house: House, admin: psycopg.Connection
) -> None:
    admin.execute(STACKED)
    try:
        names = [step.title for step in house.plan("refresh all").steps]
        assert names[-1] == 'Refresh A first 100% "View'
        plan = house.plan("""refresh 'a first 100% "view'""")
        assert any("reads gold_daily_aggregates, not refreshed with it" in note for note in plan.notes)
        assert house.carry_out(plan.steps[0]).startswith("refreshed")
    finally:
        admin.execute(UNSTACKED)


def test_an_unknown_view_gets_the_nearest_name(house: House) -> None:
    with pytest.raises(BadInput, match="Did you mean 'gold_daily_aggregates'"):
        house.ask("refresh gold_daily")


def test_who_holds_a_view_is_said_and_nobody_waits_for_it(house: House, admin: psycopg.Connection) -> None:
    with admin.transaction():
        admin.execute("refresh materialized view concurrently scout.gold_daily_aggregates")
        plan = house.plan("refresh gold_daily_aggregates")
    assert any(f"pid {admin.info.backend_pid} holds or wants" in note for note in plan.notes)


def test_a_schema_without_views_gets_an_answer(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute("drop schema scout cascade")
    with house_of(own_database, tmp_path) as house:
        assert house.report("refresh").verdict.text == "There is no materialized view in the schema scout"


def test_only_stale_views_are_refreshed_while_a_writer_goes_on_and_then_none_is(
    own_database: PracticeDatabase, tmp_path: Path
) -> None:
    UnrefreshedViews(own_database).start()
    with house_of(own_database, tmp_path) as house:
        keyed = house.plan("index create table=mv_store_daily_metrics unique=yes")
        assert carry_out(house, keyed)[-1] == "the index is valid"
        with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
            admin.execute("refresh materialized view scout.gold_customer_insights")
        plan = house.plan("refresh stale")
        assert plan.risk is Risk.MEND
        assert {step.title for step in plan.steps} == {
            "Refresh gold_daily_aggregates",
            "Refresh gold_regional_performance",
            "Refresh mv_store_daily_metrics",
        }
        assert any(
            re.search(r"gold_daily_aggregates: .* behind silver_transactions_cleaned", note) for note in plan.notes
        )
        assert "Left as they are, because they are fresh: gold_customer_insights." in plan.notes
        with writing(own_database.app_url) as writer:
            said = carry_out(house, plan)
        assert [one.split(",")[0] for one in said] == ["refreshed"] * 3
        assert writer.errors == []
        assert writer.done > 0
