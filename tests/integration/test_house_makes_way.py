"""While many requests wait for their acknowledgement, answers wait; nobody waits for long."""

import threading
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from slack_sdk import WebClient
from store_fixture import asked

from bot.chat import Profile
from bot.flow import Room
from bot.house import House
from bot.registry import discover
from bot.settings import Settings
from bot.slack import SlackSpeaker
from bot.store import Store


@pytest.fixture
def rush() -> threading.Event:
    """Set while the door is crowded."""
    return threading.Event()


@pytest.fixture
def house(tmp_path: Path, rush: threading.Event) -> Generator[House]:
    store = Store.open(f"sqlite:///{tmp_path}/scout.sqlite3")
    house = House(
        Settings(),
        store,
        discover("commands"),
        SlackSpeaker(WebClient("xoxb-1")),
        lambda person: Profile(id=person.id, name=person.id),
        lambda _: Room(),
        crowded=rush.is_set,
    )
    yield house
    house.close()


def answered(house: House, seconds: float) -> bool:
    """Whether everything in the inbox is answered in time."""
    over = threading.Event()
    deadline = seconds / 0.02
    while house.store.unanswered(house.holder) and deadline > 0:
        over.wait(0.02)
        deadline -= 1
    return not house.store.unanswered(house.holder)


def test_an_answer_waits_for_the_rush_to_pass(house: House, rush: threading.Event) -> None:
    rush.set()
    house.receive(asked("slash:1", "help", datetime.now(UTC)))
    assert not answered(house, 0.3)
    rush.clear()
    assert answered(house, 10)


def test_a_rush_without_an_end_keeps_nobody_waiting(house: House, rush: threading.Event) -> None:
    rush.set()
    house.receive(asked("slash:1", "help", datetime.now(UTC)))
    assert answered(house, 10)
