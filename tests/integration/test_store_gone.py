"""A store that is gone in the middle of an answer is no bug of Scout's: the request waits in the inbox, and the log says so."""

import logging
import threading
from collections.abc import Generator

import pytest
from slack_sdk import WebClient
from store_fixture import AT, asked

from bot.chat import Profile
from bot.flow import Room
from bot.house import House
from bot.registry import discover
from bot.settings import Settings
from bot.slack import SlackSpeaker
from bot.store import Store
from practice.database import PracticeDatabase
from tests.integration.slow_proxy import SlowProxy


@pytest.fixture
def way(practice_database: PracticeDatabase) -> Generator[SlowProxy]:
    """The only way to the store, which can be cut."""
    proxy = SlowProxy(practice_database.port, 0)
    yield proxy
    proxy.close()


@pytest.fixture
def rush() -> threading.Event:
    """Set while answers wait."""
    return threading.Event()


@pytest.fixture
def house(way: SlowProxy, postgres_url: str, rush: threading.Event) -> House:
    return House(
        Settings(),
        Store.open(way.url(postgres_url)),
        discover("commands"),
        SlackSpeaker(WebClient("xoxb-1")),
        lambda person: Profile(id=person.id, name=person.id),
        lambda _: Room(),
        crowded=rush.is_set,
    )


def test_a_request_whose_store_is_gone_is_no_bug(
    house: House, way: SlowProxy, rush: threading.Event, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    rush.set()
    house.receive(asked("slash:1", "help", AT))
    way.close()
    rush.clear()
    house.reception.close()
    told = [(one.levelno, one.getMessage()) for one in caplog.records if one.name.startswith("bot")]
    assert [level for level, _ in told] == [logging.WARNING]
    assert "a request waits until the store answers" in told[0][1]
    left = Store.open(postgres_url)
    assert [one.id for one in left.unanswered(house.holder)] == ["slash:1"]
    left.close()
    house.store.close()
