"""Scout is killed in every step of a repair of many: Resume ends it, nothing is done twice, and nothing half-built is left."""

import itertools
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, await_that, house_of
from repairer import repairer

from bot.approval import Approval, State, StepRecord, StepState, seal
from bot.command import Plan
from practice.database import PracticeDatabase

pytestmark = pytest.mark.slow

PROGRAM = str(Path(__file__).with_name("repairer.py"))
CONVERT, REBUILD = "partition convert plain", "view rebuild seen"
LADEN = """
set role scout_owner;
create table scout.plain (id int primary key, day date not null);
insert into scout.plain select n, current_date - n from generate_series(1, 100) as n;
create table scout.gate as select false as shut;
create function scout.pass() returns text language plpgsql as $$
begin while (select shut from scout.gate) loop perform pg_sleep(0.02); end loop; return ''; end $$;
create materialized view scout.seen as select id, scout.pass() as passed from scout.plain;
create unique index seen_id on scout.seen (id);
reset role;
"""
GONE = "drop materialized view scout.seen; drop function scout.pass; drop table scout.plain, scout.gate cascade"
LEFT = """
select coalesce(string_agg(c.relname, ', '), '') from pg_class as c
where c.relname ~ '^scout_(re|convert)' or exists (select from pg_index as i where i.indexrelid = c.oid and not i.indisvalid)
"""
END = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s"
VIEW = "select 'scout.seen'::regclass::oid"


@pytest.fixture(scope="module")
def database() -> Generator[PracticeDatabase]:
    with PracticeDatabase() as database:
        yield database


@pytest.fixture
def root(database: PracticeDatabase) -> Generator[psycopg.Connection]:
    """The superuser, with a table to convert and a view to rebuild."""
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        connection.execute(LADEN)
        yield connection
        connection.execute(GONE)


@pytest.fixture
def house(database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(database, tmp_path) as opened:
        yield opened


@dataclass(frozen=True)
class Lives:
    """One life of Scout that is killed, and the next one."""

    house: House
    practice: PracticeDatabase
    folder: Path
    id: str = "a"

    def approved(self, text: str) -> Plan:
        """A plan that enough people have approved."""
        plan, at = self.house.plan(text), datetime.now(UTC)
        approval = Approval(
            id=self.id, text=text, command=text, database="scout", plan=plan, seal=seal(plan), requester="U1", channel="C1",
            asked_at=at, expires_at=at + timedelta(hours=1), decider="U2", decided_at=at, state=State.APPROVED,
        )  # fmt: skip
        with self.house.store.change() as change:
            assert change.add_approval(approval) is None
        return plan

    @contextmanager
    def carried(self, moment: str = "never", step: int = 0) -> Generator["subprocess.Popen[bytes]"]:
        """The first life, which is over after the block at the latest."""
        url = f"sqlite:///{self.folder}/scout.db"
        told = [url, self.practice.read_url, self.practice.operate_url, "dead", self.id, moment, str(step)]
        life = subprocess.Popen([sys.executable, PROGRAM, *told])
        try:
            yield life
        finally:
            life.kill()
            life.wait()

    def killed(self, moment: str, step: int) -> None:
        """Let the first life be killed at a moment of a step."""
        with self.carried(moment, step) as life:
            assert life.wait(30) == -signal.SIGKILL

    def found(self) -> Approval:
        """What the next life finds, and calls interrupted."""
        repairer(self.house, "next").recover({"dead"})
        assert self.approval.state is State.INTERRUPTED
        assert "Nothing has been repeated" in self.approval.outcome.said
        return self.approval

    def resumed(self) -> Approval:
        """Resume it, as somebody who presses the button."""
        again = self.approval.model_copy(update={"state": State.APPROVED})
        with self.house.store.change() as change:
            assert change.swap_approval({State.INTERRUPTED}, again)
        repairer(self.house, "next").run(self.id)
        return self.approval

    @property
    def approval(self) -> Approval:
        """How it stands."""
        found = self.house.store.approval(self.id)
        assert found is not None
        return found

    @property
    def steps(self) -> list[StepRecord]:
        """Its journal."""
        return list(self.house.store.steps(self.id))

    def waits(self, root: psycopg.Connection, words: str) -> bool:
        """Whether the first step is at work on the server, at a statement with some words."""
        asked = "select from pg_stat_activity where application_name = %s and state = 'active' and query ilike %s"
        return bool(root.execute(asked, [self.first_session, f"%{words}%"]).fetchall())

    @property
    def first_session(self) -> str:
        """The name under which the first step works on the server."""
        return f"scout run {self.id}/1"


@pytest.fixture
def lives(house: House, database: PracticeDatabase, tmp_path: Path) -> Lives:
    return Lives(house, database, tmp_path)


def one(root: psycopg.Connection, statement: str) -> object:
    return (root.execute(statement.encode()).fetchone() or (None,))[0]


def converted(root: psycopg.Connection) -> bool:
    """Whether the table is partitioned, with all its rows, with statistics, and with nothing left of the way there."""
    assert one(root, "select count(*) from scout.plain") == 100
    assert one(root, LEFT) == ""
    assert one(root, "select count(*) from pg_constraint where conname = 'scout_partition_bound'") == 0
    assert one(root, "select reltuples from pg_class where oid = 'scout.plain'::regclass") == 100
    return one(root, "select relkind::text from pg_class where oid = 'scout.plain'::regclass") == "p"


def ended(lives: Lives) -> set[StepState]:
    """How the steps ended; no one has to ask what became of it."""
    assert [one.said for one in lives.steps if not one.said] == []
    assert lives.house.store.verify_audit().holds
    return {one.state for one in lives.steps}


@pytest.mark.parametrize(("moment", "step"), [("half", 0), *itertools.product(("begun", "ended"), range(7))])
def test_a_conversion_is_ended_by_resume_whatever_it_was_killed_in(
    lives: Lives, root: psycopg.Connection, moment: str, step: int
) -> None:
    plan = lives.approved(CONVERT)
    assert len(plan.steps) == 7
    lives.killed(moment, step)
    lives.found()
    assert lives.steps[step].said.startswith(f"was in flight, and is {'done' if moment == 'ended' else ''}")
    assert (lives.resumed().state, lives.approval.outcome.said) == (State.DONE, lives.approval.outcome.said)
    assert ended(lives) <= {StepState.DONE, StepState.SKIPPED}
    assert converted(root)


@pytest.mark.parametrize(("moment", "step"), list(itertools.product(("begun", "ended"), range(3))))
def test_a_rebuild_is_ended_by_resume_whatever_it_was_killed_in(
    lives: Lives, root: psycopg.Connection, moment: str, step: int
) -> None:
    before = one(root, VIEW)
    plan = lives.approved(REBUILD)
    assert len(plan.steps) == 3
    lives.killed(moment, step)
    between = one(root, VIEW)
    lives.found()
    assert lives.steps[step].said.startswith(f"was in flight, and is {'done' if moment == 'ended' else ''}")
    assert (lives.resumed().state, lives.approval.outcome.said) == (State.DONE, lives.approval.outcome.said)
    assert ended(lives) <= {StepState.DONE, StepState.SKIPPED}
    assert one(root, LEFT) == ""
    after = one(root, VIEW)
    assert after != before
    assert between in {before, after}  # it was put in its place once


def test_a_build_that_was_cut_short_is_cleared_away_by_resume_and_built_once_more(
    lives: Lives, root: psycopg.Connection, database: PracticeDatabase
) -> None:
    lives.approved(CONVERT)
    with psycopg.connect(database.app_url) as writer:
        writer.execute("insert into scout.plain values (0, current_date)")
        with lives.carried():
            await_that(lambda: lives.waits(root, "create unique index"))
        lives.found()
        assert "its statement is still running on the server" in lives.steps[0].said
        assert "Resume when that is over" in lives.resumed().outcome.said
        root.execute(END, [lives.first_session])
        await_that(lambda: not lives.waits(root, "create unique index"))
        writer.rollback()
    assert str(one(root, LEFT)).startswith("scout_convert_")
    assert lives.resumed().state is State.DONE
    assert ended(lives) == {StepState.DONE}
    assert converted(root)


def test_an_index_that_the_server_builds_to_the_end_alone_is_not_built_again(
    lives: Lives, root: psycopg.Connection, database: PracticeDatabase
) -> None:
    lives.approved(CONVERT)
    with psycopg.connect(database.app_url) as writer:
        writer.execute("insert into scout.plain values (0, current_date)")
        with lives.carried():
            await_that(lambda: lives.waits(root, "create unique index"))
        lives.found()
        writer.rollback()
    await_that(lambda: not lives.waits(root, "create unique index"))
    assert lives.resumed().state is State.DONE
    assert lives.steps[0].said.startswith("was in flight, and is done: valid")
    assert converted(root)


def test_a_view_that_the_server_builds_to_the_end_alone_is_put_in_its_place(
    lives: Lives, root: psycopg.Connection
) -> None:
    before = one(root, VIEW)
    lives.approved(REBUILD)
    root.execute("update scout.gate set shut = true")
    with lives.carried():
        await_that(lambda: lives.waits(root, "create materialized view"))
    lives.found()
    assert "its statement is still running on the server" in lives.steps[0].said
    root.execute("update scout.gate set shut = false")
    await_that(lambda: not lives.waits(root, "create materialized view"))
    assert lives.resumed().state is State.DONE
    assert lives.steps[0].said.startswith("was in flight, and is done: built")
    assert one(root, VIEW) != before
    assert one(root, LEFT) == ""
