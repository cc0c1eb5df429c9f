"""A press that was made in time counts, however late its turn comes; one that was made too late does not."""

from collections.abc import Generator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from slack_sdk import WebClient
from store_fixture import approval

from bot.approval import Approval, State
from bot.chat import Person, Place, Pressed, Profile, Verb
from bot.errors import TooLate
from bot.flow import Room
from bot.house import House
from bot.registry import discover
from bot.settings import Settings
from bot.slack import SlackSpeaker
from bot.store import Store

DEAD = "a process that died"
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def house(tmp_path: Path) -> Generator[House]:
    """A house in which Ben approves; it sends nothing and has no databases."""
    house = House(
        Settings(approvers=("U0BEN",)),
        Store.open(f"sqlite:///{tmp_path}/scout.sqlite3"),
        discover("commands"),
        SlackSpeaker(WebClient("xoxb-1")),
        lambda person: Profile(id=person.id, name=person.id),
        lambda _: Room(),
    )
    yield house
    house.close()


@pytest.fixture
def plan(house: House) -> Approval:
    """A plan whose time was over a minute ago."""
    at = house.store.now()
    told = {"requester": "U0ANA", "asked_at": at - 15 * MINUTE, "expires_at": at - MINUTE}
    made = approval("p1").model_copy(update=told)
    with house.store.change() as change:
        change.add_approval(made)
    return made


def approve(at: datetime, plan: Approval) -> Pressed:
    """Ben presses Approve."""
    place, person = Place(channel="C1"), Person(id="U0BEN")
    return Pressed(id="press:1", at=at, person=person, place=place, verb=Verb.APPROVE, subject=plan.id, seal=plan.seal)


def state(house: House) -> State:
    """How the plan stands."""
    found = house.store.approval("p1")
    assert found is not None
    return found.state


def test_a_press_that_came_in_time_counts_though_its_turn_comes_later(house: House, plan: Approval) -> None:
    house.desk.done(approve(plan.expires_at - SECOND, plan))
    assert state(house) is State.APPROVED


def test_a_press_that_came_too_late_does_not_count(house: House, plan: Approval) -> None:
    with pytest.raises(TooLate, match="has expired"):
        house.desk.done(approve(plan.expires_at + SECOND, plan))
    assert state(house) is State.ASKED


def test_a_plan_does_not_expire_while_a_press_waits_that_a_dead_process_had_acknowledged(
    house: House, plan: Approval
) -> None:
    house.store.receive(approve(plan.expires_at - SECOND, plan), DEAD)
    house.housekeeping.keep(house.store.now())
    assert state(house) is State.ASKED
    house.reception.work_on(*house.store.adopt(house.holder, {DEAD}))
    house.reception.close()
    decided = house.store.approval(plan.id)
    assert decided is not None
    assert decided.decider == "U0BEN"


def test_a_plan_that_nobody_pressed_expires(house: House, plan: Approval) -> None:
    assert plan.state is State.ASKED
    house.housekeeping.keep(house.store.now())
    assert state(house) is State.EXPIRED


def test_a_plan_whose_time_is_just_over_waits_for_a_press_that_is_on_its_way(house: House, plan: Approval) -> None:
    fresh = plan.model_copy(update={"id": "p2", "command": "reindex", "expires_at": house.store.now() - SECOND})
    with house.store.change() as change:
        change.add_approval(fresh)
    house.housekeeping.keep(house.store.now())
    assert [one.id for one in house.store.approvals({State.ASKED})] == ["p2"]
