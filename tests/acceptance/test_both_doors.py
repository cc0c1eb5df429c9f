"""The same through both doors: Socket Mode, and HTTP mode, where Slack posts signed requests to Scout."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from stage_fixture import ANA, BEN, IDLE, Scene, entered, home

from practice.settings import Settings
from practice.slack.http_mode import Postman
from practice.slack.text import as_text
from practice.stage import OPENER, SECRET, Stage

pytestmark = pytest.mark.slow

PLAIN = "refresh mv_store_daily_metrics because it is old"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@pytest.fixture(scope="module")
def visited() -> Iterator[Stage]:
    """A stage whose Scout has no app token: Slack comes to it."""
    with Stage(home(), Settings(tick=0.5, alert_for=1, long_query=30, idle=IDLE), by_http=True) as stage:
        yield stage


@pytest.fixture(params=["shared_stage", "visited"])
def either(request: pytest.FixtureRequest) -> Iterator[Scene]:
    there = entered(request.getfixturevalue(request.param))
    yield there
    there.calm()
    there.seemly()


@pytest.fixture
def by_http(visited: Stage) -> Scene:
    return entered(visited)


def test_a_typed_question_is_answered(either: Scene) -> None:
    assert "Service levels" in as_text(either.ask(ANA, "/scout status"))


def test_a_mention_is_answered(either: Scene) -> None:
    assert "Service levels" in as_text(
        either.whisper(ANA, lambda: either.slack.say(ANA, either.room, "<@U0SCOUT> status"))
    )


def test_a_plan_is_approved_with_a_button_and_run(either: Scene) -> None:
    card = either.propose(ANA, f"/scout {PLAIN}")
    either.slack.click(BEN, card, "scout_approve")
    assert "done and verified" in as_text(either.becomes(card, "Done"))


def test_a_denial_says_why_in_its_dialog(either: Scene) -> None:
    card = either.propose(ANA, f"/scout {PLAIN}")
    either.deny(BEN, card)
    either.becomes(card, "Denied")


# --- HTTP mode only


def posted(body: bytes, content_type: str, headers: dict[str, str], there: Scene) -> tuple[int, str]:
    """The status and the text of an answer to a request that anybody could send."""
    told = {"Content-Type": content_type, **headers}
    request = urllib.request.Request(there.stage.door, data=body, headers=told)  # noqa: S310 - of this machine
    try:
        with OPENER.open(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def signed(body: bytes, at: float | None = None) -> dict[str, str]:
    return Postman("", SECRET).signature(body, at)


def test_slack_proves_that_the_address_is_ours(by_http: Scene) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1a", "token": "x"}).encode()
    assert posted(body, JSON, signed(body), by_http) == (200, '{"challenge": "3eZbrw1a"}')


def test_what_is_not_signed_is_refused_whatever_it_asks(by_http: Scene) -> None:
    for form in ({"ssl_check": "1", "token": "x"}, {"command": "/scout", "text": "status"}):
        body = urlencode(form).encode()
        assert posted(body, FORM, {}, by_http) == (401, "This request is not signed by Slack, or too old.\n")
    body = b'{"type": "url_verification", "challenge": "c"}'
    assert posted(body, JSON, {}, by_http)[0] == 401
    assert posted(body, JSON, signed(body, at=1_600_000_000), by_http)[0] == 401
    assert posted(body + b" ", JSON, signed(body), by_http)[0] == 401


def test_a_request_that_is_played_again_is_refused(by_http: Scene) -> None:
    body = b'{"type": "url_verification", "challenge": "again"}'
    headers = signed(body)
    assert posted(body, JSON, headers, by_http)[0] == 200
    assert posted(body, JSON, headers, by_http)[0] == 401


def test_what_slack_would_not_send_is_refused_in_a_sentence(by_http: Scene) -> None:
    wrong = {b"<xml/>": ("text/xml", 415), b"{": (JSON, 400), b"[1]": (JSON, 400), b"payload=%7B": (FORM, 400)}
    found = {body: posted(body, kind, signed(body), by_http)[0] for body, (kind, _) in wrong.items()}
    assert found == {body: code for body, (_, code) in wrong.items()}
    long = b"x" * 1_100_000
    assert posted(long, JSON, signed(long), by_http)[0] == 413


def test_every_request_is_acknowledged_in_time(by_http: Scene) -> None:
    by_http.ask(ANA, "/scout help")
    assert max(one.seconds for one in by_http.slack.acknowledgements()) < 3
