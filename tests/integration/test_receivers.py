"""Pages reach PagerDuty and a webhook through the outbox, whatever the receiver answers at first; no secret is logged."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from bot.blocks import Block, Drawn
from bot.chat import Call, CallEvent, Lane, Notice, Post, Sheet, Whisper, new_id
from bot.command import Metric
from bot.errors import Unavailable
from bot.outbox import Busy, Outbox, Refused, Tempo
from bot.receivers import IDEMPOTENCY, PAGERDUTY, SIGNATURE, WEBHOOK, PagerDuty, Receivers, Webhook
from bot.report import Level, Report, Verdict
from bot.slack import SlackSpeaker, web_client
from bot.store import Store
from practice.slack.server import PracticeSlack
from practice.slack.text import as_text

AT = datetime(2026, 3, 1, 3, 1, 20, tzinfo=UTC)
KEY, SECRET = "r0utingkey", "s1gning"  # pragma: allowlist secret


@dataclass
class Desk:
    """A receiver that answers as it is told, then 202 for ever."""

    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list[tuple[int, dict[str, str]]])
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list[tuple[dict[str, str], bytes]])
    url: str = ""
    free: threading.Event = field(default_factory=threading.Event)
    """As long as it is not set, everybody waits for an answer."""
    drips: bool = False
    """Whether the answer comes byte by byte and never ends."""

    def bodies(self) -> list[dict[str, Any]]:
        """What was sent, read."""
        return [json.loads(body) for _, body in self.got]


@pytest.fixture
def desk() -> Generator[Desk]:
    """A receiver on a free port."""
    there = Desk()
    there.free.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            there.got.append((dict(self.headers), body))
            self._wait()
            status, headers = there.answers.pop(0) if there.answers else (202, {})
            if status == 0:
                time.sleep(0.4)
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def _wait(self) -> None:
            if there.drips:
                self.wfile.write(b"HTTP/1.1 202 Accepted\r\n")
            with suppress(OSError):
                while not there.free.wait(0.2):
                    self.wfile.write(b"X: y\r\n" if there.drips else b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    there.url = f"http://127.0.0.1:{server.server_address[1]}/hook/{SECRET}"
    yield there
    there.free.set()
    server.shutdown()
    server.server_close()
    thread.join()


def call(event: CallEvent = CallEvent.TRIGGER, channel: str = WEBHOOK, text: str = "Lag on main, now 25") -> Call:
    return Call(
        channel=channel, event=event, incident="main.lag.1", database="main", metric="lag", level=Level.PAGE, text=text,
        since=AT, at=AT,
    )  # fmt: skip


def test_pagerduty_gets_one_incident_from_trigger_to_resolve(desk: Desk) -> None:
    duty = PagerDuty(SecretStr(KEY), desk.url)
    for event in CallEvent:
        duty.call(call(event, PAGERDUTY))
    told = desk.bodies()
    assert [one["event_action"] for one in told] == ["trigger", "acknowledge", "resolve"]
    assert {one["dedup_key"] for one in told} == {"main.lag.1"}
    assert {one["routing_key"] for one in told} == {KEY}
    assert told[0]["payload"] == {
        "summary": "Lag on main, now 25", "source": "main", "severity": "critical", "timestamp": AT.isoformat(),
        "component": "lag", "custom_details": {"since": AT.isoformat(), "level": "page"},
    }  # fmt: skip
    assert "payload" not in told[2]


def test_the_webhook_gets_json_that_its_secret_signs(desk: Desk) -> None:
    Webhook(SecretStr(desk.url), SecretStr(SECRET)).call(call(text="ünï <b>"))
    ((headers, body),) = desk.got
    assert headers[SIGNATURE] == "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == {
        "version": 1, "event": "trigger", "incident": "main.lag.1", "database": "main", "metric": "lag", "level": "page",
        "text": "ünï <b>", "since": "2026-03-01T03:01:20Z", "at": "2026-03-01T03:01:20Z", "by": "",
    }  # fmt: skip


def test_without_a_secret_nothing_is_signed(desk: Desk) -> None:
    Webhook(SecretStr(desk.url)).call(call())
    assert SIGNATURE not in desk.got[0][0]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, Busy),
        (500, Unavailable),
        (503, Unavailable),
        (408, Unavailable),
        (400, Refused),
        (404, Refused),
        (302, Refused),
    ],
)
def test_what_a_receiver_answers_has_a_name_and_names_no_secret(desk: Desk, status: int, kind: type[Exception]) -> None:
    desk.answers = [(status, {"Retry-After": "7", "Location": desk.url})]
    with pytest.raises(kind) as refusal:
        Webhook(SecretStr(desk.url)).call(call())
    assert SECRET not in str(refusal.value)
    assert len(desk.got) == 1


def test_a_receiver_that_is_not_there_is_tried_again_and_its_address_is_not_told() -> None:
    with pytest.raises(Unavailable) as refusal:
        Webhook(SecretStr(f"http://127.0.0.1:9/{SECRET}")).call(call())
    assert SECRET not in str(refusal.value)


def test_a_receiver_that_is_no_longer_in_the_settings_is_refused() -> None:
    with pytest.raises(Refused, match="pagerduty is not in the settings any more"):
        Receivers({}).call(call(channel=PAGERDUTY))


# --- through the outbox


class Mute:
    """A chat to which nothing may be said."""

    def post(self, channel: str, thread: str | None, drawn: Drawn, key: str) -> tuple[str, str]:
        raise AssertionError(f"{channel} {thread} {drawn} {key}")

    def find(self, channel: str, thread: str | None, key: str, since: datetime) -> str | None:
        raise AssertionError(f"{channel} {thread} {key} {since}")

    def edit(self, channel: str, ts: str, drawn: Drawn, key: str) -> None:
        raise AssertionError(f"{channel} {ts} {drawn} {key}")

    def whisper(self, to: Whisper, drawn: Drawn) -> None:
        raise AssertionError(f"{to} {drawn}")

    def send_sheet(self, sheet: Sheet) -> None:
        raise AssertionError(f"{sheet}")

    def publish(self, person: str, blocks: list[Block]) -> None:
        raise AssertionError(f"{person} {blocks}")

    def permalink(self, channel: str, ts: str) -> str:
        raise AssertionError(f"{channel} {ts}")


def no_metric(database: str, name: str) -> Metric[Any] | None:  # noqa: ARG001 - the outbox asks so
    """There are no cards here."""
    return None


def sent(store: Store, receivers: Receivers, *events: CallEvent, until: Callable[[], bool]) -> None:
    """Put calls into the outbox, and let it work until something is so."""
    outbox = Outbox(store, "me", Mute(), no_metric, receivers.call)
    with store.change() as change:
        for event in events:
            change.put_notice(Notice(id=event.value, lane=Lane.PAGE, message=call(event), due=store.now()))
    outbox.start()
    deadline = time.monotonic() + 20
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    outbox.stop()


ASKS_TO_WAIT: list[tuple[int, dict[str, str]]] = [(429, {"Retry-After": "0.3"})]
BROKEN: list[tuple[int, dict[str, str]]] = [(500, {}), (503, {})]
HANGS_UP: list[tuple[int, dict[str, str]]] = [(0, {})]


@pytest.mark.parametrize("answers", [ASKS_TO_WAIT, BROKEN, HANGS_UP], ids=["429", "5xx", "no answer"])
def test_a_page_is_sent_again_until_it_is_taken(
    store: Store, desk: Desk, caplog: pytest.LogCaptureFixture, answers: Sequence[tuple[int, dict[str, str]]]
) -> None:
    desk.answers = list(answers)
    receivers = Receivers({WEBHOOK: Webhook(SecretStr(desk.url), SecretStr(SECRET))})
    sent(store, receivers, CallEvent.TRIGGER, until=lambda: store.oldest_unsent() is None)
    assert [one["event"] for one in desk.bodies()] == ["trigger"] * (len(answers) + 1)
    assert SECRET not in caplog.text


def test_a_page_that_is_refused_for_good_is_given_up_and_keeps_no_other_waiting(store: Store, desk: Desk) -> None:
    desk.answers = [(400, {})]
    receivers = Receivers({WEBHOOK: Webhook(SecretStr(desk.url))})
    sent(store, receivers, CallEvent.TRIGGER, CallEvent.RESOLVE, until=lambda: store.oldest_unsent() is None)
    assert [one["event"] for one in desk.bodies()] == ["trigger", "resolve"]


def test_the_end_of_an_incident_waits_until_its_beginning_has_been_told(store: Store, desk: Desk) -> None:
    desk.answers = [(500, {}), (503, {}), (202, {})]
    receivers = Receivers({WEBHOOK: Webhook(SecretStr(desk.url))})
    sent(store, receivers, CallEvent.TRIGGER, CallEvent.RESOLVE, until=lambda: store.oldest_unsent() is None)
    assert [one["event"] for one in desk.bodies()] == ["trigger", "trigger", "trigger", "resolve"]


# --- receivers that hang

PATIENT_S = 60
"""How long a receiver may take here: longer than any wait in a test, so that what arrives meanwhile did not wait for it."""
SLACK_CHANNEL, ADMINS = "C0ALERTS", "C0GENERAL"


@pytest.fixture
def slack() -> Generator[PracticeSlack]:
    with PracticeSlack() as there:
        yield there


@contextmanager
def sending(store: Store, slack: PracticeSlack, receivers: Receivers) -> Generator[Outbox]:
    """An outbox at work, before the practice Slack and these receivers."""
    speaker = SlackSpeaker(web_client(slack.bot_token, slack.api_url, None))
    outbox = Outbox(store, "me", speaker, no_metric, receivers.call, ADMINS, Tempo(20))
    outbox.start()
    yield outbox
    outbox.stop()


def put(store: Store, *messages: Call | Post, lane: Lane = Lane.PAGE) -> None:
    with store.change() as change:
        for message in messages:
            change.put_notice(Notice(id=new_id(), lane=lane, message=message, due=AT))


def said(text: str) -> Post:
    return Post(channel=SLACK_CHANNEL, report=Report(title="Test", verdict=Verdict(level=Level.PAGE, text=text)))


def shown(slack: PracticeSlack, words: str, channel: str = SLACK_CHANNEL) -> list[str]:
    return [text for one in slack.messages(channel) if words in (text := as_text(one))]


def test_an_answer_that_drips_in_for_ever_is_given_up_after_the_time_for_the_whole(desk: Desk) -> None:
    desk.free.clear()
    desk.drips = True
    with pytest.raises(Unavailable, match="did not answer within 1 s"):
        Webhook(SecretStr(desk.url), timeout_s=1).call(call())
    assert len(desk.got) == 1


def test_receivers_that_hang_keep_neither_slack_nor_each_other_waiting(
    store: Store, slack: PracticeSlack, desk: Desk
) -> None:
    desk.free.clear()
    hanging = Webhook(SecretStr(desk.url), timeout_s=PATIENT_S)
    receivers = Receivers({WEBHOOK: hanging, PAGERDUTY: PagerDuty(SecretStr(KEY), desk.url, PATIENT_S)})
    with sending(store, slack, receivers):
        put(store, *[call(channel=one) for one in (WEBHOOK, PAGERDUTY) for _ in range(20)])
        slack.wait_for(lambda: len(desk.got) == 2, 15, "both to hang")
        put(store, said("wake up"))
        put(store, said("and read this"), lane=Lane.ALERT)
        slack.wait_for(lambda: shown(slack, "wake up") and shown(slack, "and read this"), 15, "Slack's messages")
        assert len(desk.got) == 2, "each receiver is asked one thing at a time"
        desk.free.set()
        slack.wait_for(lambda: not store.unsent(), 30, "all calls to be taken")
    assert len(desk.got) == 40


def test_what_a_receiver_has_taken_without_an_answer_comes_again_under_the_same_name(
    store: Store, slack: PracticeSlack, desk: Desk
) -> None:
    desk.free.clear()
    receivers = Receivers({
        WEBHOOK: Webhook(SecretStr(desk.url), timeout_s=0.5), PAGERDUTY: PagerDuty(SecretStr(KEY), desk.url, 0.5),
    })  # fmt: skip
    with sending(store, slack, receivers):
        put(store, call(), call(channel=PAGERDUTY))
        slack.wait_for(lambda: len(desk.got) >= 6, 15, "some tries")
        desk.free.set()
        slack.wait_for(lambda: not store.unsent(), 15, "both to be taken")
    names = {headers.get(IDEMPOTENCY) or json.loads(body)["dedup_key"] for headers, body in desk.got}
    assert names == {f'"main.lag.1 trigger {AT.isoformat()}"', "main.lag.1"}
    assert len({body for _, body in desk.got}) == 2


def test_administrators_hear_once_of_a_receiver_that_takes_nothing_and_once_that_it_does_again(
    store: Store, slack: PracticeSlack, desk: Desk
) -> None:
    desk.answers = [(503, {})] * 8
    with sending(store, slack, Receivers({WEBHOOK: Webhook(SecretStr(desk.url))})):
        put(store, call(), call(CallEvent.RESOLVE), call(text="Locks on main").model_copy(update={"incident": "locks"}))
        slack.wait_for(lambda: not store.unsent(), 30, "all to be taken")
    (trouble,) = shown(slack, "The webhook answered 503", ADMINS)
    assert "\u201cLag on main, now 25\u201d has not reached webhook, and I go on trying" in trouble
    (over,) = shown(slack, "webhook takes calls again", ADMINS)
    assert SECRET not in trouble + over


def test_administrators_hear_which_page_a_receiver_will_never_take(
    store: Store, slack: PracticeSlack, desk: Desk
) -> None:
    desk.answers = [(404, {}), (404, {})]
    with sending(store, slack, Receivers({PAGERDUTY: PagerDuty(SecretStr(KEY), desk.url)})):
        put(store, call(channel=PAGERDUTY), call(CallEvent.RESOLVE, PAGERDUTY))
        slack.wait_for(lambda: not store.unsent(), 15, "both to be settled")
    (told,) = shown(slack, "will not reach pagerduty", ADMINS)
    assert "PagerDuty answered 404: \u201cLag on main, now 25\u201d" in told


def test_what_waits_for_a_receiver_is_not_what_waits_for_slack(store: Store) -> None:
    put(store, call())
    assert store.oldest_unsent() is not None
    assert store.oldest_unsent(apart=(WEBHOOK,)) is None
