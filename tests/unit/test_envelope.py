"""What Bolt's answers say to Slack."""

import pytest
from slack_bolt import BoltResponse

from bot.transport.envelope import acknowledgement


def said(response: BoltResponse) -> dict[str, object] | None:
    answer = acknowledgement("e1", response)
    return answer and answer.to_dict()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - a bare dict


def test_an_empty_answer_acknowledges_and_says_nothing() -> None:
    assert said(BoltResponse(status=200)) == {"envelope_id": "e1"}


def test_a_text_travels_as_text() -> None:
    assert said(BoltResponse(status=200, body="done")) == {"envelope_id": "e1", "payload": {"text": "done"}}


def test_blocks_travel_as_they_are() -> None:
    answer = said(BoltResponse(status=200, body={"text": "t", "blocks": []}))
    assert answer == {"envelope_id": "e1", "payload": {"text": "t", "blocks": []}}


def test_a_list_of_errors_for_a_modal_travels_as_it_is() -> None:
    body = {"response_action": "errors", "errors": {"b": "too many"}}
    assert said(BoltResponse(status=200, body=body)) == {"envelope_id": "e1", "payload": body}


def test_a_handler_that_raised_acknowledges_and_its_text_stays_here() -> None:
    assert said(BoltResponse(status=500, body="secret")) == {"envelope_id": "e1"}


def test_what_nobody_listens_to_is_acknowledged_because_slack_would_only_send_it_again() -> None:
    assert said(BoltResponse(status=404, body={"error": "unhandled request"})) == {"envelope_id": "e1"}


@pytest.mark.parametrize("status", [401, 503])
def test_what_cannot_be_taken_now_is_not_acknowledged(status: int) -> None:
    assert said(BoltResponse(status=status, body="no")) is None
