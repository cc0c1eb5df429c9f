"""A step runs on a connection of its own, can be stopped, and is not called done when nothing was done."""

import threading
import time
from collections.abc import Generator

import psycopg
import pytest

from bot.database import Locked, Operation, Stopped, Watched
from bot.database.operation import left_by
from bot.errors import Cannot, LostInTheMiddle, ScoutError, StepFailed, TooSlow
from practice.database import PracticeDatabase

NAME = "scout run 7f3a/3"


@pytest.fixture
def watched(practice_database: PracticeDatabase) -> Generator[Watched]:
    database = Watched("main", practice_database.read_url, practice_database.operate_url, "scout")
    yield database
    database.close()


@pytest.fixture
def operation(watched: Watched) -> Generator[Operation]:
    with watched.operate(NAME) as operation:
        yield operation


def in_the_background(operation: Operation, statement: str, ends: list[object]) -> threading.Thread:
    def run() -> None:
        try:
            ends.append(operation.run(statement, 30, 5))
        except ScoutError as error:
            ends.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def await_active(admin: psycopg.Connection, pid: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if admin.execute("select 1 from pg_stat_activity where pid = %s and wait_event = 'PgSleep'", [pid]).fetchone():
            return
        time.sleep(0.01)
    raise AssertionError("the statement did not begin")


def test_a_statement_brings_its_rows_and_notices(operation: Operation) -> None:
    ran = operation.run("do $$ begin raise notice 'sent to bob@example.com'; end $$", 5, 1)
    assert (ran.rows, ran.notices) == ([], ["sent to …"])
    assert operation.run("select 1, 'x'", 5, 1).rows == [(1, "x")]


def test_a_guarded_statement_that_struck_nobody_has_no_row(operation: Operation) -> None:
    guarded = "select pg_terminate_backend(pid) from pg_stat_activity where pid = 1 and backend_start = now()"
    assert operation.run(guarded, 5, 1).rows == []


def test_percent_signs_are_the_database_s_own(operation: Operation) -> None:
    assert operation.run("select format('%I', 'A b')", 5, 1).rows == [('"A b"',)]


def test_the_session_bears_its_name_and_is_found_by_it(
    watched: Watched, operation: Operation, admin: psycopg.Connection
) -> None:
    assert not watched.running(NAME)
    ends: list[object] = []
    thread = in_the_background(operation, "select pg_sleep(30)", ends)
    await_active(admin, operation.backend_pid)
    assert watched.running(NAME)
    assert not watched.running("scout run 7f3a/4")
    operation.cancel()
    thread.join(10)
    assert not watched.running(NAME)


def test_a_long_name_is_found_as_the_server_cuts_it(watched: Watched, admin: psycopg.Connection) -> None:
    name = "scout run " + "7f3a" * 20
    with watched.operate(name) as operation:
        ends: list[object] = []
        thread = in_the_background(operation, "select pg_sleep(30)", ends)
        await_active(admin, operation.backend_pid)
        assert watched.running(name)
        operation.cancel()
        thread.join(10)


def test_stop_ends_the_statement_and_every_later_one(operation: Operation, admin: psycopg.Connection) -> None:
    ends: list[object] = []
    thread = in_the_background(operation, "select pg_sleep(30)", ends)
    await_active(admin, operation.backend_pid)
    operation.cancel()
    thread.join(10)
    assert [type(end) for end in ends] == [Stopped]
    with pytest.raises(Stopped):
        operation.run("select 1", 5, 1)
    assert operation.check("select true, 'still there'") == (True, "still there")


def test_stop_before_the_step_begins_keeps_it_from_beginning(operation: Operation) -> None:
    operation.cancel()
    with pytest.raises(Stopped):
        operation.run("select 1", 5, 1)


def test_a_cancel_by_somebody_else_is_told_from_stop_and_from_the_limit(
    operation: Operation, admin: psycopg.Connection
) -> None:
    ends: list[object] = []
    thread = in_the_background(operation, "select pg_sleep(30)", ends)
    await_active(admin, operation.backend_pid)
    admin.execute("select pg_cancel_backend(%s)", [operation.backend_pid])
    thread.join(10)
    assert [str(end) for end in ends] == [
        "Somebody else cancelled it on the database; the database undid what it had begun."
    ]
    with pytest.raises(TooSlow, match="longer than it was allowed"):
        operation.run("select pg_sleep(30)", 0.05, 1)


def test_a_limit_of_nought_is_none(operation: Operation) -> None:
    assert operation.run("select current_setting('statement_timeout')", 0, 0).rows == [("0",)]
    assert operation.run("select current_setting('lock_timeout')", 1.5, 0.25).rows == [("250ms",)]


def test_a_lock_that_is_not_to_be_had_may_be_tried_again(operation: Operation, admin: psycopg.Connection) -> None:
    with admin.transaction():
        admin.execute("lock table scout.dim_store in access exclusive mode")
        with pytest.raises(Locked):
            operation.run("analyze scout.dim_store", 5, 0.05)
    assert operation.run("analyze scout.dim_store", 15, 1).notices == []


def test_what_was_skipped_is_not_done(operation: Operation, admin: psycopg.Connection) -> None:
    with admin.transaction():
        admin.execute("lock table scout.dim_store in access exclusive mode")
        with pytest.raises(StepFailed, match='skipping vacuum of "dim_store"'):
            operation.run("vacuum (skip_locked) scout.dim_store", 5, 1)
    with pytest.raises(StepFailed, match='"pg_authid"'):
        operation.run("vacuum pg_catalog.pg_authid", 5, 1)
    operation.run("vacuum scout.dim_store", 15, 1)


def test_what_the_server_refuses_is_said_without_values(operation: Operation) -> None:
    with pytest.raises(Cannot, match="permission denied for table pg_authid"):
        operation.run("delete from pg_authid", 5, 1)
    with pytest.raises(StepFailed) as failure:
        operation.run("select 'hunter2'::int", 5, 1)
    assert "hunter2" not in str(failure.value)
    with pytest.raises(StepFailed) as failure:
        operation.run("insert into scout.dim_store select * from scout.dim_store limit 1", 5, 1)
    assert str(failure.value).endswith('duplicate key value violates unique constraint "dim_store_pkey"')


def test_a_check_that_finds_no_row_is_not_ok(operation: Operation) -> None:
    assert operation.check("select true, 'x' where false") == (False, "it is not there")
    assert operation.check("select null::boolean, null::text") == (False, "None")


def test_a_lost_connection_leaves_open_what_became_of_the_step(
    watched: Watched, operation: Operation, admin: psycopg.Connection
) -> None:
    ends: list[object] = []
    thread = in_the_background(operation, "select pg_sleep(30)", ends)
    await_active(admin, operation.backend_pid)
    admin.execute("select pg_terminate_backend(%s, 5000)", [operation.backend_pid])
    thread.join(10)
    assert [type(end) for end in ends] == [LostInTheMiddle]
    assert not watched.running(NAME)


def test_what_the_server_refuses_over_a_living_connection_is_no_loss(operation: Operation) -> None:
    with pytest.raises(StepFailed, match=r"refused: target lists can have at most"):
        operation.run(f"select {', '.join(['1'] * 2000)}", 5, 1)
    assert operation.check("select true, 'alive'") == (True, "alive")


def test_a_step_leaves_nothing_behind_for_the_next(watched: Watched) -> None:
    with watched.operate(NAME) as first:
        first.run("set role scout_owner", 5, 1)
        first.run("set work_mem = '1MB'", 5, 1)
        first.run("create temporary table left_behind as select 1", 5, 1)
        pid = first.backend_pid
    with watched.operate("scout run 7f3a/4") as second:
        assert second.backend_pid == pid
        seen = "select current_user::text, current_setting('application_name'), to_regclass('left_behind') is null"
        assert second.run(seen, 5, 1).rows == [("scout_operate", "scout run 7f3a/4", True)]


def test_two_steps_at_once_have_a_connection_each(watched: Watched) -> None:
    with watched.operate(NAME) as first, watched.operate("scout run 9/1") as second:
        assert first.backend_pid != second.backend_pid
        assert first.run("select 1", 5, 1).rows == second.run("select 1", 5, 1).rows


def test_the_kept_connection_may_have_died_meanwhile(watched: Watched, admin: psycopg.Connection) -> None:
    with watched.operate(NAME) as first:
        pid = first.backend_pid
    admin.execute("select pg_terminate_backend(%s, 5000)", [pid])
    with watched.operate(NAME) as second:
        assert second.run("select 1", 5, 1).rows == [(1,)]


def test_staying_ready_opens_one_connection_for_each_need(watched: Watched, admin: psycopg.Connection) -> None:
    watched.stay_ready()
    watched.stay_ready()
    ready = "select count(*) from pg_stat_activity where application_name = 'scout ready'"
    assert admin.execute(ready).fetchone() == (1,)


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ("update t set a = 1", "the database undid what it had begun"),
        ("vacuum (full, analyze) scout.t", "the database undid what it had begun"),
        ("refresh materialized view concurrently scout.mv", "the database undid what it had begun"),
        ("create index concurrently i on scout.t (a)", "an index may be left that is not valid"),
        ("reindex index concurrently scout.i", "an index may be left that is not valid"),
        ("vacuum (analyze, skip_locked) scout.t", "what it had committed by then stays done"),
        ("do 'begin loop delete from t; commit; end loop; end'", "what it had committed by then stays done"),
    ],
)
def test_what_is_cancelled_says_what_it_leaves(statement: str, left: str) -> None:
    assert left_by(statement).startswith(left)


def test_a_check_that_takes_too_long_does_not_say_that_anything_was_undone(operation: Operation) -> None:
    with pytest.raises(TooSlow, match="whether it was through could not be seen"):
        operation.check("select pg_cancel_backend(pg_backend_pid()), pg_sleep(5)")
