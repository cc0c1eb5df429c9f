"""A question on its way: what stands for another one, what needs a reason, and what is said too late."""

from datetime import datetime, timedelta

import pytest
from store_fixture import asked, plan

from bot.approval import State
from bot.chat import Asked, Person, Profile
from bot.command import Args, Command, Instead, Limits, Plan, Probe, R, Risk, Sources
from bot.database import Watched
from bot.flow import Answers, Flow, Places, Proposals, Room, Ward
from bot.orders import Orders
from bot.policy import Policy
from bot.registry import Registry
from bot.store import Store
from bot.telling import Telling

POLICY = Policy(operators=frozenset({"U1"}), approvers=frozenset({"U2"}))
DISRUPTING = plan("first").model_copy(update={"risk": Risk.DISRUPT})


class Which(Args):
    """Which job."""

    job: str = ""


def rewrite(_: Sources, __: object) -> Plan:
    return DISRUPTING


def run_job(_: Sources, args: Which) -> Instead:
    text = "rewrite because it is Sunday" if args.job == "sunday" else "rewrite"
    return Instead(text=text, job=args.job)


REGISTRY = Registry([
    Command(name="rewrite", help="h", runbook="", risk=Risk.DISRUPT, plan=rewrite),
    Command(name="schedule run", help="h", runbook="", risk=Risk.MEND, plan=run_job, args=Which),
])  # fmt: skip


def nothing_measured(_database: str, _metric: str) -> None:
    return None


def profile(person: Person) -> Profile:
    return Profile(id=person.id, name=person.id)


def no_past(database: str, probe: Probe[R], seconds: float, at: datetime) -> None:
    """The watch has kept nothing."""


def flow_on(store: Store, databases: tuple[str, ...] = ("main",)) -> Flow:
    """A flow that knows two commands; neither looks at the database."""
    wards = {name: Ward(Watched(name, "host=nowhere", "host=nowhere", "scout"), Limits(), ()) for name in databases}
    places = Places(lambda _: Room())
    answers = Answers(REGISTRY, POLICY, wards, store, places, lambda _: (), no_past)
    orders = Orders(POLICY, store, Telling(metric=nothing_measured))
    return Flow(answers, Proposals(POLICY, store, places), orders, store, profile)


def received(store: Store, text: str) -> Asked:
    """A question as the inbox holds it."""
    item = asked("q1", text, store.now() - timedelta(seconds=3))
    assert store.receive(item, "us")
    return item


def test_the_reason_that_was_typed_for_a_job_is_that_of_its_plan(store: Store) -> None:
    flow_on(store).handle(received(store, "schedule run nightly because the disk is full"))
    (proposed,) = store.approvals({State.ASKED})
    assert (proposed.text, proposed.reason) == ("rewrite on main", "the disk is full")


def test_a_job_that_brings_its_reason_along_is_asked_for_on_the_right_database(store: Store) -> None:
    flow_on(store, ("main", "other")).handle(received(store, "schedule run sunday on other"))
    (proposed,) = store.approvals({State.ASKED})
    assert (proposed.text, proposed.database, proposed.reason) == ("rewrite on other", "other", "it is Sunday")


def test_a_job_that_needs_a_reason_is_proposed_once_it_is_given(store: Store) -> None:
    flow = flow_on(store)
    question = received(store, "schedule run nightly")
    flow.handle(question)
    assert store.approvals() == []
    said = flow.with_reason(question.model_copy(update={"id": "d1", "reason": "the disk is full"}))
    assert said.verdict.text == "It waits for a decision on its card."
    (proposed,) = store.approvals({State.ASKED})
    assert proposed.reason == "the disk is full"
    assert [one.approval for one in store.job_runs("main")] == [proposed.id]


@pytest.mark.parametrize(("ends", "told"), [(True, 0), (False, 1)])
def test_nobody_is_told_to_wait_for_what_was_answered_already(store: Store, told: int, *, ends: bool) -> None:
    flow = flow_on(store)
    question = received(store, "rewrite because of it")
    if ends:
        flow.handle(question)
    before = store.unsent()
    flow.still(question)
    assert store.unsent() - before == told
