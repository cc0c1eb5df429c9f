"""A run whose database has left the settings, and a run that is in another process's hands by now: said, and never harmed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from carrier import again, look
from store_fixture import approval

from bot.approval import Approval, State, StepRecord, StepState
from bot.command import Measurement
from bot.database import Watched
from bot.report import Report
from bot.runner import Runner, Tools
from bot.store import Store

NOWHERE: Mapping[str, Tools] = {}


def left_running(store: Store, name: str, database: str = "main", holder: str = "dead") -> Approval:
    """A run in the middle of its first step."""
    made = approval(name, database=database).model_copy(update={"state": State.RUNNING, "holder": holder})
    with store.change() as change:
        assert change.add_approval(made) is None
        assert change.swap_step({StepState.WAITING}, StepRecord(approval=name, number=0, state=StepState.RUNNING))
    return made


def runner(store: Store, measure: Sequence[Measurement] = ()) -> Runner:
    return Runner(store, "us", NOWHERE, again, look, lambda _: measure)


def state_of(store: Store, name: str) -> State:
    found = store.approval(name)
    assert found is not None
    return found.state


def test_a_lost_run_on_a_database_that_left_the_settings_keeps_nobody_from_starting(store: Store) -> None:
    left_running(store, "a", "sold")
    left_running(store, "b", "given away")
    runner(store).recover({"dead"})
    assert [state_of(store, name) for name in ("a", "b")] == [State.INTERRUPTED] * 2
    (step,) = (one for one in store.steps("a") if one.state is StepState.UNKNOWN)
    assert "the settings name no database sold any more" in step.said


def test_what_is_resumed_on_such_a_database_says_why_it_does_not_go_on(store: Store) -> None:
    found = left_running(store, "a", "sold")
    runner(store).recover({"dead"})
    with store.change() as change:
        assert change.swap_approval(
            {State.INTERRUPTED}, found.model_copy(update={"state": State.APPROVED, "started_at": found.asked_at})
        )
    runner(store).run("a")
    ended = store.approval("a")
    assert ended is not None
    assert ended.state is State.INTERRUPTED
    assert ended.outcome.said.startswith("Not resumed. The settings name no database sold any more")


def test_a_process_that_breaks_down_ends_no_run_that_another_has_taken_over(store: Store) -> None:
    made = approval("a")
    plan = made.plan.model_copy(update={"evidence": ("status",)})
    with store.change() as change:
        assert change.add_approval(made.model_copy(update={"plan": plan, "state": State.APPROVED})) is None

    def taken_over(_: str, __: str, ___: datetime) -> Report:
        """Everybody took this process for dead while it looked; somebody resumed the run, and another process runs it."""
        ours = store.approval("a")
        assert ours is not None
        with store.change() as change:
            assert change.swap_approval({State.RUNNING}, ours.model_copy(update={"holder": "another"}))
        raise LookupError("and then it hit a bug")

    tools = {"main": Tools(Watched("main", "host=nowhere", "host=nowhere", "scout"))}
    Runner(store, "us", tools, again, taken_over, lambda _: ()).run("a")
    assert state_of(store, "a") is State.RUNNING


def test_a_process_that_leaves_begins_no_run_that_waited_for_a_worker(store: Store) -> None:
    with store.change() as change:
        assert change.add_approval(approval("a").model_copy(update={"state": State.APPROVED})) is None
    leaving = runner(store)
    leaving.leave()
    leaving.run("a")
    assert state_of(store, "a") is State.APPROVED
