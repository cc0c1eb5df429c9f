"""Slow ranks the application's statements of this database, and says what hides them."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, house_of, table

from bot.errors import BadInput, Cannot
from bot.report import Chart, Code, Level
from practice.database import PracticeDatabase


@pytest.fixture
def house(practice_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path) as opened:
        yield opened


def test_statements_are_ranked_and_their_constants_are_gone(house: House, app: psycopg.Connection) -> None:
    for _ in range(3):
        app.execute("select pg_sleep(0.05), 'Maria 4711' as who")
    found = table(house.report("slow queries by=mean"))
    (row,) = [row for row in found.rows if "pg_sleep" in str(row[2]) and "who" in str(row[2])]
    assert row[8] == "scout_app"
    assert "4711" not in str(row)


def test_only_what_ran_since_the_reading_that_was_kept_is_counted(house: House, app: psycopg.Connection) -> None:
    app.execute("select pg_sleep(0.05), lower('A') as before_the_reading")  # a shape of its own: 18 counts by shape
    house.tick(ago_s=3700)
    house.tick(ago_s=600)
    app.execute("select count(*), 1 as after_the_reading from scout.dim_store")
    answer = house.report("slow since=1h limit=50")
    statements = str(table(answer).rows)
    assert "after_the_reading" in statements
    assert "before_the_reading" not in statements
    assert "(1 h 1 min)" in answer.verdict.text
    assert "before_the_reading" in str(table(house.report("slow since=reset limit=50")).rows)


def test_a_row_opens_its_statement(house: House, app: psycopg.Connection) -> None:
    app.execute("select length('Maria 4711') as opened, pg_sleep(1.2)")
    answer = house.report("slow by=mean since=reset limit=50")
    number = next(row[0] for row in table(answer).rows if "opened" in str(row[2]))
    opened = house.report(next(one.text for one in answer.buttons if one.label == f"Open {number}"))
    (code,) = [part for part in opened.parts if isinstance(part, Code)]
    assert code.text == "select length($1) as opened, pg_sleep($2)"
    assert "1 call of 1" in opened.verdict.text


def test_a_statement_shows_its_trend_as_a_line_of_its_readings(house: House, app: psycopg.Connection) -> None:
    for ago_s in (1800, 1200, 600):
        app.execute("select 'x' as trended, pg_sleep(0.2)")
        house.tick(ago_s=ago_s)
    app.execute("select 'x' as trended, pg_sleep(0.2)")
    rows = table(house.report("slow by=mean since=reset")).rows
    number = next(row[0] for row in rows if "trended" in str(row[2]))
    text = next(one.text for one in house.report("slow by=mean since=reset").buttons if one.label == f"Open {number}")
    parts = house.report(text.replace("since=reset", "since=1h")).parts
    (line,) = [part for part in parts if isinstance(part, Chart)]
    assert len(line.series[0].values) == 3
    assert min(line.series[0].values) > 190


def test_a_statement_that_is_not_there_is_explained(house: House) -> None:
    assert "No statement 1 is counted" in house.report("statement 1").verdict.text
    with pytest.raises(BadInput, match="Usage"):
        house.ask("statement x")


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
        with pytest.raises(Cannot, match="create extension pg_stat_statements"):
            house.ask("statement 1")
        assert "no statistics of statements" in str(house.tick()["query_p95"].measured)


def test_many_costly_commands_hide_no_statement(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        for number in range(40):  # each a statement of its own, and none as fast as the one below
            admin.execute(f"create table scout.t{number} as select generate_series(1, 3000) as n".encode())
    with psycopg.connect(own_database.app_url, autocommit=True) as app, house_of(own_database, tmp_path) as house:
        app.execute("select behind_the_commands.store_id from scout.dim_store as behind_the_commands where false")
        answer = house.report("slow by=mean since=reset limit=1")
        assert len(table(answer).rows) == 1
        assert "behind_the_commands" in str(table(house.report("slow by=mean since=reset limit=50")).rows)
        assert any(" commands such as VACUUM (" in note for note in answer.notes)


def test_what_is_not_of_the_applications_of_this_database_is_counted_as_left_out(
    own_database: PracticeDatabase, tmp_path: Path
) -> None:
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute("set pg_stat_statements.track = 'all'")
        admin.execute("do $$ begin perform count(*) as nested_one from scout.dim_store; end $$")
    with psycopg.connect(own_database.url("postgres", "postgres"), autocommit=True) as elsewhere:
        elsewhere.execute("select 1 as of_another_database")
    with house_of(own_database, tmp_path) as house:
        house.report("slow")
        answer = house.report("slow limit=50")
    (left_out,) = [note for note in answer.notes if note.startswith("Left out: ")]
    assert [word in left_out for word in ("of Scout itself", "1 called by others", "in other databases")] == [True] * 3
    assert "nested_one" not in str(answer.parts)
    assert "of_another_database" not in str(answer.parts)


def test_why_no_statement_is_counted_is_said(tmp_path: Path) -> None:
    with (
        PracticeDatabase(settings={"compute_query_id": "off"}) as database,
        psycopg.connect(database.app_url, autocommit=True) as app,
        house_of(database, tmp_path) as house,
    ):
        app.execute("select 1 as never_counted")
        answers = [house.report("slow"), house.report("statement 1")]
    assert {answer.verdict.level for answer in answers} == {Level.NO_DATA}
    assert all("because compute_query_id is off: set it to auto" in answer.verdict.text for answer in answers)


def test_an_extension_that_an_upgrade_left_behind_is_told_from_one_that_is_not_there(
    own_database: PracticeDatabase, tmp_path: Path
) -> None:
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute("drop extension pg_stat_statements")
        admin.execute("create extension pg_stat_statements version '1.8'")
    with house_of(own_database, tmp_path) as house:
        with pytest.raises(Cannot, match="alter extension pg_stat_statements update"):
            house.ask("slow")
        assert "is older than its server" in str(house.tick()["query_p95"].measured)
