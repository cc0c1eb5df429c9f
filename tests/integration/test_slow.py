"""Slow ranks the application's statements of this database, and says what hides them."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, house_of, table

from bot.errors import Cannot
from practice.database import PracticeDatabase


@pytest.fixture
def house(practice_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path) as opened:
        yield opened


def test_statements_are_ranked_and_their_constants_are_gone(house: House, app: psycopg.Connection) -> None:
    for _ in range(3):
        app.execute("select pg_sleep(0.05), 'Maria 4711' as who")
    found = table(house.report("slow queries by=mean"))
    (row,) = [row for row in found.rows if "pg_sleep" in str(row[-1]) and "who" in str(row[-1])]
    assert row[6] == "scout_app"
    assert "4711" not in str(row)


@pytest.mark.parametrize("by", ["total", "mean", "calls", "io"])
def test_each_ranking_answers(house: House, app: psycopg.Connection, by: str) -> None:
    app.execute("select count(*) from scout.dim_product")
    assert table(house.report(f"slow by={by} limit=3")).rows


def test_commands_behind_comments_and_scouts_own_questions_are_left_out(house: House, app: psycopg.Connection) -> None:
    app.execute("/* tag */ create temporary table left_out_of_slow as select 1 as one")
    house.report("slow")
    statements = str(table(house.report("slow limit=50")).rows)
    assert "left_out_of_slow" not in statements
    assert "pg_stat_statements_info" not in statements


def test_a_role_that_sees_only_itself_gets_the_grant(practice_database: PracticeDatabase, tmp_path: Path) -> None:
    with (
        house_of(practice_database, tmp_path, url=practice_database.report_url) as house,
        pytest.raises(Cannot, match="grant pg_read_all_stats to scout_report"),
    ):
        house.ask("slow")


def test_without_the_extension_the_answer_says_what_to_install(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute("drop extension pg_stat_statements")
    with house_of(own_database, tmp_path) as house:
        with pytest.raises(Cannot, match="create extension pg_stat_statements"):
            house.ask("slow")
        assert "no statistics of statements" in str(house.tick()["query_p95"].measured)
