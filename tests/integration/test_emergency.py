"""The emergency plan strikes what holds the database up, spares the rest with a reason, and verifies what it did."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from command_fixture import IMPATIENT, House, await_that, house_of

from bot.command import Answers, Plan, Pooler, Program, Risk, Step
from bot.report import Level
from practice.data_faults import Bloat, InvalidIndex
from practice.database import PracticeDatabase
from practice.session_faults import LockQueue, LongQueries
from practice.sessions import Session, end_all


@pytest.fixture
def house(practice_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path) as opened:
        yield opened


def titles(plan: Plan) -> list[str]:
    return [step.title for step in plan.steps]


def strikes(house: House, pid: int) -> Step | None:
    answer = house.ask("emergency")
    steps = answer.steps if isinstance(answer, Plan) else ()
    return next((step for step in steps if any(hit.pid == pid for hit in step.hits)), None)


def spared(house: House) -> dict[int, str]:
    answer = house.ask("emergency")
    if isinstance(answer, Plan):
        return {one.pid: one.why for one in answer.spared}
    return {}


def test_a_healthy_database_needs_no_plan(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with house_of(own_database, tmp_path) as house:
        answer = house.report("emergency")
    assert answer.verdict.level is Level.OK
    assert any(note.startswith("Examined: ") for note in answer.notes)


def test_long_queries_are_cancelled_and_their_sessions_live_on(
    house: House, practice_database: PracticeDatabase
) -> None:
    fault = LongQueries(practice_database)
    fault.start()
    try:
        pids = [session.pid for session in fault._sessions]  # pyright: ignore[reportPrivateUsage] - which sessions the fault opened
        await_that(lambda: all(strikes(house, pid) for pid in pids))
        plan = house.plan("emergency fix")
        assert plan.risk is Risk.DISRUPT
        assert plan.evidence == ("active", "blocked", "connections", "vacuum", "slow limit=5")
        steps = [step for step in plan.steps if step.hits and step.hits[0].pid in pids]
        assert all(step.title.startswith("Cancel pid ") for step in steps)
        assert {house.carry_out(step) for step in steps} == {"the statement has ended"}
    finally:
        fault.undo()


def test_only_the_head_of_a_lock_queue_is_struck_and_those_who_wait_are_spared(
    house: House, practice_database: PracticeDatabase
) -> None:
    fault = LockQueue(practice_database)
    fault.start()
    try:
        head, migration, *waiting = [session.pid for session in fault._sessions]  # pyright: ignore[reportPrivateUsage] - which sessions the fault opened
        await_that(lambda: strikes(house, head) is not None)
        plan = house.plan("emergency")
        (step,) = [step for step in plan.steps if step.hits]
        assert step.title == f"End pid {head} (scout_app, scout-api)"
        assert step.hits[0].why == "holds up 9 sessions"
        assert "4711" not in step.hits[0].doing
        why = {one.pid: one.why for one in plan.spared}
        assert why[migration] == f"only waits for pid {head}"
        assert {why[pid] for pid in waiting} == {f"only waits for pid {migration}"}
        assert house.carry_out(step) == "the session is gone"
    finally:
        fault.undo()


def test_a_plan_made_again_binds_the_same_steps(house: House, practice_database: PracticeDatabase) -> None:
    fault = LongQueries(practice_database)
    fault.start()
    try:
        pids = {session.pid for session in fault._sessions}  # pyright: ignore[reportPrivateUsage] - which sessions the fault opened
        await_that(lambda: all(strikes(house, pid) for pid in pids))
        first, second = (
            [step.binding for step in house.plan("emergency").steps if step.hits and step.hits[0].pid in pids]
            for _ in range(2)
        )
        assert first == second
    finally:
        fault.undo()


def test_a_statement_that_ended_meanwhile_is_not_struck(house: House, practice_database: PracticeDatabase) -> None:
    with psycopg.connect(practice_database.app_url, autocommit=True) as other:
        session = Session(practice_database.app_url, "scout-api", ("select pg_sleep(600)",))
        session.start()
        await_that(lambda: strikes(house, session.pid) is not None)
        step = strikes(house, session.pid)
        end_all([session], practice_database.admin_url)
        assert step is not None
        assert house.carry_out(step) == "the statement has ended"
        assert other.execute("select 1").fetchone() == (1,)


def test_superusers_protected_ones_and_copies_are_spared_with_the_reason(
    practice_database: PracticeDatabase, tmp_path: Path
) -> None:
    limits = IMPATIENT.model_copy(update={"protected_roles": ("scout_report",), "protected_applications": ("payroll",)})
    sleep = ("select pg_sleep(600)",)
    superuser = Session(practice_database.admin_url, "psql", sleep)
    role = Session(practice_database.report_url, "report", sleep)
    application = Session(practice_database.app_url, "payroll", sleep)
    scout = Session(practice_database.operate_url, "scout run A/1", sleep)
    sessions = [superuser, role, application, scout]
    for session in sessions:
        session.start()
    expected = {
        superuser.pid: "superuser session: needs a DBA",
        role.pid: "protected role",
        application.pid: "protected application",
        scout.pid: "Scout itself",
    }
    victim = Session(practice_database.app_url, "scout-api", sleep)
    victim.start()
    try:
        with house_of(practice_database, tmp_path, limits=limits) as house:
            await_that(lambda: expected.items() <= spared(house).items())
    finally:
        end_all([*sessions, victim], practice_database.admin_url)


def test_dead_rows_are_vacuumed_and_that_they_fell_is_verified(own_database: PracticeDatabase, tmp_path: Path) -> None:
    Bloat(own_database).start()
    with house_of(own_database, tmp_path) as house:
        (step,) = [step for step in house.plan("emergency").steps if "Vacuum" in step.title]
        assert step.title == "Vacuum bronze_transactions_raw"
        assert not step.required
        assert not house.check(step)[0]
        assert house.carry_out(step).startswith("0 dead rows left of ")


def test_an_invalid_index_is_rebuilt_and_a_leftover_dropped(own_database: PracticeDatabase, tmp_path: Path) -> None:
    InvalidIndex(own_database).start()
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin, house_of(own_database, tmp_path) as house:
        admin.execute('create index "Odd %I" on scout.dim_store (city)')
        admin.execute('create index "Odd %I_ccnew" on scout.dim_store (city)')
        admin.execute("update pg_index set indisvalid = false where indexrelid = 'scout.\"Odd %I_ccnew\"'::regclass")
        plan = house.plan("emergency")
        said = {step.title: house.carry_out(step) for step in plan.steps if "expired" not in step.title}
    assert said.pop("Rebuild index idx_transactions_customer").startswith("the index is valid, ")
    assert said == {
        "Drop leftover Odd %I_ccnew": "the leftover is gone",
        "Confirm idx_transactions_customer, or drop what its rebuild left": "the index is valid, and nothing is left over",
    }


def test_expired_cache_rows_are_deleted_and_fresh_ones_kept(own_database: PracticeDatabase, tmp_path: Path) -> None:
    InvalidIndex(own_database).start()
    with house_of(own_database, tmp_path) as house, psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute("update scout.query_cache set expires_at = now() + interval '1 hour' where hit_count > 5")
        admin.execute("update scout.query_cache set expires_at = now() - interval '1 hour' where hit_count <= 5")
        step = house.plan("emergency").steps[-1]
        assert step.title == "Delete expired rows of query_cache"
        assert house.carry_out(step) == "0 expired rows left"
        assert admin.execute("select count(*) > 0 from scout.query_cache").fetchone() == (True,)


def test_a_locked_or_missing_cache_is_no_obstacle(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with house_of(own_database, tmp_path) as house, psycopg.connect(own_database.admin_url) as admin:
        admin.execute("lock table scout.query_cache")
        assert "query_cache was not looked into: locked." in house.report("emergency").notes
        admin.rollback()
        admin.execute("drop table scout.query_cache")
        admin.commit()
        assert house.report("emergency").verdict.level is Level.OK


def test_the_pooler_is_reconnected_second_and_restarted_last(own_database: PracticeDatabase, tmp_path: Path) -> None:
    InvalidIndex(own_database).start()
    limits = IMPATIENT.model_copy(
        update={"pooler_database": "scout", "pooler_restart": ("systemctl", "restart", "pgbouncer")}
    )
    with house_of(own_database, tmp_path, limits=limits) as house:
        steps = house.plan("emergency").steps
    assert steps[0].do == Pooler.about("RECONNECT", "scout")
    assert steps[-2].do == Program(argv=("systemctl", "restart", "pgbouncer"))
    assert steps[-1].do == Answers(database="scout")
    assert not steps[-1].required


def test_without_the_right_to_see_sessions_the_plan_says_it_is_not_complete(
    own_database: PracticeDatabase, tmp_path: Path
) -> None:
    InvalidIndex(own_database).start()
    with psycopg.connect(own_database.app_url), house_of(own_database, tmp_path, url=own_database.report_url) as house:
        plan = house.plan("emergency")
    assert any(note.startswith("Not complete: ") and "scout_report" in note for note in plan.notes)


def test_the_operator_may_not_end_a_session_by_another_start_time(
    house: House, practice_database: PracticeDatabase
) -> None:
    session = Session(practice_database.app_url, "scout-api", ("select pg_sleep(600)",))
    session.start()
    try:
        await_that(lambda: strikes(house, session.pid) is not None)
        step = strikes(house, session.pid)
        assert step is not None
        forged = step.do.model_dump()["statement"].replace("backend_start = '20", "backend_start = '19")
        with house.database.operate("scout run test/1") as hand:
            assert hand.run(forged, 5, 5).rows == []
        assert session.is_alive
    finally:
        end_all([session], practice_database.admin_url)
