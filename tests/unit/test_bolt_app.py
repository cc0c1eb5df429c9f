"""The Bolt application writes down before it acknowledges, in the thread that carries the request."""

import socket
from datetime import UTC, datetime
from threading import get_ident
from typing import Any

import pytest
from slack_bolt import BoltResponse
from slack_bolt.adapter.socket_mode.internals import run_bolt_app
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.chat import Inbound
from bot.errors import Unavailable
from bot.slack import build_app
from bot.slack.directory import _outsider  # pyright: ignore[reportPrivateUsage] - what one user object means

AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
US = AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="U9", bot_token="xoxb-1")


def opened_nowhere(press: str, trigger: str) -> None:
    raise AssertionError(f"a command opens no dialog: {press} {trigger}")


def heard_nothing(item: Inbound) -> None:
    raise AssertionError(f"a stranger is not heard: {item}")


def typed(number: int, **other: Any) -> SocketModeRequest:  # noqa: ANN401 - whatever Slack may send
    payload: dict[str, Any] = {
        "command": "/scout",
        "text": "status",
        "user_id": "U1",
        "team_id": "T1",
        "channel_id": "C1",
        "trigger_id": f"trigger.{number}",
        "response_url": "http://127.0.0.1/",
        **other,
    }
    return SocketModeRequest(type="slash_commands", envelope_id=str(number), payload=payload)


def test_a_hundred_commands_are_written_down_and_acknowledged_before_anything_else() -> None:
    taken: list[Inbound] = []
    threads: set[int] = set()

    def take(item: Inbound) -> None:
        taken.append(item)
        threads.add(get_ident())

    app = build_app(WebClient("xoxb-1"), lambda: US, take, lambda: AT, "C9", opened_nowhere)
    answers: list[BoltResponse] = []
    for number in range(100):
        answers.append(run_bolt_app(app, typed(number)))
        assert len(taken) == len(answers)
    assert {answer.status for answer in answers} == {200}
    assert threads == {get_ident()}  # else Bolt looks every 10 ms whether another thread has acknowledged


@pytest.mark.parametrize(
    ("whose", "taken"),
    [
        ({"team_id": "T1"}, 1),
        ({"team_id": "T1", "enterprise_id": "E1", "is_enterprise_install": "false"}, 1),
        ({"team_id": None, "enterprise_id": "E1", "is_enterprise_install": "true"}, 1),
        ({"team_id": None, "enterprise_id": "E2", "is_enterprise_install": "true"}, 0),
        ({"team_id": "T2", "enterprise_id": "E1", "is_enterprise_install": "false"}, 0),
        ({"team_id": None}, 0),
    ],
)
def test_only_our_workspace_and_our_whole_enterprise_are_heard(whose: dict[str, Any], taken: int) -> None:
    heard: list[Inbound] = []
    us = AuthorizeResult(enterprise_id="E1", team_id="T1", bot_user_id="U9", bot_token="xoxb-1")
    app = build_app(WebClient("xoxb-1"), lambda: us, heard.append, lambda: AT, "C9", opened_nowhere)
    run_bolt_app(app, typed(1, **whose))
    assert len(heard) == taken


def test_who_is_refused_has_the_sentence_with_the_acknowledgement_and_no_request_before_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as slacks:
        slacks.settimeout(0)
        url = f"http://127.0.0.1:{slacks.getsockname()[1]}/"
        app = build_app(WebClient("xoxb-1"), lambda: US, heard_nothing, lambda: AT, "C9", opened_nowhere)
        answer = run_bolt_app(app, typed(1, team_id="T2", response_url=url))
        assert (answer.status, answer.body) == (200, "Scout answers only its own workspace.")
        with pytest.raises(BlockingIOError):
            slacks.accept()


def test_somebody_of_our_enterprise_is_a_member_where_our_workspace_is_one_of_theirs() -> None:
    assert not _outsider({"id": "W1", "team_id": "T1"}, "T1")
    assert not _outsider({"id": "W1", "team_id": "E1", "enterprise_user": {"teams": ["T2", "T1"]}}, "T1")
    assert _outsider({"id": "W1", "team_id": "T2", "enterprise_user": {"teams": ["T2"]}}, "T1")
    assert _outsider({"id": "W1", "team_id": "T1", "is_restricted": True}, "T1") == "a guest"
    assert _outsider({"id": "W1", "team_id": "T1"}, "")


def test_what_cannot_be_written_down_is_said_in_the_acknowledgement() -> None:
    def refuse(_: Inbound) -> None:
        raise Unavailable("the store is gone.")

    app = build_app(WebClient("xoxb-1"), lambda: US, refuse, lambda: AT, "C9", opened_nowhere)
    assert "the store is gone." in run_bolt_app(app, typed(1)).body


def test_what_cannot_be_understood_is_said_without_a_reference_and_not_handed_over() -> None:
    taken: list[Inbound] = []
    app = build_app(WebClient("xoxb-1"), lambda: US, taken.append, lambda: AT, "C9", opened_nowhere)
    said = run_bolt_app(app, typed(1, user_id={"id": "U1"})).body
    assert "in a form that Scout does not know, so nothing was done" in said
    assert "reference" not in said
    assert taken == []


def mention(**other: Any) -> SocketModeRequest:  # noqa: ANN401 - whatever Slack may send
    event = {"type": "app_mention", "user": "U1", "text": "status", "channel": "C1", "ts": "1.2"}
    payload: dict[str, Any] = {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": event, **other}
    return SocketModeRequest(type="events_api", envelope_id="e1", payload=payload)


def test_an_event_that_cannot_be_written_down_stays_with_slack() -> None:
    def refuse(_: Inbound) -> None:
        raise Unavailable("the store is gone.")

    app = build_app(WebClient("xoxb-1"), lambda: US, refuse, lambda: AT, "C9", opened_nowhere)
    assert run_bolt_app(app, mention()).status == 503


def test_an_event_that_cannot_be_understood_is_taken_because_slack_would_send_the_same_again() -> None:
    taken: list[Inbound] = []
    app = build_app(WebClient("xoxb-1"), lambda: US, taken.append, lambda: AT, "C9", opened_nowhere)
    assert (
        run_bolt_app(app, mention(event={"type": "app_mention", "user": {"id": "U1"}, "channel": "C1"})).status == 200
    )
    assert taken == []
