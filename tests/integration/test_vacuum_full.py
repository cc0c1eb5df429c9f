"""A bloated table is rewritten in its window, and in every other case it is said why not; on both versions."""

from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from both_versions import running
from command_fixture import IMPATIENT, House, await_that, house_of
from conducting import Conductor

from bot.approval import State
from bot.command import Limits, Opening, Plan, Risk
from bot.errors import BadInput, Cannot
from practice.database import PracticeDatabase

ALWAYS = IMPATIENT.model_copy(update={"window": "daily 00:00-24:00", "rewrite_bytes": 2**20, "rebuild_bytes": 2**19})
STRICT = ALWAYS.model_copy(update={"rewrite_bytes": 2**30})
ROOMY = ALWAYS.model_copy(update={"free_disk_program": ("echo", "9e12")})
FULL = ALWAYS.model_copy(update={"free_disk_program": ("echo", "1000")})
DUMB = ALWAYS.model_copy(update={"free_disk_program": ("echo", "plenty")})
BLOATED = """
create extension if not exists pgstattuple;
drop table if exists scout.bloated;
set role scout_owner;
create table scout.bloated (id integer primary key, filling text);
alter table scout.bloated set (autovacuum_enabled = off);
insert into scout.bloated select n, repeat('x', 200) from generate_series(1, 20000) as n;
delete from scout.bloated where id % 3 > 0;
reset role;
analyze scout.bloated;
"""
REPACK = Path("/usr/share/postgresql/15/extension/pg_repack.control")
BLOCKS = "set role scout_owner; begin; select 1 from scout.bloated limit 1"


@pytest.fixture(scope="module", params=["18", "15"])
def database(request: pytest.FixtureRequest) -> Generator[PracticeDatabase]:
    with running(request.param) as database:
        yield database


@pytest.fixture
def root(database: PracticeDatabase) -> Generator[psycopg.Connection]:
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        connection.execute(BLOATED)
        yield connection


@pytest.fixture
def house(database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(database, tmp_path, limits=ALWAYS) as opened:
        yield opened


@pytest.fixture
def bloated(house: House, root: psycopg.Connection) -> House:
    root.execute("vacuum scout.bloated")
    return house


def size(root: psycopg.Connection) -> int:
    (found,) = root.execute("select pg_total_relation_size('scout.bloated')").fetchone() or (0,)
    return int(found)


def test_it_is_rewritten_and_smaller_and_the_free_disk_is_for_people_to_confirm(
    bloated: House, root: psycopg.Connection
) -> None:
    plan = bloated.plan("vacuum full bloated")
    assert (plan.risk, plan.approvers) == (Risk.DISRUPT, 2)
    assert plan.window is not None
    (step,) = plan.steps
    assert (step.lock_timeout_s, step.retries, step.timeout_s) == (2, 0, 14_400)
    assert plan.notes[0].endswith("PostgreSQL cannot tell how much is free: who approves confirms to have looked.")
    assert plan.notes[1].startswith("Nobody has bloated open now.")
    before = size(root)
    ended = Conductor(bloated, now=plan).run(plan)
    assert ended.state is State.DONE
    assert size(root) < before / 2


def test_somebody_in_the_table_ends_the_one_attempt_after_two_seconds(
    bloated: House, database: PracticeDatabase, root: psycopg.Connection
) -> None:
    before = size(root)
    with psycopg.connect(database.admin_url) as reader:
        reader.execute(BLOCKS)
        await_that(lambda: "1 session in bloated now" in bloated.plan("vacuum full bloated").notes[1])
        plan = bloated.plan("vacuum full bloated")
        conductor = Conductor(bloated, now=plan)
        begun = datetime.now(UTC)
        ended = conductor.run(plan)
        reader.rollback()
    assert ended.state is State.FAILED
    assert timedelta(seconds=1.5) < datetime.now(UTC) - begun < timedelta(seconds=8)
    assert "lock" in conductor.said(ended.id)[0]
    assert size(root) == before


def test_the_program_that_knows_the_disk_is_asked_first(bloated: House) -> None:
    bloated.limits = ROOMY
    plan = bloated.plan("vacuum full bloated")
    assert [step.title for step in plan.steps] == ["Look whether the disk has room", "Rewrite bloated"]
    ended = Conductor(bloated, now=plan).run(plan)
    assert ended.state is State.DONE


@pytest.mark.parametrize(
    ("limits", "said"), [(FULL, "Not enough: the program said 1,000, and "), (DUMB, "it said: plenty")]
)
def test_a_full_disk_or_no_number_ends_it_before_anything_is_locked(
    bloated: House, root: psycopg.Connection, limits: Limits, said: str
) -> None:
    bloated.limits = limits
    before = size(root)
    plan = bloated.plan("vacuum full bloated")
    conductor = Conductor(bloated, now=plan)
    ended = conductor.run(plan)
    assert ended.state is State.FAILED
    assert said in conductor.said(ended.id)[0]
    assert size(root) == before


def test_too_little_bloat_is_refused_with_both_figures(bloated: House) -> None:
    bloated.limits = STRICT
    text = bloated.report("vacuum full bloated").verdict.text
    assert "measured); it stops everybody, so it is done from 30 % and 1 GB on" in text
    assert "would give back 0 bytes" in bloated.report("vacuum full dim_store").verdict.text


def test_who_holds_an_old_snapshot_is_named_and_nothing_is_proposed(
    bloated: House, database: PracticeDatabase, root: psycopg.Connection
) -> None:
    with psycopg.connect(database.app_url) as holder:
        holder.execute("set transaction isolation level repeatable read")
        holder.execute("select 1")
        root.execute("do $$ begin for n in 1..10050 loop perform txid_current(); commit; end loop; end $$")
        text = bloated.report("vacuum full bloated").verdict.text
        pid = holder.info.backend_pid
    assert text.startswith(
        f"A rewrite would copy the dead rows of bloated too: pid {pid} (scout_app, idle in transaction)"
    )
    assert f"`terminate {pid}` ends it" in text


def test_without_a_window_it_is_said_what_to_set(bloated: House) -> None:
    bloated.limits = IMPATIENT
    with pytest.raises(Cannot, match='Set window = "Sat 02:00-06:00" and time_zone'):
        bloated.ask("vacuum full bloated")


def test_without_pgstattuple_nothing_is_believed(bloated: House, root: psycopg.Connection) -> None:
    root.execute("drop extension pgstattuple")
    with pytest.raises(Cannot, match="`create extension pgstattuple;`"):
        bloated.ask("vacuum full bloated")


def test_an_unknown_table_and_a_locked_one_are_said(bloated: House, database: PracticeDatabase) -> None:
    with pytest.raises(BadInput, match="Did you mean 'bloated'"):
        bloated.ask("vacuum full bloted")
    with psycopg.connect(database.admin_url) as holder:
        holder.execute("lock table scout.bloated")
        assert "bloated is locked now" in bloated.report("vacuum full bloated").verdict.text


def test_pg_repack_is_offered_instead_where_it_is_installed(tmp_path: Path) -> None:
    with running("15") as debian, psycopg.connect(debian.admin_url, autocommit=True) as root:
        if not REPACK.exists():
            pytest.skip("pg_repack is not installed (Debian package postgresql-15-repack)")
        root.execute("create extension pg_repack")
        root.execute(BLOATED)
        root.execute("vacuum scout.bloated")
        with house_of(debian, tmp_path, limits=ALWAYS) as house:
            answer = house.report("vacuum full bloated")
            assert "pg_repack --dbname=scout --table=scout.bloated" in str(answer.parts)
            assert isinstance(house.ask(answer.buttons[0].text), Plan)
            root.execute("alter table scout.bloated drop constraint bloated_pkey")
            assert "has no key, which it needs" in house.plan("vacuum full bloated").notes[-1]


# --- the window, with a run


def opening(opens_s: float, closes_s: float) -> Opening:
    at = datetime.now(UTC)
    return Opening(
        opens_at=at + timedelta(seconds=opens_s), closes_at=at + timedelta(seconds=closes_s), zone="Asia/Tokyo"
    )


def in_window(plan: Plan, window: Opening) -> Plan:
    return plan.model_copy(update={"window": window})


def test_a_run_waits_for_its_window_and_another_life_of_scout_begins_it(bloated: House) -> None:
    plan = in_window(bloated.plan("vacuum full bloated"), opening(2, 60))
    conductor = Conductor(bloated, now=plan)
    approval = conductor.approved(plan)
    assert not conductor.runner.run(approval), "it was only looked at"
    assert conductor.approval(approval).state is State.APPROVED
    assert plan.window is not None
    await_that(lambda: plan.window is not None and plan.window.is_open(datetime.now(UTC)))
    assert conductor.another("two").run(approval)
    assert conductor.approval(approval).state is State.DONE


def test_a_window_that_has_closed_voids_it(bloated: House, root: psycopg.Connection) -> None:
    before = size(root)
    plan = in_window(bloated.plan("vacuum full bloated"), opening(-60, -1))
    ended = Conductor(bloated, now=plan).run(plan)
    assert ended.state is State.VOID
    assert ended.outcome.said.startswith("Nothing was done. The window has closed (")
    assert size(root) == before


def test_a_statement_is_ended_when_the_window_closes(bloated: House) -> None:
    plan = in_window(bloated.plan("vacuum full bloated"), opening(-60, 1.5))
    slow = plan.steps[0].model_copy(
        update={"do": plan.steps[0].do.model_copy(update={"statement": "select pg_sleep(20)"})}
    )
    begun = datetime.now(UTC)
    conductor = Conductor(bloated, now=plan.model_copy(update={"steps": (slow,)}))
    ended = conductor.run(plan.model_copy(update={"steps": (slow,)}))
    assert ended.state is State.FAILED
    assert datetime.now(UTC) - begun < timedelta(seconds=8)
    assert "took longer than it was allowed" in conductor.said(ended.id)[0]


def test_a_run_that_was_interrupted_does_not_go_on_after_its_window(bloated: House) -> None:
    plan = in_window(bloated.plan("vacuum full bloated"), opening(-60, 2))
    conductor = Conductor(bloated, now=plan)
    approval = conductor.left_at(plan)
    conductor.another("two").recover({"one"})
    found = conductor.approval(approval)
    resumed = found.model_copy(update={"state": State.APPROVED, "started_at": found.asked_at})
    with bloated.store.change() as change:
        assert change.swap_approval({State.INTERRUPTED}, resumed)
    await_that(lambda: plan.window is not None and plan.window.is_over(datetime.now(UTC)))
    conductor.runner.run(approval)
    ended = conductor.approval(approval)
    assert ended.state is State.FAILED
    assert ended.outcome.said.startswith("Not resumed. The window has closed (")


def test_the_full_maintenance_rewrites_the_bloated_in_the_window_by_two_approvers(bloated: House) -> None:
    plan = bloated.plan("maintenance full")
    assert [step.title for step in plan.steps] == ["Rewrite bloated"]
    assert (plan.risk, plan.approvers) == (Risk.DISRUPT, 2)
    assert plan.window is not None
    done = Conductor(bloated).run(plan)
    assert done.state is State.DONE
    assert bloated.report("maintenance full").verdict.text == (
        "No table is bloated beyond 30 % and 1 MB, no index beyond 30 % and 512 kB"
    )


SPARSE = """
drop table if exists scout.sparse;
set role scout_owner;
create table scout.sparse (id integer, filling text);
alter table scout.sparse set (autovacuum_enabled = off);
insert into scout.sparse select n, repeat('x', 10) from generate_series(1, 100000) as n;
create index sparse_id on scout.sparse (id);
delete from scout.sparse where id % 50 > 0;
reset role;
vacuum (analyze) scout.sparse;
insert into scout.sparse select n, repeat('x', 10) from generate_series(100001, 198000) as n;
vacuum (analyze) scout.sparse;
"""


def test_the_full_maintenance_rebuilds_bloated_indexes_beside_their_users(
    house: House, root: psycopg.Connection
) -> None:
    root.execute("drop table scout.bloated")
    for statement in filter(None, map(str.strip, SPARSE.split(";"))):
        root.execute(statement.encode())
    plan = house.plan("maintenance full")
    assert "Rebuild index sparse_id" in [step.title for step in plan.steps]
    assert "readers and writers go on" in plan.summary
    assert (plan.risk, plan.approvers, plan.window is not None) == (Risk.DISRUPT, 1, True)
    assert Conductor(house).run(plan).state is State.DONE
    assert "sparse_id" not in str(house.ask("maintenance full"))


def test_the_indexes_of_a_table_that_is_rewritten_are_not_rebuilt_besides(bloated: House) -> None:
    eager = ALWAYS.model_copy(update={"rebuild_bytes": 1})
    titles = [step.title for step in replace(bloated, limits=eager).plan("maintenance full").steps]
    assert "Rewrite bloated" in titles
    assert "Rebuild index bloated_pkey" not in titles
    spared = eager.model_copy(update={"rewrite_bytes": 2**40})
    assert "Rebuild index bloated_pkey" in [
        step.title for step in replace(bloated, limits=spared).plan("maintenance full").steps
    ]


def test_tables_and_indexes_are_one_request(bloated: House, root: psycopg.Connection) -> None:
    for statement in filter(None, map(str.strip, SPARSE.split(";"))):
        root.execute(statement.encode())
    plan = bloated.plan("maintenance full")
    assert [step.title for step in plan.steps][:2] == ["Rewrite bloated", "Rebuild index sparse_id"]
    assert [step.required for step in plan.steps] == [*[False] * (len(plan.steps) - 1), True]
    assert (plan.risk, plan.approvers) == (Risk.DISRUPT, 2)


def test_without_a_window_there_is_no_full_maintenance(bloated: House) -> None:
    with pytest.raises(Cannot, match="maintenance window"):
        replace(bloated, limits=IMPATIENT).ask("maintenance full")
