"""A flood of questions by one person: told once, and nobody else waits for it."""

import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from slack_sdk import WebClient
from store_fixture import approval, asked

from bot.chat import Asked, Person, Place, Pressed, Profile, Verb, Whisper
from bot.flow import Room
from bot.house import House
from bot.registry import discover
from bot.settings import Settings
from bot.slack import SlackSpeaker
from bot.store import Store
from tests.integration.command_fixture import await_that

TOO_FAST = "That is faster than I answer one person"


@dataclass
class Flood:
    """A Scout to which nobody answers who U1 is until `known` is set."""

    folder: Path
    known: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.store = Store.open(f"sqlite:///{self.folder}/scout.sqlite3")
        slack = SlackSpeaker(WebClient("xoxb-1"))
        told = Settings(operators=("U1",), approvers=("U2",))
        self.house = House(told, self.store, discover("commands"), slack, self.profile, lambda _: Room())

    def profile(self, person: Person) -> Profile:
        """As slow as a database that hangs, for U1 only."""
        if person.id == "U1":
            self.known.wait(30)
        return Profile(id=person.id, name=person.id)

    def asks(self, person: str, number: int) -> Asked:
        """A question, as Slack brings it."""
        one = asked(f"slash:{person}:{number}", "help", datetime.now(UTC))
        one = one.model_copy(update={"person": Person(id=person)})
        self.house.receive(one)
        return one

    def waits(self, one: Asked | Pressed) -> bool:
        """Whether it has no answer yet."""
        return one.id in {item.id for item in self.store.unanswered(self.house.holder)}

    def said(self) -> list[str]:
        """Every answer so far."""
        messages = [notice.message for notice in self.store.claim_notices("test", 200)]
        return [message.report.verdict.text for message in messages if isinstance(message, Whisper)]


@pytest.fixture
def flood(tmp_path: Path) -> Generator[Flood]:
    there = Flood(tmp_path)
    yield there
    there.known.set()
    there.house.close()


def test_ten_are_answered_one_refusal_is_said_and_all_are_done_with(flood: Flood) -> None:
    flood.known.set()
    for number in range(40):
        flood.asks("U1", number)
    await_that(lambda: not flood.store.unanswered(flood.house.holder))
    said = flood.said()
    assert sum(text.startswith(TOO_FAST) for text in said) == 1
    assert 10 <= len(said) <= 12


def test_while_a_flood_hangs_others_are_answered_and_the_flooder_can_still_stop_a_run(flood: Flood) -> None:
    hanging = [flood.asks("U1", number) for number in range(10)]
    others = [flood.asks(f"U{number}", 1) for number in range(3, 9)]
    await_that(lambda: not any(flood.waits(one) for one in others), 10)
    assert all(flood.waits(one) for one in hanging)


def test_a_press_of_somebody_who_has_used_up_all_questions_is_seen_to(flood: Flood) -> None:
    flood.known.set()
    for number in range(40):
        flood.asks("U1", number)
    with flood.store.change() as change:
        change.add_approval(approval("run1", at=datetime.now(UTC)))
    pressed = Pressed(
        id="press:1",
        at=datetime.now(UTC),
        person=Person(id="U1"),
        place=Place(channel="C1"),
        verb=Verb.STOP,
        subject="run1",
    )
    flood.house.receive(pressed)
    await_that(lambda: not flood.waits(pressed), 10)
    await_that(lambda: any("Nothing to stop" in text for text in flood.said()), 10)
