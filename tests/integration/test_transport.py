"""The transport against a Slack that misbehaves: nothing is lost, nothing is done twice, and it always comes back."""

import asyncio
import contextlib
import json
import logging
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult
from socket_server import APP_TOKEN, BOT_TOKEN, SocketServer, eventually

from bot.transport.carrier import Transport
from bot.transport.health import CannotListen
from bot.transport.link import SlackUnreachable, SocketSettings, WrongToken, check_tokens

PING = 0.2
Handler = Callable[[str, Ack], None]


@pytest.fixture
def server() -> Iterator[SocketServer]:
    with SocketServer() as server:
        yield server


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    eventually(lambda: set(threading.enumerate()) <= before)


@pytest.fixture
def handled() -> Counter[str]:
    """How often each text came to the handler."""
    return Counter()


@contextlib.contextmanager
def bolt(handler: Handler) -> Generator[App]:
    with ThreadPoolExecutor(16) as pool:
        app = App(
            signing_secret="unused",
            authorize=lambda: AuthorizeResult(
                enterprise_id=None, team_id="T1", bot_token=BOT_TOKEN, bot_user_id="UBOT"
            ),
            listener_executor=pool,
        )

        @app.command("/scout")  # pyright: ignore[reportUnknownMemberType] - Bolt names a bare Pattern
        def _(ack: Ack, command: dict[str, Any]) -> None:
            handler(command["text"], ack)

        yield app


def settings(server: SocketServer, app_token: str = APP_TOKEN, bot_token: str = BOT_TOKEN) -> SocketSettings:
    return SocketSettings(app_token, bot_token, server.api_url, ping_interval=PING)


@pytest.fixture
def answering(handled: Counter[str]) -> Iterator[App]:
    """Acknowledges everything at once."""

    def handler(text: str, ack: Ack) -> None:
        handled[text] += 1
        ack(f"heard {text}")

    with bolt(handler) as app:
        yield app


@contextlib.contextmanager
def running(
    app: App, settings: SocketSettings, *, pages: bool = False, ready: Callable[[], list[str]] = list
) -> Generator[Transport]:
    transport = Transport(app, settings, ("127.0.0.1", 0) if pages else None, ready)
    transport.start(wait=True)
    try:
        yield transport
    finally:
        transport.stop()


@pytest.fixture
def transport(server: SocketServer, answering: App) -> Iterator[Transport]:
    with running(answering, settings(server)) as transport:
        yield transport


def test_a_request_reaches_the_app_and_its_answer_travels_in_the_acknowledgement(
    server: SocketServer, transport: Transport
) -> None:
    server.send("e1", "status")
    eventually(lambda: server.acknowledged)
    assert server.acknowledged == [{"envelope_id": "e1", "payload": {"text": "heard status"}}]
    eventually(lambda: transport.state().acknowledged == 1)


def test_the_socket_is_open_when_start_returns(transport: Transport) -> None:
    state = transport.state()
    assert (state.connected, state.sockets_opened, state.reconnects, state.problem) == (True, 1, 0, None)
    assert transport.identity is not None
    assert transport.identity.team_id == "T1"


def test_the_check_of_the_app_token_costs_no_ticket_of_its_own(server: SocketServer, transport: Transport) -> None:
    assert transport.state().connected
    assert server.issued == 1


def test_a_refresh_opens_the_new_socket_before_the_old_one_is_closed(
    server: SocketServer, transport: Transport
) -> None:
    server.refresh()
    eventually(lambda: transport.state().sockets_opened == 2)
    assert server.most_at_once == 2
    eventually(lambda: len(server.links) == 1)
    assert transport.state().reconnects == 1


def test_what_still_comes_on_the_old_socket_is_answered(server: SocketServer, transport: Transport) -> None:
    (old,) = server.links
    server.refresh()
    eventually(lambda: transport.state().sockets_opened == 2)
    server.send("late", link=old)
    eventually(lambda: server.counted()["late"] == 1)


def test_a_warning_followed_by_the_refresh_replaces_the_socket_once(server: SocketServer, transport: Transport) -> None:
    server.refresh("warning")
    server.refresh("refresh_requested")
    eventually(lambda: transport.state().sockets_opened == 2)
    eventually(lambda: len(server.links) == 1)
    assert transport.state().sockets_opened == 2


def test_too_many_sockets_closes_the_old_one_first(server: SocketServer, transport: Transport) -> None:
    server.refresh("too_many_websockets")
    eventually(lambda: transport.state().sockets_opened == 2)
    assert server.most_at_once == 1


def test_a_link_that_slack_has_disabled_is_tried_again_and_is_not_ready_meanwhile(
    server: SocketServer, answering: App
) -> None:
    with running(answering, settings(server), pages=True) as transport:
        server.vanish()
        eventually(lambda: page(transport, "/readyz")[0] == 503)
        server.come_back()
        eventually(lambda: page(transport, "/readyz")[0] == 200)
        server.refresh("link_disabled", hang_up=True)
        eventually(lambda: transport.state().sockets_opened == 3)
        assert_answers(server)


def test_a_renewal_opens_a_socket_beside_the_old_one(server: SocketServer, transport: Transport) -> None:
    transport.renew()
    eventually(lambda: transport.state().sockets_opened == 2)
    assert server.most_at_once == 2
    assert_answers(server)


def test_an_envelope_under_way_on_the_old_socket_is_acknowledged_on_the_new_one(
    server: SocketServer, handled: Counter[str]
) -> None:
    go_on = threading.Event()

    def handler(text: str, ack: Ack) -> None:
        handled[text] += 1
        go_on.wait(5)
        ack()

    with bolt(handler) as app, running(app, settings(server)) as transport:
        server.send("e1", "slow")
        eventually(lambda: handled["slow"])
        server.refresh(hang_up=True)
        eventually(lambda: transport.state().sockets_opened == 2)
        go_on.set()
        eventually(lambda: server.acknowledged)
    assert server.counted() == {"e1": 1}


def test_an_acknowledgement_waits_for_a_server_that_was_gone(server: SocketServer, handled: Counter[str]) -> None:
    go_on = threading.Event()

    def handler(text: str, ack: Ack) -> None:
        handled[text] += 1
        go_on.wait(5)
        ack()

    with bolt(handler) as app, running(app, settings(server)) as transport:
        server.send("e1", "slow")
        eventually(lambda: handled["slow"])
        server.vanish()
        eventually(lambda: not transport.state().connected)
        go_on.set()
        server.come_back()
        eventually(lambda: server.acknowledged)
    assert (server.counted(), handled) == ({"e1": 1}, {"slow": 1})


def test_a_hundred_envelopes_through_ten_refreshes_are_each_handled_and_acknowledged_once(
    server: SocketServer, transport: Transport, handled: Counter[str]
) -> None:
    names = [f"e{number}" for number in range(100)]
    for number, name in enumerate(names):
        server.send(name, name)
        if number % 10 == 5:
            opened = transport.state().sockets_opened
            server.refresh()
            server.send(f"late-{name}", f"late-{name}")
            eventually(lambda opened=opened: transport.state().sockets_opened > opened)
    expected = Counter(names + [f"late-{name}" for name in names[5::10]])
    eventually(lambda: len(server.acknowledged) >= len(expected))
    assert server.counted() == expected
    assert handled == expected
    assert server.stale == 0


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_refused_handshake_is_tried_again_with_a_new_ticket(
    server: SocketServer, transport: Transport, status: int
) -> None:
    server.refusals = [status]
    server.refresh(hang_up=True)
    eventually(lambda: transport.state().sockets_opened == 2)
    assert (server.issued, server.stale) == (3, 0)
    assert_answers(server)


def test_a_refused_first_handshake_is_tried_again(server: SocketServer, answering: App) -> None:
    server.refusals = [403, 404]
    with running(answering, settings(server)) as transport:
        eventually(lambda: transport.state().connected)
        assert (server.issued, server.stale) == (3, 0)


def test_a_socket_that_ends_without_a_word_is_replaced(server: SocketServer, transport: Transport) -> None:
    server.hang_up()
    eventually(lambda: transport.state().sockets_opened == 2)
    assert_answers(server)


def test_a_server_that_was_gone_is_found_again(server: SocketServer, transport: Transport) -> None:
    server.vanish()
    eventually(lambda: transport.state().problem)
    assert not transport.state().connected
    server.come_back()
    eventually(lambda: transport.state().connected)
    assert transport.state().problem is None
    assert_answers(server)


@pytest.mark.parametrize("mood", ["mute", "deaf"])
def test_a_half_open_link_is_given_up(server: SocketServer, transport: Transport, mood: str) -> None:
    server.silent = [mood]
    server.refresh(hang_up=True)
    eventually(lambda: len(server.links) == 1 and server.issued == 3 and transport.state().connected)
    assert server.stale == 0
    assert_answers(server)


def test_a_half_open_link_does_not_hold_up_the_end(server: SocketServer, answering: App) -> None:
    server.silent = ["deaf"]
    with running(answering, settings(server)) as transport:
        began = time.monotonic()
        transport.stop()
        assert time.monotonic() - began < 2


def test_an_envelope_that_comes_again_is_answered_again_and_not_dispatched_twice(
    server: SocketServer, transport: Transport, handled: Counter[str]
) -> None:
    server.send("e1", "once")
    eventually(lambda: server.counted()["e1"] == 1)
    server.send("e1", "once", retry_attempt=1, retry_reason="timeout")
    eventually(lambda: server.counted()["e1"] == 2)
    assert handled == {"once": 1}
    eventually(lambda: transport.state().acknowledged == 2)


def test_an_envelope_that_comes_again_while_it_is_under_way_is_acknowledged_once(
    server: SocketServer, handled: Counter[str]
) -> None:
    go_on = threading.Event()

    def handler(text: str, ack: Ack) -> None:
        handled[text] += 1
        go_on.wait(5)
        ack()

    with bolt(handler) as app, running(app, settings(server)):
        server.send("e1", "slow")
        eventually(lambda: handled["slow"])
        server.send("e1", "slow")
        server.send("e2", "after")
        eventually(lambda: handled["after"])
        go_on.set()
        eventually(lambda: server.counted() == {"e1": 1, "e2": 1})
    assert handled == {"slow": 1, "after": 1}


def test_a_handler_that_blocks_delays_no_other_acknowledgement(server: SocketServer) -> None:
    go_on = threading.Event()

    def handler(text: str, ack: Ack) -> None:
        if text == "block":
            go_on.wait(5)
        ack()

    with bolt(handler) as app, running(app, settings(server), pages=True) as transport:
        for number in range(10):
            server.send(f"b{number}", "block")
        server.send("free", "go")
        eventually(lambda: server.counted() == {"free": 1}, seconds=1)
        assert page(transport, "/healthz")[0] == 200
        go_on.set()
        eventually(lambda: len(server.acknowledged) == 11)


def test_a_handler_that_raises_is_acknowledged_all_the_same(server: SocketServer) -> None:
    def handler(text: str, _: Ack) -> None:
        raise ValueError(text)

    with bolt(handler) as app, running(app, settings(server)):
        server.send("e1", "oops")
        eventually(lambda: server.acknowledged)
    assert server.acknowledged == [{"envelope_id": "e1"}]


def test_a_request_that_nobody_listens_to_is_acknowledged_lest_it_comes_again(
    server: SocketServer, transport: Transport
) -> None:
    server.send("e1", payload={"command": "/other", "team_id": "T1", "user_id": "U1"})
    eventually(lambda: server.acknowledged == [{"envelope_id": "e1"}])
    assert transport.state().acknowledged == 1


def test_a_late_acknowledgement_is_counted_as_slow(server: SocketServer) -> None:
    def handler(_: str, ack: Ack) -> None:
        threading.Event().wait(1.1)
        ack()

    with bolt(handler) as app, running(app, settings(server)) as transport:
        server.send("e1", "slow")
        eventually(lambda: transport.state().slow_acknowledgements == 1)


def test_a_frame_that_makes_no_sense_costs_nothing(server: SocketServer, transport: Transport) -> None:
    server.send("odd", payload=None)
    server.send("odd", type=None)
    assert_answers(server)
    assert transport.state().sockets_opened == 1


def test_tokens_that_are_right_say_who_we_are(server: SocketServer) -> None:
    assert check_tokens(settings(server)).user_id == "UBOT"


@pytest.mark.parametrize(
    ("tokens", "sentence"),
    [
        (("xapp-1-wrong", BOT_TOKEN), r"app token \(invalid_auth\).*SLACK_APP_TOKEN"),
        ((APP_TOKEN, "xoxb-wrong"), r"bot token \(invalid_auth\).*SLACK_BOT_TOKEN"),
        (("xapp-1-narrow", BOT_TOKEN), "lacks the scope connections:write"),
    ],
)
@pytest.mark.parametrize("wait", [True, False])
def test_a_wrong_token_ends_the_start_at_once_with_a_sentence(
    server: SocketServer, answering: App, tokens: tuple[str, str], sentence: str, *, wait: bool
) -> None:
    began = time.monotonic()
    with pytest.raises(WrongToken, match=sentence):
        Transport(answering, settings(server, *tokens)).start(wait=wait)
    assert time.monotonic() - began < 5


def test_slack_out_of_reach_ends_a_start_that_does_not_wait(server: SocketServer, answering: App) -> None:
    server.vanish()
    with pytest.raises(SlackUnreachable, match="cannot be reached"):
        Transport(answering, settings(server)).start()
    server.come_back()


def test_slack_out_of_reach_is_not_final_for_a_start_that_waits(
    server: SocketServer, answering: App, caplog: pytest.LogCaptureFixture
) -> None:
    server.vanish()
    with running(answering, settings(server), pages=True) as transport:
        status, body = page(transport, "/readyz")
        assert status == 503
        assert "cannot be reached" in body["reasons"][0]
        assert "not connected to Slack" in caplog.text
        server.come_back()
        eventually(lambda: page(transport, "/readyz")[0] == 200)
        assert_answers(server)


def test_retry_after_is_respected(server: SocketServer, transport: Transport) -> None:
    server.limits = ["1"]
    server.hang_up()
    eventually(lambda: not server.limits)
    asked = time.monotonic()
    eventually(lambda: transport.state().sockets_opened == 2)
    assert time.monotonic() - asked > 0.9


def test_the_log_holds_neither_token_nor_ticket(
    server: SocketServer, answering: App, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server.refusals = [403]
    with running(answering, settings(server)) as transport:
        eventually(lambda: transport.state().connected)
    assert "HTTP 403" in caplog.text
    assert "ticket" not in caplog.text
    assert "xapp" not in caplog.text + repr(transport.settings)


def test_a_proxy_in_the_environment_is_not_used_for_this_machine(
    server: SocketServer, answering: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with running(answering, settings(server)) as transport:
        assert transport.state().connected


def test_stop_lets_a_request_under_way_be_acknowledged_and_takes_no_new_one(
    server: SocketServer, handled: Counter[str]
) -> None:
    go_on = threading.Event()

    def handler(text: str, ack: Ack) -> None:
        handled[text] += 1
        go_on.wait(5)
        ack()

    with bolt(handler) as app, running(app, settings(server), pages=True) as transport:
        server.send("e1", "slow")
        eventually(lambda: handled["slow"])
        stopping = threading.Thread(target=transport.stop)
        stopping.start()
        eventually(lambda: page(transport, "/readyz")[1]["reasons"] == ["Scout is stopping."])
        server.send("e2", "too late")
        go_on.set()
        stopping.join(5)
    eventually(lambda: server.acknowledged)
    assert server.counted() == {"e1": 1}
    assert handled == {"slow": 1}


def test_stop_does_not_wait_longer_than_it_is_told(server: SocketServer, caplog: pytest.LogCaptureFixture) -> None:
    go_on, begun = threading.Event(), threading.Event()

    def handler(_: str, ack: Ack) -> None:
        begun.set()
        go_on.wait(5)
        ack()

    with bolt(handler) as app:
        with running(app, settings(server)) as transport:
            server.send("e1", "stuck")
            assert begun.wait(5)
            began = time.monotonic()
            transport.stop(timeout=0.2)
            assert time.monotonic() - began < 1
        go_on.set()
    assert "left with 1 requests not acknowledged" in caplog.text


def test_stop_may_come_twice_and_before_the_start(server: SocketServer, answering: App) -> None:
    transport = Transport(answering, settings(server))
    transport.stop()
    transport.start()
    transport.stop()
    transport.stop()
    assert not transport.state().connected


def test_a_start_that_hangs_can_be_stopped(server: SocketServer, answering: App) -> None:
    server.silent = ["mute"]
    slow = SocketSettings(APP_TOKEN, BOT_TOKEN, server.api_url, ping_interval=5)
    transport = Transport(answering, slow)
    starting = threading.Thread(target=transport.start)
    starting.start()
    eventually(lambda: server.links)
    transport.stop()
    starting.join(2)
    assert not starting.is_alive()


def test_the_end_leaves_no_task_behind(server: SocketServer, answering: App, caplog: pytest.LogCaptureFixture) -> None:
    with running(answering, settings(server)) as transport:
        server.refresh()
        eventually(lambda: transport.state().sockets_opened == 2)
    eventually(lambda: not server.links)
    assert [record for record in caplog.records if record.name == asyncio.__name__] == []


def test_ready_adds_its_own_reasons(server: SocketServer, answering: App) -> None:
    reasons = ["the store is locked"]
    with running(answering, settings(server), pages=True, ready=lambda: reasons) as transport:
        assert page(transport, "/readyz") == (503, {"ok": False, "reasons": ["the store is locked"]})
        assert page(transport, "/healthz") == (200, {"ok": True, "reasons": []})
        reasons.clear()
        assert page(transport, "/readyz") == (200, {"ok": True, "reasons": []})


def test_a_readiness_check_that_fails_is_a_reason(server: SocketServer, answering: App) -> None:
    def ready() -> list[str]:
        raise RuntimeError

    with running(answering, settings(server), pages=True, ready=ready) as transport:
        assert page(transport, "/readyz")[1]["reasons"] == ["the readiness check failed (RuntimeError)"]


def test_an_address_that_is_taken_is_said_in_a_sentence(server: SocketServer, answering: App) -> None:
    with pytest.raises(CannotListen, match=f"127.0.0.1:{server.port}"):
        Transport(answering, settings(server), listen=("127.0.0.1", server.port)).start()


def assert_answers(server: SocketServer) -> None:
    server.send("last", "still there")
    eventually(lambda: server.counted()["last"] == 1)


def page(transport: Transport, path: str) -> tuple[int, Any]:
    assert transport.address is not None
    host, port = transport.address
    try:
        with urllib.request.urlopen(f"http://{host}:{port}{path}", timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)
