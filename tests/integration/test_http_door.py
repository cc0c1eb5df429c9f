"""HTTP mode's door says why it refuses what Slack has signed: the clock of this machine is wrong."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from slack_bolt import App
from socket_server import eventually

from bot.transport import SocketSettings, Visited
from practice.slack.http_mode import Postman
from practice.slack.server import PracticeSlack
from practice.stage import OPENER

SECRET = "shh"
BODY = json.dumps({"type": "url_verification", "challenge": "c"}).encode()
WRONG = 900


@pytest.fixture
def slack() -> Iterator[PracticeSlack]:
    """A workspace of its own, whose clock a test may put wrong."""
    with PracticeSlack() as there:
        yield there


@pytest.fixture
def door(slack: PracticeSlack) -> Iterator[Visited]:
    told = SocketSettings("", slack.bot_token, slack.api_url, ping_interval=0.1)
    there = Visited(
        App(signing_secret="unused", token="xoxb-1", token_verification_enabled=False), told, SECRET, ("127.0.0.1", 0)
    )
    there.start(wait=True)
    yield there
    there.stop()


def asked(door: Visited, path: str, body: bytes | None = None, at: float = 0.0) -> tuple[int, str]:
    """The status and the text of an answer; a body is posted with Slack's signature of a moment."""
    assert door.address is not None
    headers = {"Content-Type": "application/json", **Postman("", SECRET).signature(body, at)} if body else {}
    request = urllib.request.Request("http://{}:{}".format(*door.address) + path, body, headers)  # noqa: S310 - of this machine
    try:
        with OPENER.open(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


@pytest.mark.parametrize(("wrong", "how"), [(WRONG, "s behind Slack's"), (-WRONG, "s ahead of Slack's")])
def test_a_clock_by_which_all_that_slack_signs_is_too_old_is_told_until_it_is_right(
    slack: PracticeSlack, door: Visited, caplog: pytest.LogCaptureFixture, wrong: float, how: str
) -> None:
    slack.house.api.clock_ahead = wrong
    assert asked(door, "/slack/events", BODY, time.time() + wrong)[0] == 401
    eventually(lambda: how in asked(door, "/readyz")[1])
    assert asked(door, "/readyz")[0] == 503
    assert "every request of Slack is refused as too old" in caplog.text
    slack.house.api.clock_ahead = 0
    eventually(lambda: asked(door, "/readyz")[0] == 200)
    assert asked(door, "/slack/events", BODY, time.time())[0] == 200


def test_an_old_request_that_somebody_plays_again_says_nothing_of_the_clock(
    slack: PracticeSlack, door: Visited
) -> None:
    assert asked(door, "/slack/events", BODY, time.time() - WRONG)[0] == 401
    eventually(lambda: any(call.method == "api.test" for call in slack.calls()))
    assert asked(door, "/readyz")[0] == 200
