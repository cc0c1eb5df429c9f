"""A pause of a real pgbouncer holds its clients and is always resumed: by its end, by Stop, by another process, after a crash."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from command_fixture import IMPATIENT, House, await_that, house_of
from conducting import Conductor
from pgbouncer import Bouncer, running_bouncer

from bot.approval import State, StepState
from bot.command import Pause, Plan, Program, Risk
from bot.errors import BadInput, Cannot, Unavailable
from bot.pooler import LeftPaused, Pooler
from bot.report import Level
from practice.database import PracticeDatabase

NAMED = IMPATIENT.model_copy(update={"pooler_database": "scout"})
RESTARTED = NAMED.model_copy(update={"pooler_restart": ("true",)})


@pytest.fixture
def bouncer(practice_database: PracticeDatabase) -> Generator[Bouncer]:
    with running_bouncer(practice_database.read_url) as bouncer:
        yield bouncer


@pytest.fixture
def house(practice_database: PracticeDatabase, bouncer: Bouncer, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path, limits=NAMED) as opened:
        opened.pooler = Pooler(bouncer.admin_url)
        yield opened


@pytest.fixture
def conductor(house: House, bouncer: Bouncer) -> Conductor:
    return Conductor(house, Pooler(bouncer.admin_url, resume_seconds=1))


def client(bouncer: Bouncer) -> psycopg.Connection:
    return psycopg.connect(bouncer.url("app", "app", "scout"), autocommit=True, prepare_threshold=None)


def paused(bouncer: Bouncer) -> bool:
    return any(one["paused"] for one in Pooler(bouncer.admin_url).rows("SHOW DATABASES"))


@contextmanager
def asking(bouncer: Bouncer) -> Generator[list[float]]:
    """A client that asks once while the block lasts; how long it waited."""
    waited: list[float] = []

    def ask() -> None:
        with client(bouncer) as one:
            begun = time.monotonic()
            one.execute("select 1")
            waited.append(time.monotonic() - begun)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield waited
    finally:
        thread.join(20)


def test_a_client_waits_and_goes_on_when_the_time_is_up(house: House, conductor: Conductor, bouncer: Bouncer) -> None:
    with client(bouncer) as one:
        one.execute("select 1")
        plan = house.plan("pool pause seconds=2")
        assert plan.risk is Risk.DISRUPT
        assert plan.summary == "Pause scout of the pooler for 2 s at most; every client waits meanwhile"
        approval = conductor.begin(plan)
        await_that(lambda: paused(bouncer))
        await_that(lambda: any("resumed in" in said for said in conductor.said(approval)))
        assert house.report("pool pause").verdict.level is Level.ALERT
        begun = time.monotonic()
        one.execute("select 1")
        conductor.joined()
    assert 0.2 < time.monotonic() - begun < 5
    assert conductor.approval(approval).state is State.DONE
    assert conductor.said(approval) == ["paused for 2 s and resumed"]
    assert not paused(bouncer)


def test_an_open_transaction_is_not_waited_for_and_nobody_stays_behind(
    house: House, conductor: Conductor, bouncer: Bouncer
) -> None:
    with client(bouncer) as holder:
        holder.execute("begin")
        holder.execute("select 1")
        with asking(bouncer) as waited:
            ended = conductor.run(house.plan("pool pause seconds=60 wait=1"))
        holder.execute("rollback")
    assert ended.state is State.FAILED
    (said,) = conductor.said(ended.id)
    assert said.startswith("Open transactions did not end within 1 s, so the pause was given up")
    assert waited[0] < 5
    assert not paused(bouncer)


def test_stop_ends_it_at_once(house: House, conductor: Conductor, bouncer: Bouncer) -> None:
    approval = conductor.begin(house.plan("pool pause seconds=60"))
    await_that(lambda: paused(bouncer))
    conductor.runner.stop(approval)
    conductor.joined()
    assert not paused(bouncer)
    assert "then stopped and resumed" in conductor.said(approval)[0]


def test_leaving_resumes_before_the_process_ends(house: House, conductor: Conductor, bouncer: Bouncer) -> None:
    conductor.begin(house.plan("pool pause seconds=60"))
    await_that(lambda: paused(bouncer))
    conductor.runner.leave()
    conductor.joined()
    assert not paused(bouncer)


def test_pool_resume_ends_somebody_elses_pause_and_is_verified(
    house: House, conductor: Conductor, bouncer: Bouncer
) -> None:
    assert house.report("pool resume").verdict.text == "scout is not paused"
    approval = conductor.begin(house.plan("pool pause seconds=60"))
    await_that(lambda: paused(bouncer))
    other = Conductor(house, Pooler(bouncer.admin_url), holder="two")
    resume = house.plan("pool resume").model_copy(update={"summary": "resume"})
    assert resume.risk is Risk.MEND
    for step in resume.steps[:1]:
        Pooler(bouncer.admin_url).order(step.do.model_dump()["order"])
    conductor.joined()
    assert "then resumed by somebody else" in conductor.said(approval)[0]
    assert other.run(resume.model_copy(update={"steps": resume.steps[1:]})).state is State.DONE


def test_a_pause_whose_process_was_killed_is_resumed_by_the_next_one(
    house: House, conductor: Conductor, bouncer: Bouncer
) -> None:
    approval = conductor.left_at(house.plan("pool pause seconds=60"))
    Pooler(bouncer.admin_url).order('PAUSE "scout"')
    conductor.another("two").recover({"one"})
    assert not paused(bouncer)
    assert conductor.approval(approval).state is State.INTERRUPTED
    assert conductor.said(approval) == ["was in flight; the pooler is resumed"]
    assert [one.state for one in house.store.steps(approval)] == [StepState.DONE]


def test_a_pause_whose_pooler_is_in_the_settings_no_more_is_not_called_resumed(house: House) -> None:
    without = Conductor(house)
    approval = without.left_at(house.plan("pool pause seconds=60"))
    without.another("two").recover({"one"})
    assert without.said(approval)[0].endswith('name no pooler any more: give its console RESUME "scout"')


def test_a_pooler_that_is_gone_in_the_middle_is_resumed_as_soon_as_it_answers(
    house: House, conductor: Conductor, bouncer: Bouncer, practice_database: PracticeDatabase
) -> None:
    approval = conductor.begin(house.plan("pool pause seconds=2"))
    await_that(lambda: paused(bouncer))
    bouncer.end()
    conductor.joined()
    next_life = conductor.another("two")
    next_life.recover({"one"})
    assert conductor.approval(approval).state is State.RUNNING
    with running_bouncer(practice_database.read_url, port=bouncer.port) as again:
        Pooler(again.admin_url).order('PAUSE "scout"')
        next_life.recover({"one"})
        assert not paused(again)
    assert conductor.approval(approval).state is State.INTERRUPTED


def test_what_cannot_be_resumed_is_no_ordinary_failure(bouncer: Bouncer) -> None:
    pooler = Pooler(bouncer.admin_url, resume_seconds=0.1)
    order = Pause(database="scout", seconds=1, patience_s=1)
    with pytest.raises(LeftPaused, match="console does not answer"):
        pooler.pause(order, threading.Event(), lambda _: bouncer.end() if bouncer.server.poll() is None else None)


def test_a_pause_longer_than_the_clients_patience_is_refused(
    practice_database: PracticeDatabase, tmp_path: Path
) -> None:
    with (
        running_bouncer(practice_database.read_url, "query_wait_timeout = 20") as strict,
        house_of(practice_database, tmp_path, limits=NAMED) as house,
    ):
        house.pooler = Pooler(strict.admin_url)
        with pytest.raises(BadInput, match=r"query_wait_timeout.*pool pause seconds=5"):
            house.ask("pool pause seconds=30")
        assert isinstance(house.ask("pool pause seconds=5"), Plan)


def test_a_login_that_may_only_look_pauses_nothing(house: House, bouncer: Bouncer) -> None:
    weak = Conductor(house, Pooler(bouncer.url("pgb_stats", "only-look")))
    ended = weak.run(house.plan("pool pause"))
    assert ended.state is State.FAILED
    assert "The pooler refused PAUSE" in weak.said(ended.id)[0]
    assert not paused(bouncer)


def test_a_wrong_password_is_said_without_it(house: House, bouncer: Bouncer) -> None:
    house.pooler = Pooler(bouncer.url("pgb_admin", "hunter2"))
    with pytest.raises(Unavailable, match="SCOUT_POOLER_URL") as failure:
        house.ask("pool pause")
    assert "hunter2" not in str(failure.value)


# --- restart


def test_without_a_program_the_setting_is_named(house: House) -> None:
    with pytest.raises(Cannot, match='Set pooler_restart = \\["systemctl"'):
        house.ask("pool restart")


def test_after_the_restart_the_pooler_is_asked_until_it_is_well(house: House, conductor: Conductor) -> None:
    house.limits = RESTARTED
    plan = house.plan("restart pgbouncer")
    assert plan.risk is Risk.DISRUPT
    assert plan.steps[0].do == Program(argv=("true",))
    ended = conductor.run(plan)
    assert ended.state is State.DONE
    assert conductor.said(ended.id)[1].endswith("answers and serves scout; 0 clients wait")


def test_a_pooler_that_does_not_come_back_is_a_failure_with_the_reason(
    house: House, conductor: Conductor, bouncer: Bouncer
) -> None:
    house.limits = RESTARTED
    bouncer.end()
    plan = house.plan("pool restart")
    assert "Its console does not answer now." in plan.notes
    hasty = tuple(step.model_copy(update={"timeout_s": 1}) for step in plan.steps)
    ended = conductor.run(plan.model_copy(update={"steps": hasty}))
    assert ended.state is State.FAILED
    assert "Not well after 1 s: The pooler's console does not answer" in conductor.said(ended.id)[1]
