"""A replica whose clock is an hour ahead of the store's says what it has to say now, and goes on with what waits."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from slack_sdk import WebClient
from store_fixture import asked
from test_house_makes_way import answered

from bot.chat import Person, Place, Pressed, Profile, Verb
from bot.flow import Room
from bot.house import House
from bot.registry import discover
from bot.settings import Settings
from bot.slack import SlackSpeaker
from bot.store import Store
from bot.watch import ITSELF, own_sample

AHEAD = timedelta(hours=1)


@pytest.fixture
def house(tmp_path: Path) -> Generator[House]:
    """A house that sends nothing, so that what waits can be looked at."""
    store = Store.open(f"sqlite:///{tmp_path}/scout.sqlite3")
    house = House(
        Settings(alert_channel="C1", alert_for_seconds=0),
        store,
        discover("commands"),
        SlackSpeaker(WebClient("xoxb-1")),
        lambda person: Profile(id=person.id, name=person.id),
        lambda _: Room(),
    )
    yield house
    house.close()


@pytest.fixture
def ahead() -> datetime:
    """What the wrong clock says."""
    return datetime.now(UTC) + AHEAD


def is_due(store: Store) -> bool:
    """Whether something waits, and may be sent at once."""
    due = store.next_due()
    return due is not None and due <= store.now()


def test_the_answer_to_a_question_is_sent_at_once(house: House, ahead: datetime) -> None:
    question = asked("slash:1", "help", ahead)
    house.store.receive(question, house.holder)
    house.flow.handle(question)
    assert is_due(house.store)


def test_the_answer_to_a_press_is_sent_at_once(house: House, ahead: datetime) -> None:
    place, person = Place(channel="C1"), Person(id="U1")
    press = Pressed(id="press:1", at=ahead, person=person, place=place, verb=Verb.APPROVE, subject="nothing")
    house.store.receive(press, house.holder)
    house.desk.handle(press)
    assert is_due(house.store)


def test_an_incident_is_told_at_once(house: House, ahead: datetime) -> None:
    house.store.put_mishap(house.holder, "the clock went wrong")
    mishaps = house.store.mishaps(house.store.now() - AHEAD)
    fence = house.store.share(house.holder, [ITSELF], 60)[ITSELF]
    house.watch.judge(ITSELF, [own_sample(mishaps, ahead)], ahead, fence)
    assert is_due(house.store)


def test_what_was_left_lying_is_taken_again_though_its_time_has_not_come_yet(house: House, ahead: datetime) -> None:
    house.store.receive(asked("slash:1", "help", ahead), house.holder)
    house.housekeeping.keep(datetime.now(UTC))
    assert answered(house, 10)
