"""The transport in the practice workspace: whatever happens to the sockets, every command is answered once."""

from collections import Counter
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult

from bot.transport.carrier import Transport
from bot.transport.link import SocketSettings
from practice.slack.server import PracticeSlack

ANA, CHANNEL, PING_SECONDS = "U0ANA", "C0ALERTS", 0.2


@pytest.fixture
def slack() -> Iterator[PracticeSlack]:
    with PracticeSlack() as slack:
        yield slack


@pytest.fixture
def heard() -> Counter[str]:
    """How often each command came to its handler."""
    return Counter()


@contextmanager
def answering(slack: PracticeSlack, heard: Counter[str]) -> Generator[Transport]:
    with ThreadPoolExecutor(16) as pool:
        who = AuthorizeResult(
            enterprise_id=None, team_id="T0PRACTICE", bot_token=slack.bot_token, bot_user_id="U0SCOUT"
        )
        app = App(signing_secret="unused", authorize=lambda: who, listener_executor=pool)

        @app.command("/scout")  # pyright: ignore[reportUnknownMemberType] - Bolt names a bare Pattern
        def _(ack: Ack, command: dict[str, str]) -> None:
            heard[command["text"]] += 1
            ack(f"heard {command['text']}")

        transport = Transport(app, SocketSettings(slack.app_token, slack.bot_token, slack.api_url, PING_SECONDS))
        transport.start()
        try:
            yield transport
        finally:
            transport.stop()


@pytest.fixture
def transport(slack: PracticeSlack, heard: Counter[str]) -> Iterator[Transport]:
    with answering(slack, heard) as transport:
        yield transport


def ask(slack: PracticeSlack, text: str) -> None:
    slack.say(ANA, CHANNEL, f"/scout {text}")


def answers(slack: PracticeSlack) -> Counter[str]:
    return Counter(str(one.payload.get("text")) for one in slack.acknowledgements())


def is_back(slack: PracticeSlack, transport: Transport) -> bool:
    return transport.state().connected and slack.sockets() == 1


def test_a_command_is_answered_in_its_acknowledgement(slack: PracticeSlack, transport: Transport) -> None:
    assert transport.state().connected
    ask(slack, "status")
    slack.wait_for(lambda: any("heard status" in str(one) for one in slack.ephemerals(ANA)))


def test_commands_during_refreshes_are_each_heard_and_answered_once(
    slack: PracticeSlack, transport: Transport, heard: Counter[str]
) -> None:
    names = [f"n{number}" for number in range(60)]
    for name in names:
        if name.endswith("5"):
            slack.refresh_sockets(grace=0.5)
        ask(slack, name)
    slack.wait_for(lambda: len(slack.acknowledgements()) >= len(names))
    slack.wait_for(lambda: is_back(slack, transport))
    assert heard == Counter(names)
    assert answers(slack) == Counter(f"heard {name}" for name in names)
    assert slack.notices(ANA) == []


def test_an_envelope_sent_twice_is_heard_once(slack: PracticeSlack, transport: Transport, heard: Counter[str]) -> None:
    assert transport.state().connected
    slack.send_twice()
    ask(slack, "once")
    ask(slack, "after")
    slack.wait_for(lambda: heard["after"])
    assert heard == {"once": 1, "after": 1}


@pytest.mark.parametrize("kind", ["handshake", "ticket_used", "refuse", "hang"])
def test_a_handshake_that_fails_is_made_again_with_another_ticket(
    slack: PracticeSlack, transport: Transport, heard: Counter[str], kind: str
) -> None:
    with slack.inject(kind, methods=["socket"], times=2, status=404) as rule:  # pyright: ignore[reportArgumentType] - a parameter
        slack.refresh_sockets(grace=0)
        slack.wait_for(lambda: rule.hits == 2, 10)
        slack.wait_for(lambda: is_back(slack, transport), 10)
    ask(slack, "again")
    slack.wait_for(lambda: heard["again"])


def test_sockets_that_fall_silent_are_replaced_before_slack_notices(
    slack: PracticeSlack, transport: Transport, heard: Counter[str]
) -> None:
    slack.silence_sockets(noticed_after=20)
    slack.wait_for(lambda: is_back(slack, transport))
    ask(slack, "again")
    slack.wait_for(lambda: heard["again"])


def test_slack_gone_and_back_is_found_again(slack: PracticeSlack, transport: Transport, heard: Counter[str]) -> None:
    gone = slack.fault("slack-gone")
    gone.start()
    slack.refresh_sockets(grace=0)
    slack.wait_for(lambda: transport.state().problem)
    gone.undo()
    slack.wait_for(lambda: is_back(slack, transport))
    ask(slack, "again")
    slack.wait_for(lambda: heard["again"])
