"""A request is Slack's when its signature holds, now and once."""

import pytest

from bot.transport.signature import Forged, Signatures, signed

# The example of Slack's manual, "Verifying requests from Slack".
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
AT = 1531420618
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    b"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121"
    b".803a0bc887a14d10d2c447fce8b6703c"
)
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def headers(at: int = AT, signature: str = SIGNATURE) -> dict[str, str]:
    return {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": signature}


def test_the_example_of_the_manual_holds() -> None:
    assert signed(SECRET, str(AT), BODY) == SIGNATURE
    assert Signatures(SECRET).check(headers(), BODY, AT + 1) == SIGNATURE


@pytest.mark.parametrize(
    ("told", "body", "at", "why"),
    [
        (headers(), BODY + b"&", AT, "not Slack's"),
        (headers(AT + 1), BODY, AT, "not Slack's"),
        (headers(signature=SIGNATURE[:-1] + "4"), BODY, AT, "not Slack's"),
        (headers(signature="v1" + SIGNATURE[2:]), BODY, AT, "not Slack's"),
        (headers(signature="\u00fc"), BODY, AT, "not Slack's"),
        (headers(), BODY, AT + 301, "older than five minutes"),
        (headers(), BODY, AT - 301, "older than five minutes"),
        (headers() | {"X-Slack-Request-Timestamp": "-1"}, BODY, AT, "not signed"),
        (headers() | {"X-Slack-Request-Timestamp": "\u0661"}, BODY, AT, "not signed"),
        (headers() | {"X-Slack-Request-Timestamp": "9" * 5000}, BODY, AT, "not signed"),
        (headers(signature=""), BODY, AT, "not signed"),
        ({}, BODY, AT, "not signed"),
    ],
)
def test_anything_else_is_refused(told: dict[str, str], body: bytes, at: float, why: str) -> None:
    with pytest.raises(Forged, match=why):
        Signatures(SECRET).check(told, body, at)


def test_the_same_signature_is_good_once_for_as_long_as_it_would_hold() -> None:
    there = Signatures(SECRET)
    there.check(headers(), BODY, AT - 299)
    for at in (AT - 299, AT, AT + 300):
        with pytest.raises(Forged, match="sent before"):
            there.check(headers(), BODY, at)


def test_what_was_not_taken_may_come_again_and_slacks_own_retry_is_signed_anew() -> None:
    there = Signatures(SECRET)
    there.forget(there.check(headers(), BODY, AT))
    there.check(headers(), BODY, AT)
    again = headers(AT + 60, signed(SECRET, str(AT + 60), BODY))
    assert there.check(again, BODY, AT + 60) == again["X-Slack-Signature"]
