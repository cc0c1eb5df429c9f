"""The database is lost in the middle of a step: it is asked what became of it, the card tells the truth, and Resume goes on."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, await_that, house_of
from conducting import Conductor

from bot.approval import Approval, State, StepState
from bot.command import Check, Plan, Risk, Sql, Step
from practice.database import PracticeDatabase

SESSIONS = "from pg_stat_activity where application_name like 'scout run %' and state = 'active' and query ~ 'pg_sleep'"
COUNTED = "select count(*) = 1, count(*) || ' rows of {n}' from scout.made where n = {n}"
SLOW = "select pg_sleep(30) where not exists (select from scout.lost_before)"


@pytest.fixture(scope="module")
def database() -> Generator[PracticeDatabase]:
    with PracticeDatabase() as database:
        yield database


@pytest.fixture
def conductor(database: PracticeDatabase, tmp_path: Path) -> Generator[Conductor]:
    asked(database, "drop table if exists scout.made, scout.lost_before")
    asked(database, "create table scout.lost_before (n int); create table scout.made (n int)")
    asked(database, "grant all on scout.made, scout.lost_before to public")
    with house_of(database, tmp_path) as house:
        yield Conductor(house)


def asked(database: PracticeDatabase, statement: str) -> int:
    """How many rows a statement of the superuser has."""
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        cursor = admin.execute(statement.encode())
        return len(cursor.fetchall()) if cursor.description else 0


def step(n: int, *statements: str) -> Step:
    """A step that is done when its row is there."""
    first, then = statements
    check = Check(statement=COUNTED.format(n=n), patience_s=0)
    return Step(title=f"Row {n}", do=Sql(first=first, statement=then), locks="none", timeout_s=60, check=check)


DONE_EARLY = step(1, "insert into scout.made values (1)", SLOW)
DONE_LATE = step(1, SLOW, "insert into scout.made values (1)")
NEXT = step(2, "select 1", "insert into scout.made values (2)")


def begun(conductor: Conductor, database: PracticeDatabase, *steps: Step) -> str:
    """A run whose first step is at work on the server."""
    approval = conductor.begin(Plan(summary="rows", risk=Risk.MEND, steps=steps))
    await_that(lambda: asked(database, f"select 1 {SESSIONS}") > 0)
    return approval


def cut(database: PracticeDatabase) -> None:
    """Break the connection of the step; the next time it does not take long."""
    asked(database, "insert into scout.lost_before values (1)")
    asked(database, f"select pg_terminate_backend(pid, 5000) {SESSIONS}")


def states(house: House, approval: str) -> list[StepState]:
    return [one.state for one in house.store.steps(approval)]


def resumed(conductor: Conductor, approval: str) -> Approval:
    """How it ends when somebody presses Resume."""
    found = conductor.approval(approval)
    with conductor.house.store.change() as change:
        assert change.swap_approval({State.INTERRUPTED}, found.model_copy(update={"state": State.APPROVED}))
    conductor.runner.run(approval)
    return conductor.approval(approval)


def test_what_was_not_done_is_said_and_resume_does_it_once(conductor: Conductor, database: PracticeDatabase) -> None:
    approval = begun(conductor, database, DONE_LATE, NEXT)
    cut(database)
    conductor.joined()
    found = conductor.approval(approval)
    assert (found.state, states(conductor.house, approval)) == (
        State.INTERRUPTED,
        [StepState.UNKNOWN, StepState.WAITING],
    )
    assert found.outcome.said == "The database was lost in the middle (step 1). Nothing has been repeated."
    assert conductor.said(approval)[0] == "was in flight, and is not done: 0 rows of 1"
    assert resumed(conductor, approval).outcome.said == "2 of 2 steps done and verified."
    assert asked(database, "select n from scout.made") == 2


def test_what_was_done_is_verified_and_the_rest_waits_for_resume(
    conductor: Conductor, database: PracticeDatabase
) -> None:
    approval = begun(conductor, database, DONE_EARLY, NEXT)
    cut(database)
    conductor.joined()
    assert conductor.approval(approval).state is State.INTERRUPTED
    assert states(conductor.house, approval) == [StepState.DONE, StepState.WAITING]
    assert conductor.said(approval)[0] == "was in flight, and is done: 1 rows of 1"
    assert resumed(conductor, approval).state is State.DONE
    assert asked(database, "select n from scout.made") == 2


def test_a_last_step_that_is_found_done_ends_the_run(conductor: Conductor, database: PracticeDatabase) -> None:
    approval = begun(conductor, database, DONE_EARLY)
    cut(database)
    conductor.joined()
    assert conductor.approval(approval).outcome.said == "1 of 1 steps done and verified."


def test_a_server_that_stays_away_is_waited_for_and_then_asked(
    conductor: Conductor, database: PracticeDatabase
) -> None:
    approval = begun(conductor, database, DONE_EARLY)
    database.stop()
    try:
        await_that(lambda: "Waiting until it answers again" in conductor.said(approval)[0])
    finally:
        database.start()
    conductor.joined()
    assert conductor.approval(approval).state is State.DONE
    assert conductor.said(approval)[0] == "was in flight, and is done: 1 rows of 1"


@pytest.mark.parametrize("ends", [State.INTERRUPTED, State.STOPPED])
def test_when_the_patience_ends_or_somebody_stops_it_it_says_that_it_could_not_be_checked(
    conductor: Conductor, database: PracticeDatabase, ends: State
) -> None:
    conductor.runner.patience_s = 600 if ends is State.STOPPED else 0.5
    approval = begun(conductor, database, DONE_EARLY)
    database.stop()
    try:
        if ends is State.STOPPED:
            await_that(lambda: "Waiting until it answers again" in conductor.said(approval)[0])
            conductor.runner.stop(approval)
        conductor.joined()
    finally:
        database.start()
    assert conductor.approval(approval).state is ends
    assert states(conductor.house, approval) == [StepState.UNKNOWN]
    assert "could not be checked: scout does not answer" in conductor.said(approval)[0]
