"""A process that does not do its work says why; the outside hears of it while all is well, and only then."""

import threading
from collections.abc import Generator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest
from store_fixture import AT, post

from bot.alert import Rule
from bot.chat import Lane
from bot.house.caring import Caring
from bot.house.health import DeadMan, Health
from bot.house.loop_back import LoopBack
from bot.slack import SlackSpeaker, web_client
from bot.sql import Statement
from bot.store import Store
from bot.telling import Telling
from bot.watch import ITSELF, JOBS, Judging, Watch, own_sample

AGED = Statement("aged", "update notice set created_at = %(at)s")


class Listener(BaseHTTPRequestHandler):
    """Counts who calls."""

    calls: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.calls.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own word
        """Say nothing."""


@pytest.fixture
def outside() -> Generator[str]:
    """The address of somebody who listens."""
    Listener.calls.clear()
    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/ping/secret"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def troubles() -> list[str]:
    """What is wrong with the connection to Slack."""
    return []


@pytest.fixture
def caring(store: Store) -> Caring:
    rule = Rule(alert_for=0, page_for=0, no_data_for=0, calm_for=0)
    telling = Telling(lambda _, name: JOBS if name == JOBS.name else None, "C0ALERTS")
    watch = Watch(store, {}, Judging(store, rule, telling))
    return Caring(
        store,
        "test",
        watch,
        ITSELF,
        60,
        lambda: None,
        lambda at, fence: watch.judge(ITSELF, [own_sample(store.mishaps(AT), at)], at, fence),
        lambda what: store.put_mishap("test", what),
    )


def silent(store: Store) -> LoopBack:
    """A loop-back that nobody asked for."""
    return LoopBack(store, SlackSpeaker(web_client("xoxb-1", "http://127.0.0.1:9/", None)), "", "test", lambda: None)


@pytest.fixture
def health(store: Store, caring: Caring, troubles: list[str]) -> Health:
    return Health(store, caring, 60, silent(store), lambda: troubles)


def test_while_all_is_well_the_outside_hears_of_it(health: Health, outside: str) -> None:
    assert health.reasons() == []
    DeadMan(outside, health).call(AT)
    assert Listener.calls == ["/ping/secret"]


def test_a_deaf_socket_silences_the_word_to_the_outside(health: Health, outside: str, troubles: list[str]) -> None:
    troubles.append("nothing came from Slack for 16 s")
    DeadMan(outside, health).call(AT)
    assert Listener.calls == []


def test_a_store_that_is_gone_is_a_reason_and_silences_it_too(health: Health, outside: str, store: Store) -> None:
    store.close()
    assert "store" in health.reasons()[0]
    DeadMan(outside, health).call(AT)
    assert Listener.calls == []


def test_an_address_that_does_not_answer_is_logged_without_its_secret(
    health: Health, caplog: pytest.LogCaptureFixture
) -> None:
    DeadMan("http://127.0.0.1:9/ping/secret", health).call(AT)
    assert "the dead man's address does not answer" in caplog.text
    assert "secret" not in caplog.text


def test_a_message_that_waits_too_long_is_a_reason(health: Health, store: Store) -> None:
    with store.change() as change:
        change.put_notice(post("late"))
    assert health.reasons() == []
    store._engine.tell(AGED, at="2026-03-01T03:00:00.000000+00:00")  # pyright: ignore[reportPrivateUsage] - its age is the store's clock's
    (reason,) = health.reasons()
    assert "the oldest message to Slack has been waiting for" in reason


def test_a_watch_that_does_not_come_round_is_a_reason(store: Store, caring: Caring) -> None:
    (reason,) = Health(store, caring, -1, silent(store), list).reasons()
    assert "the watch has not come round for" in reason


def test_a_mishap_becomes_one_incident_of_scout_itself(store: Store, caring: Caring) -> None:
    store.put_mishap("another", "prune was missed")
    caring.share(AT)
    for second in range(3):
        caring.tick(datetime(2026, 3, 1, 4, 0, second, tzinfo=UTC))
    (alert,) = store.alerts(ITSELF)
    assert alert.incident
    cards = [one for one in store.claim_notices("one") if one.lane is Lane.ALERT and one.message.kind == "card"]
    assert len(cards) == 1
