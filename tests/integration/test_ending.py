"""A session that people picked is cancelled or ended by pid and start times, others are left alone with the reason."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from command_fixture import IMPATIENT, House, await_that, house_of

from bot.command import Plan, Risk, Sql, Step
from bot.errors import BadInput, Cannot, ScoutError
from bot.report import Code, Level, Report
from practice.database import PracticeDatabase
from practice.session_faults import LockQueue
from practice.sessions import Session, end_all

SLEEP = ("select pg_sleep(600)",)


@pytest.fixture
def house(practice_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path) as opened:
        yield opened


@pytest.fixture
def sleeper(practice_database: PracticeDatabase, house: House) -> Generator[Session]:
    yield from running(practice_database, house, SLEEP)


@pytest.fixture
def idler(practice_database: PracticeDatabase, house: House) -> Generator[Session]:
    yield from running(practice_database, house, ("select 1",))


def running(database: PracticeDatabase, house: House, script: tuple[str, ...]) -> Generator[Session]:
    session = Session(database.app_url, "scout-api", script)
    session.start()
    try:
        await_that(lambda: isinstance(house.ask(f"terminate {session.pid}"), Plan))
        await_that(lambda: "pg_sleep" in script[0] or state(house, session.pid) == "idle in transaction")
        yield session
    finally:
        end_all([session], database.admin_url)


def state(house: House, pid: int) -> str:
    answer = house.ask(f"terminate {pid}")
    return answer.steps[0].hits[0].state if isinstance(answer, Plan) else ""


def strikes(house: House, text: str, pid: int) -> Step | None:
    answer = house.ask(text)
    steps = answer.steps if isinstance(answer, Plan) else ()
    return next((step for step in steps if any(hit.pid == pid for hit in step.hits)), None)


def refused(house: House, pid: int) -> str:
    try:
        house.ask(f"cancel {pid}")
    except ScoutError as error:
        return str(error)
    return ""


# --- cancel and terminate


def test_a_running_statement_is_cancelled_and_its_session_lives_on(house: House, sleeper: Session) -> None:
    plan = house.plan(f"cancel {sleeper.pid}")
    (step,) = plan.steps
    assert plan.risk is Risk.DISRUPT
    assert plan.summary == f"Cancel the statement of pid {sleeper.pid} (scout_app, scout-api); the session stays"
    assert step.title == f"Cancel pid {sleeper.pid} (scout_app, scout-api)"
    assert step.check is not None
    assert step.check.patience_s == 12
    assert house.check(step) == (False, "it still runs")
    assert house.carry_out(step) == "the statement has ended"


def test_a_session_at_work_is_terminated_only_when_the_cancel_did_not_help(house: House, sleeper: Session) -> None:
    plan = house.plan(f"terminate {sleeper.pid}")
    cancel, end = plan.steps
    assert not cancel.required
    assert any(note.startswith("It is at work") for note in plan.notes)
    assert house.carry_out(end) == "the statement has ended"
    await_that(lambda: not sleeper.is_alive)


def test_after_a_cancel_that_helped_the_second_step_strikes_nobody(house: House, idler: Session) -> None:
    with psycopg.connect(idler.url, autocommit=True) as other:
        (step,) = house.plan(f"terminate {idler.pid}").steps
        assert isinstance(step.do, Sql)
        forged = step.do.model_copy(update={"statement": step.do.statement + " and a.state = 'active'"})
        with house.database.operate("scout run test/1") as hand:
            assert hand.run(forged.statement, 5, 5).rows == []
        assert other.execute("select 1").fetchone() == (1,)
    assert idler.is_alive


def test_an_idle_transaction_cannot_be_cancelled_but_ended(house: House, idler: Session) -> None:
    answer = house.report(f"cancel {idler.pid}")
    assert "A cancel does nothing to it" in answer.verdict.text
    assert answer.buttons[0].text == f"terminate {idler.pid}"
    plan = house.plan(answer.buttons[0].text)
    (step,) = plan.steps
    assert "idle in transaction; what it has not committed is undone" in plan.summary
    assert house.carry_out(step) == "the session is gone"


def test_an_idle_session_without_a_transaction_may_be_ended_too(
    house: House, practice_database: PracticeDatabase
) -> None:
    with psycopg.connect(practice_database.app_url, autocommit=True) as other:
        pid = other.info.backend_pid
        other.execute("select 1")
        (step,) = house.plan(f"terminate {pid}").steps
        assert step.hits[0].why.startswith("idle for ")
        assert house.carry_out(step) == "the session is gone"


def test_a_session_that_began_another_statement_is_not_struck(
    house: House, practice_database: PracticeDatabase
) -> None:
    with psycopg.connect(practice_database.app_url, autocommit=True) as other:
        other.execute("select 1")
        (step,) = house.plan(f"terminate {other.info.backend_pid}").steps
        assert isinstance(step.do, Sql)
        other.execute("select 2")
        with house.database.operate("scout run test/1") as hand:
            assert hand.run(step.do.statement, 5, 5).rows == []
        assert house.check(step)[0] is False
        assert other.execute("select 3").fetchone() == (3,)


def test_a_plan_made_again_binds_the_same_steps(house: House, sleeper: Session) -> None:
    first, second = ([step.binding for step in house.plan(f"terminate {sleeper.pid}").steps] for _ in range(2))
    assert first == second


def test_a_pid_that_is_gone_is_an_answer_and_no_mistake(house: House) -> None:
    assert "no session with pid 2147483 any more" in house.report("cancel 2147483").verdict.text
    assert "no session with pid 2147483 any more" in house.report("kill 2147483").verdict.text


@pytest.mark.parametrize("text", ["cancel", "cancel 0", "terminate -1", "terminate scout_app", "cancel 99999999999"])
def test_what_is_no_pid_gets_the_usage(house: House, text: str) -> None:
    with pytest.raises(BadInput, match="Usage: `/scout "):
        house.ask(text)


def test_superusers_protected_ones_and_scout_itself_are_refused_with_the_reason(
    practice_database: PracticeDatabase, tmp_path: Path
) -> None:
    limits = IMPATIENT.model_copy(update={"protected_roles": ("scout_report",), "protected_applications": ("payroll",)})
    sessions = {
        "superuser session: needs a DBA": Session(practice_database.admin_url, "psql", SLEEP),
        "protected role": Session(practice_database.report_url, "report", SLEEP),
        "protected application": Session(practice_database.app_url, "payroll", SLEEP),
        "Scout itself": Session(practice_database.operate_url, "scout run A/1", SLEEP),
        "works in the database postgres: ask there": Session(
            practice_database.url("scout_app", "postgres"), "api", SLEEP
        ),
    }
    for session in sessions.values():
        session.start()
    try:
        with house_of(practice_database, tmp_path, limits=limits) as house:
            for reason, session in sessions.items():
                assert refused(house, session.pid).endswith(f"alone: {reason}.")
    finally:
        end_all(list(sessions.values()), practice_database.admin_url)


def test_a_copy_and_an_index_build_are_refused(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute(
            "create function scout.slow(int) returns int immutable language plpgsql as 'begin perform pg_sleep(600); return 1; end'"
        )
        admin.execute("grant create on schema scout to scout_app")
        admin.execute("create table scout.mine as select 1 as id")
        admin.execute("alter table scout.mine owner to scout_app")
    copy = Session(
        own_database.app_url, "loader", ("copy (select pg_sleep(600) from generate_series(1, 2)) to program 'cat'",)
    )
    build = Session(own_database.app_url, "migration", ("create index on scout.mine (scout.slow(id))",))
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute("grant pg_execute_server_program to scout_app")
    copy.start()
    build.start()
    try:
        with house_of(own_database, tmp_path) as house:
            await_that(lambda: refused(house, copy.pid).endswith("COPY (dump or load)."))
            await_that(lambda: refused(house, build.pid).endswith("index build: a cancel leaves an invalid index."))
    finally:
        end_all([copy, build], own_database.admin_url)


def test_processes_of_the_server_are_refused(house: House, admin: psycopg.Connection) -> None:
    rows = admin.execute(
        "select pid, backend_type from pg_stat_activity where backend_type ~ 'writer|launcher'"
    ).fetchall()
    assert len(rows) >= 3
    assert all(f"{kind}: belongs to the server" in refused(house, pid) for pid, kind in rows)


def test_without_the_right_to_see_sessions_nothing_is_struck(
    practice_database: PracticeDatabase, tmp_path: Path
) -> None:
    with (
        psycopg.connect(practice_database.app_url) as app,
        house_of(practice_database, tmp_path, url=practice_database.report_url) as house,
        pytest.raises(Cannot, match="hidden from me: grant pg_read_all_stats to scout_report"),
    ):
        house.ask(f"cancel {app.info.backend_pid}")


# --- lock queues


def test_only_the_head_of_a_queue_is_ended_and_everybody_behind_it_is_freed(
    house: House, practice_database: PracticeDatabase
) -> None:
    fault = LockQueue(practice_database)
    fault.start()
    try:
        head, migration, *waiting = [session.pid for session in fault._sessions]  # pyright: ignore[reportPrivateUsage] - which sessions the fault opened
        plan = house.plan("unblock seconds=0")
        assert plan.risk is Risk.DISRUPT
        assert plan.summary == f"End what holds up 9 sessions: pid {head} (scout_app, scout-api)"
        (step,) = plan.steps
        assert step.hits[0].why == "holds up 9 sessions"
        assert "4711" not in step.hits[0].doing
        assert {one.pid: one.why for one in plan.spared} == {
            migration: f"only waits for pid {head}",
            **dict.fromkeys(waiting, f"only waits for pid {migration}"),
        }
        assert plan.notes[0].startswith(f"Frees 9 sessions: {migration} (scout_owner, has waited ")
        assert house.check(step) == (False, "still there; 1 still wait for it")
        assert house.carry_out(step) == "nobody waits for it any more, of 9 that did"
    finally:
        fault.undo()


def test_who_is_freed_is_said_when_the_head_is_terminated_and_that_a_waiter_only_waits(
    house: House, practice_database: PracticeDatabase
) -> None:
    fault = LockQueue(practice_database)
    fault.start()
    try:
        head, migration = [session.pid for session in fault._sessions][:2]  # pyright: ignore[reportPrivateUsage] - which sessions the fault opened
        assert house.plan(f"terminate {head}").notes[0].startswith("Frees 9 sessions: ")
        assert house.plan(f"terminate {head}").steps[0].hits[0].why == "holds up 9 sessions"
        notes = house.plan(f"cancel {migration}").notes
        assert notes[0].startswith("Frees 8 sessions: ")
        assert notes[1].startswith(f"It waits itself, for pid {head}: `unblock` ")
    finally:
        fault.undo()


def test_a_short_wait_is_no_queue(house: House, practice_database: PracticeDatabase) -> None:
    fault = LockQueue(practice_database)
    fault.start()
    try:
        answer = house.report("unblock seconds=3600")
        assert answer.verdict.text == "9 sessions waiting for a lock, nobody for 1 h yet: nothing to unblock"
    finally:
        fault.undo()


def test_a_head_at_work_is_cancelled(house: House, practice_database: PracticeDatabase) -> None:
    busy = Session(practice_database.app_url, "batch", ("lock table scout.dim_store in access exclusive mode", *SLEEP))
    waiter = Session(practice_database.app_url, "scout-api", ("select count(*) from scout.dim_store",), leaves=True)
    with psycopg.connect(practice_database.admin_url, autocommit=True) as admin:
        admin.execute("grant all on scout.dim_store to scout_app")
    busy.start()
    try:
        await_that(
            lambda: (
                state(house, busy.pid) == "active"
                and "sleep" in house.plan(f"cancel {busy.pid}").steps[0].hits[0].doing
            )
        )
        waiter.start()
        await_that(lambda: strikes(house, "unblock seconds=0", busy.pid) is not None)
        step = strikes(house, "unblock seconds=0", busy.pid)
        assert step is not None
        assert step.title.startswith("Cancel pid ")
        assert house.carry_out(step) == "nobody waits for it any more, of 1 that did"
    finally:
        end_all([waiter, busy], practice_database.admin_url)


def test_while_somebody_still_waits_for_an_advisory_lock_it_is_not_taken_for_help(
    house: House, practice_database: PracticeDatabase
) -> None:
    with psycopg.connect(practice_database.app_url, autocommit=True) as holder:
        holder.execute("select pg_advisory_lock(4711)")
        waiter = Session(practice_database.app_url, "scout-api", ("select pg_advisory_lock(4711)",))
        waiter.start()
        try:
            await_that(lambda: strikes(house, "unblock seconds=0", holder.info.backend_pid) is not None)
            step = strikes(house, "unblock seconds=0", holder.info.backend_pid)
            assert step is not None
            assert step.title.startswith("End pid ")
            assert step.hits[0].why == "holds up 1 session"
            assert house.check(step) == (False, "still there; 1 still wait for it")
            assert house.carry_out(step) == "nobody waits for it any more, of 1 that did"
        finally:
            end_all([waiter], practice_database.admin_url)


def test_a_head_that_must_be_spared_is_named_and_nothing_proposed(
    house: House, practice_database: PracticeDatabase
) -> None:
    with psycopg.connect(practice_database.admin_url) as superuser:
        superuser.execute("lock table scout.dim_store")
        waiter = Session(practice_database.app_url, "scout-api", ("select 1 from scout.dim_store",), leaves=True)
        waiter.start()
        try:
            await_that(lambda: unblocked(house).verdict.level is Level.ALERT)
            assert "superuser session: needs a DBA" in str(unblocked(house).parts)
        finally:
            end_all([waiter], practice_database.admin_url)


def unblocked(house: House) -> Report:
    return house.report("unblock seconds=0")


def test_a_prepared_transaction_is_named_with_its_statement_and_not_ended(tmp_path: Path) -> None:
    with PracticeDatabase(settings={"max_prepared_transactions": "2"}) as database:
        with psycopg.connect(database.app_url, autocommit=True) as app:
            app.execute("begin")
            app.execute("lock table scout.silver_transactions_cleaned in row exclusive mode")
            app.execute("prepare transaction 'it''s odd'")
        waiter = Session(
            database.owner_url, "migration", ("lock table scout.silver_transactions_cleaned",), leaves=True
        )
        waiter.start()
        try:
            with house_of(database, tmp_path) as house:
                await_that(lambda: unblocked(house).verdict.level is Level.ALERT)
                answer = unblocked(house)
                (code,) = [part for part in answer.parts if isinstance(part, Code)]
                assert code.text == "rollback prepared 'it''s odd';"
                assert "I do not end it" in answer.notes[0]
                assert "as scout_app or a superuser" in answer.notes[0]
        finally:
            end_all([waiter], database.admin_url)


def test_where_nobody_waits_there_is_nothing_to_unblock(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with house_of(own_database, tmp_path) as house:
        assert unblocked(house).verdict.text == "Nobody waits for a lock: there is nothing to unblock"
