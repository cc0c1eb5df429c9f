"""Scout hears itself through Slack's socket; when it does not, it asks for a new socket, then says that it is deaf."""

from collections.abc import Generator
from datetime import datetime, timedelta

import pytest
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from store_fixture import AT

from bot.house.loop_back import LoopBack
from bot.slack import SlackSpeaker, web_client
from bot.store import Store
from bot.transport import SocketSettings, Transport
from practice.slack.server import PracticeSlack
from practice.slack.text import as_text

MINUTE = timedelta(minutes=1)


@pytest.fixture
def slack() -> Generator[PracticeSlack]:
    with PracticeSlack() as there:
        there.rates.is_on = False
        yield there


@pytest.fixture
def loop_back(store: Store, slack: PracticeSlack) -> Generator[LoopBack]:
    """A loop-back over a real socket."""
    client = web_client(slack.bot_token, slack.api_url, None)
    told = SocketSettings(slack.app_token, slack.bot_token, slack.api_url, ping_interval=1)
    ours = AuthorizeResult(enterprise_id=None, team_id="T0PRACTICE", bot_user_id="U0SCOUT", bot_token=slack.bot_token)
    app = App(client=client, authorize=lambda: ours)
    transport = Transport(app, told, overhear=lambda payload: loop.overhear(payload))  # noqa: PLW0108 - it is made further down
    loop = LoopBack(store, SlackSpeaker(client), "U0ANA", "test", transport.renew)
    transport.start()
    yield loop
    transport.stop(1)


def heard(slack: PracticeSlack, loop_back: LoopBack, at: datetime) -> None:
    loop_back.say(at)
    slack.wait_for(lambda: not loop_back.is_waiting, 5, "the word to come back")


def words(slack: PracticeSlack) -> list[str]:
    direct = slack.house.workspace.users["U0ANA"].direct_message
    return [as_text(one) for one in slack.messages(direct)]


def test_scout_hears_its_post_and_its_edits_and_there_is_one_message(slack: PracticeSlack, loop_back: LoopBack) -> None:
    assert loop_back.age is None
    for number in range(3):
        heard(slack, loop_back, AT + number * MINUTE)
    assert loop_back.reasons() == []
    assert (loop_back.age or 9) < 5
    (word,) = words(slack)
    assert "Scout hears itself" in word
    assert "03:02 UTC" in word


def test_whoever_does_not_hear_itself_asks_for_a_new_socket_first(slack: PracticeSlack, loop_back: LoopBack) -> None:
    heard(slack, loop_back, AT)
    opened = len(slack.calls("apps.connections.open"))
    slack.house.people.subscriptions = ("app_mention",)  # as when Slack sends no events any more
    loop_back.say(AT + MINUTE)
    loop_back.say(AT + 2 * MINUTE)
    slack.wait_for(lambda: len(slack.calls("apps.connections.open")) > opened, 5, "a new socket")
    assert loop_back.reasons() == []
    loop_back.say(AT + 3 * MINUTE)
    assert loop_back.reasons() == ["Slack sends no events: 2 words to itself did not come back"]
    slack.house.people.subscriptions = ("message.im",)
    heard(slack, loop_back, AT + 4 * MINUTE)
    assert loop_back.reasons() == []


def test_a_slack_that_takes_nothing_proves_no_deafness(slack: PracticeSlack, loop_back: LoopBack) -> None:
    with slack.inject("http_error", methods=("chat.postMessage", "chat.update"), status=500):
        for number in range(4):
            loop_back.say(AT + number * MINUTE)
    assert loop_back.reasons() == []
