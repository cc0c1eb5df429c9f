"""The safe query cache is installed and undone, and does what the runbook's did wrong right; on both versions."""

import threading
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from both_versions import running
from command_fixture import House, house_of
from conducting import Conductor

from bot.approval import State
from bot.command import Risk, Step
from bot.errors import StepFailed
from bot.report import Level
from practice.database import PracticeDatabase

OLD = """
create function public.get_cached_query(p_query text, p_ttl interval default '5 minutes') returns jsonb
language sql as $$ select '1'::jsonb $$;
"""
REGISTERED = """
set role scout_owner;
create sequence scout.asked;
create function scout.cq_stores(jsonb) returns table (who text, n bigint) language sql volatile
  as $$ select current_user::text, nextval('scout.asked') from pg_sleep(0.2) $$;
grant usage on sequence scout.asked to public;
insert into scout.cached_query_def (name, fn) values ('stores', 'cq_stores');
grant execute on function scout.cached_query(text, jsonb) to scout_app, scout_report;
grant select on scout.cached_query_def to scout_app, scout_report;
grant select, insert, update on scout.cached_query_result to scout_app, scout_report;
reset role;
"""
ASK = "select scout.cached_query('stores', '{}')"


@pytest.fixture(params=["18", "15"])
def database(request: pytest.FixtureRequest) -> Generator[PracticeDatabase]:
    with running(request.param) as database:
        yield database


@pytest.fixture
def root(database: PracticeDatabase) -> Generator[psycopg.Connection]:
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def house(database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(database, tmp_path) as opened:
        yield opened


def answer(url: str, statement: str = ASK) -> object:
    with psycopg.connect(url, autocommit=True) as one:
        (found,) = one.execute(statement.encode()).fetchone() or (None,)
    return found


def undo_of(step: Step) -> Step:
    (undo,) = step.undo
    return undo


def test_one_of_many_asks_and_no_role_is_told_what_another_was(
    house: House, root: psycopg.Connection, database: PracticeDatabase
) -> None:
    plan = house.plan("cache install")
    assert plan.risk is Risk.MEND
    assert Conductor(house, now=plan).run(plan).state is State.DONE
    assert house.report("cache install").verdict.level is Level.OK
    root.execute(REGISTERED)
    crowd = [threading.Thread(target=answer, args=(database.app_url,)) for _ in range(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert answer(database.app_url) == [{"who": "scout_app", "n": 1}]
    assert answer(database.report_url) == [{"who": "scout_report", "n": 2}]
    assert answer(database.report_url, "select count(*) from scout.cached_query_result") == 1
    assert answer(database.admin_url, "select count(*) from scout.cached_query_result") == 2
    with pytest.raises(psycopg.errors.UndefinedObject, match="unknown cached query"):
        answer(database.app_url, "select scout.cached_query('select 1; drop table x', '{}')")
    root.execute("update scout.cached_query_result set expires_at = now() - interval '1 s'")
    assert Conductor(house).run(house.plan("cache purge")).state is State.DONE


def test_its_owner_is_the_schemas_and_everybody_else_is_shut_out(
    house: House, root: psycopg.Connection, database: PracticeDatabase
) -> None:
    Conductor(house).run(house.plan("cache install"))
    owners = root.execute(
        "select distinct relowner::regrole::text from pg_class where relname like 'cached_query_%' and relkind = 'r'"
    ).fetchall()
    assert owners == [("scout_owner",)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        answer(database.report_url)


def test_the_undo_takes_everything_back_but_never_registered_queries(house: House, root: psycopg.Connection) -> None:
    (step,) = house.plan("cache install").steps
    assert house.carry_out(step) == "installed; nobody may call it yet but its owner"
    root.execute("insert into scout.cached_query_def (name, fn) values ('x', 'y')")
    with pytest.raises(StepFailed, match="queries are registered: delete them from"):
        house.carry_out(undo_of(step))
    root.execute("delete from scout.cached_query_def")
    assert house.carry_out(undo_of(step)) == "gone"
    assert [one.binding for one in house.plan("cache install").steps] == [step.binding]


def test_the_old_function_is_closed_to_everybody_which_another_person_approves(
    house: House, root: psycopg.Connection, database: PracticeDatabase
) -> None:
    root.execute(OLD)
    root.execute("alter function public.get_cached_query owner to scout_owner")
    call = "select public.get_cached_query('select 1')"
    assert answer(database.app_url, call) == 1
    plan = house.plan("cache install")
    assert plan.risk is Risk.DISRUPT
    assert Conductor(house, now=plan).run(plan).state is State.DONE
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        answer(database.app_url, call)
    assert house.carry_out(undo_of(plan.steps[1])) == "open to everybody again"
    assert answer(database.app_url, call) == 1


def test_a_function_of_somebody_else_stays_open_and_that_is_a_failure(house: House, root: psycopg.Connection) -> None:
    root.execute(OLD)
    plan = house.plan("cache install")
    conductor = Conductor(house, now=plan)
    ended = conductor.run(plan)
    assert ended.state is State.FAILED
    assert "everybody may call it still" in conductor.said(ended.id)[1] or "permission" in conductor.said(ended.id)[1]
