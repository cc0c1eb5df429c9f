"""The outbox before the practice Slack: nothing is lost, nothing is there twice, and what is urgent is first."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from store_fixture import approval, post

from bot.alert import Alert
from bot.chat import Card, Lane, Notice, Post, new_id
from bot.command import Measurement, Value
from bot.outbox import Outbox, Tempo
from bot.outbox.pace import POST_BURST, POST_GAP
from bot.report import Level, Report, Verdict
from bot.slack import SlackSpeaker, web_client
from bot.store import Store
from practice.slack.server import PracticeSlack
from practice.slack.text import as_text
from practice.slack.wire import Json

ALERTS, ADMINS = "C0ALERTS", "C0GENERAL"
POSTING = ("chat.postMessage",)
QUEUED = 1000


@pytest.fixture
def slack() -> Generator[PracticeSlack]:
    with PracticeSlack() as there:
        yield there


def no_metric(_: str, __: str) -> None:
    """Nothing here is about a metric."""


@contextmanager
def sending(store: Store, slack: PracticeSlack, tempo: float = 1) -> Generator[Outbox]:
    """An outbox at work."""
    client = web_client(slack.bot_token, slack.api_url, None)
    outbox = Outbox(store, "test", SlackSpeaker(client), no_metric, admin_channel=ADMINS, tempo=Tempo(tempo))
    outbox.start()
    try:
        yield outbox
    finally:
        outbox.stop()


def written(store: Store, *notices: Notice) -> None:
    with store.change() as change:
        for notice in notices:
            change.put_notice(notice)


def changed(store: Store, value: int) -> None:
    """An incident's value changes, and with it its card."""
    at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=value)
    last = Measurement(name="lag", measured=Value(value=value), level=Level.ALERT, at=at)
    alert = Alert(database="main", metric="lag", level=Level.ALERT, since=at, incident="i1", last=last, on_card=True)
    with store.change() as change:
        change.put_alert(alert)
        message = Card(key="incident:i1", channel=ALERTS)
        change.put_notice(Notice(id=new_id(), lane=Lane.ALERT, message=message, due=at))


def said(text: str, lane: Lane = Lane.ALERT, channel: str = ALERTS, thread: str | None = None) -> Notice:
    report = Report(title="Test", verdict=Verdict(level=Level.INFO, text=text))
    message = Post(channel=channel, thread=thread, report=report)
    return Notice(id=new_id(), lane=lane, message=message, due=post("any").due)


def shown(slack: PracticeSlack, words: str, channel: str = ALERTS) -> list[Json]:
    """The messages of a channel that hold some words."""
    return [one for one in slack.messages(channel) if words in as_text(one)]


def until(slack: PracticeSlack, so: Callable[[], object], what: str, within: float = 15) -> None:
    slack.wait_for(so, within, what)


def test_a_page_overtakes_a_thousand_messages_that_wait(store: Store, slack: PracticeSlack) -> None:
    written(store, *[said(f"chatter {number}") for number in range(QUEUED)])
    with sending(store, slack) as outbox:
        until(slack, lambda: len(shown(slack, "chatter")) >= 5, "the first of them")
        there = len(slack.messages(ALERTS))
        written(store, said("wake up", Lane.PAGE))
        outbox.wake()
        until(slack, lambda: shown(slack, "wake up"), "the page", 3)
        place = [as_text(one) for one in slack.messages(ALERTS)].index(as_text(shown(slack, "wake up")[0]))
    assert place <= there + 2


def test_a_page_does_not_wait_behind_an_answer_that_slack_is_slow_to_take(store: Store, slack: PracticeSlack) -> None:
    with sending(store, slack) as outbox, slack.inject("delay", methods=POSTING, times=4, seconds=4) as slowness:
        written(store, *[said(f"slow {number}", Lane.ANSWER, channel) for number, channel in enumerate([ALERTS] * 4)])
        until(slack, lambda: slowness.hits, "a slow one to be under way")
        slowness.end()
        written(store, said("wake up", Lane.PAGE))
        outbox.wake()
        until(slack, lambda: shown(slack, "wake up"), "the page", 3)
        assert not shown(slack, "slow")


def test_a_channel_gets_one_message_a_second_after_a_burst_and_slack_never_has_to_refuse(
    store: Store, slack: PracticeSlack
) -> None:
    written(store, *[said(f"chatter {number}") for number in range(POST_BURST + 4)])
    with sending(store, slack):
        until(slack, lambda: not store.unsent(), "all of them", 30)
    sent = [one.at for one in slack.calls("chat.postMessage")]
    assert len(sent) == POST_BURST + 4, "none was refused and sent again"
    assert all(late - sent[0] >= number * POST_GAP - 0.05 for number, late in enumerate(sent[POST_BURST:], 1))


def test_who_is_asked_to_wait_keeps_no_other_channel_waiting(store: Store, slack: PracticeSlack) -> None:
    """As many refusals as there are senders, and more: were a sender asleep for the half minute, nobody would be left."""
    busy = [ALERTS, ADMINS, "C0STAGING", "C0SHARED", "D0ANA", "D0BEN", "D0DAN", "D0GUEST"]
    with (
        sending(store, slack),
        slack.inject("ratelimited", methods=POSTING, times=len(busy), retry_after=30) as refusals,
    ):
        written(store, *[said("patience", channel=channel) for channel in busy])
        until(slack, lambda: refusals.hits == len(busy), "all to be refused")
        written(store, said("through", channel="D0CORA"))
        until(slack, lambda: shown(slack, "through", "D0CORA"), "the one that nobody holds back", 15)
        assert not [channel for channel in busy if shown(slack, "patience", channel)]


def test_of_many_changes_of_a_card_the_last_is_shown_and_few_are_sent(store: Store, slack: PracticeSlack) -> None:
    with sending(store, slack):
        changed(store, 0)
        until(slack, lambda: not store.unsent(), "the card")
        with slack.inject("delay", methods=("chat.update",), seconds=0.3):
            for value in range(1, 61):
                changed(store, value)
        until(slack, lambda: not store.unsent(), "its last state", 30)
    (card,) = slack.messages(ALERTS)
    assert "*60*" in as_text(card)
    assert len(slack.calls("chat.update")) <= 20


@pytest.mark.slow
def test_after_half_an_hour_of_refusals_the_page_is_out_within_two_seconds(store: Store, slack: PracticeSlack) -> None:
    """Time is pressed by a hundred: Slack asks for 50 s each time, and 30 minutes are 18 s; what comes after is not pressed."""
    written(store, *[said(f"chatter {number}") for number in range(20)], said("wake up", Lane.PAGE))
    with sending(store, slack, tempo=100):
        with slack.inject("ratelimited", retry_after=50) as refusals:
            time.sleep(18)
        over = time.monotonic()
        until(slack, lambda: shown(slack, "wake up"), "the page", 3)
        assert time.monotonic() - over < 2
        assert 30 <= refusals.hits < 30 * 20, "it neither gave up nor hammered"
        until(slack, lambda: len(shown(slack, "chatter")) == 20, "the rest")


def test_what_slack_took_without_an_answer_is_there_once(store: Store, slack: PracticeSlack) -> None:
    with sending(store, slack), slack.inject("lose_answer", methods=POSTING, times=1) as loss:
        written(store, said("once"))
        until(slack, lambda: loss.hits and not store.unsent(), "it to be settled")
    assert len(shown(slack, "once")) == 1


def test_what_slack_took_into_a_thread_without_an_answer_is_there_once(store: Store, slack: PracticeSlack) -> None:
    with sending(store, slack):
        written(store, said("root"))
        until(slack, lambda: shown(slack, "root"), "the root")
        with slack.inject("lose_answer", methods=POSTING, times=1) as loss:
            written(store, said("reply", thread=shown(slack, "root")[0]["ts"]))
            until(slack, lambda: loss.hits and not store.unsent(), "it to be settled")
    assert len(shown(slack, "reply")) == 1


def test_what_cannot_be_looked_for_is_rather_there_twice_and_administrators_hear_of_it_once(
    store: Store, slack: PracticeSlack
) -> None:
    slack.scopes.discard("channels:history")
    with sending(store, slack):
        for text in ("first", "second"):
            with slack.inject("lose_answer", methods=POSTING, times=1) as loss:
                written(store, said(text))
                until(slack, lambda loss=loss: loss.hits and not store.unsent(), "it to be settled")
    assert [len(shown(slack, text)) for text in ("first", "second")] == [2, 2]
    assert len(shown(slack, "missing_scope", ADMINS)) == 1


def test_administrators_are_told_what_slack_will_never_take(store: Store, slack: PracticeSlack) -> None:
    with sending(store, slack):
        written(store, said("into the void", channel="C0NOWHERE"))
        until(slack, lambda: shown(slack, "channel_not_found", ADMINS), "the word")
    assert "a post in C0NOWHERE for good: channel_not_found" in as_text(shown(slack, "channel_not_found", ADMINS)[0])


def below(key: str, text: str) -> Notice:
    """A page for the thread of a card."""
    page = said(text, Lane.PAGE)
    return page.model_copy(update={"message": page.message.model_copy(update={"below": key})})


def card_of(key: str) -> Notice:
    return Notice(id=new_id(), lane=Lane.APPROVAL, message=Card(key=key, channel=ALERTS), due=post("any").due)


def test_a_page_below_a_card_that_slack_never_takes_is_posted_by_itself(store: Store, slack: PracticeSlack) -> None:
    with store.change() as change:
        assert change.add_approval(approval("a")) is None
    with slack.inject("error", methods=POSTING, error="invalid_arguments", times=1) as refusal:
        written(store, card_of("approval:a"), below("approval:a", "wake up"))
        with sending(store, slack):
            until(slack, lambda: shown(slack, "wake up"), "the page")
            until(slack, lambda: not store.unsent(), "nothing to wait any more")
    assert refusal.hits == 1
    assert "thread_ts" not in shown(slack, "wake up")[0]


def test_a_page_below_a_card_of_which_nothing_is_left_is_posted_by_itself(store: Store, slack: PracticeSlack) -> None:
    written(store, card_of("approval:gone"), below("approval:gone", "wake up"))
    with sending(store, slack):
        until(slack, lambda: shown(slack, "wake up"), "the page")


def test_nobody_is_told_by_a_channel_that_takes_nothing_itself(store: Store, slack: PracticeSlack) -> None:
    with sending(store, slack), slack.inject("error", methods=POSTING, error="is_archived") as refusal:
        written(store, said("to the administrators", channel=ADMINS))
        until(slack, lambda: refusal.hits and not store.unsent(), "it to be given up")
    assert refusal.hits == 1


def test_a_token_that_is_refused_is_not_the_messages_fault(store: Store, slack: PracticeSlack) -> None:
    with sending(store, slack):
        with slack.inject("error", methods=POSTING, error="token_revoked") as refusal:
            written(store, said("patience", Lane.PAGE))
            until(slack, lambda: refusal.hits, "a refusal")
        until(slack, lambda: shown(slack, "patience"), "the message")
    assert len(shown(slack, "patience")) == 1


def test_the_held_are_left_alone_but_for_pages(store: Store) -> None:
    written(store, said("chatter"), said("elsewhere", channel=ADMINS), said("wake up", Lane.PAGE))
    claimed = store.claim_notices("one", held={ALERTS})
    assert [(one.lane, one.message.channel) for one in claimed] == [(Lane.PAGE, ALERTS), (Lane.ALERT, ADMINS)]


def test_who_has_no_room_claims_pages_alone(store: Store) -> None:
    written(store, said("chatter"), said("wake up", Lane.PAGE))
    assert [one.lane for one in store.claim_notices("one", least=Lane.PAGE)] == [Lane.PAGE]


def test_a_post_in_doubt_stays_so_until_it_is_settled(store: Store) -> None:
    notice = said("doubtful")
    written(store, notice)
    with store.change() as change:
        change.posting(notice.id, begun=True)
        change.postpone(notice.id, notice.due + timedelta(seconds=1))
    (claimed,) = store.claim_notices("one")
    assert claimed.posting is not None
    with store.change() as change:
        change.posting(notice.id, begun=False)
    kept = store.notice(notice.id)
    assert kept is not None
    assert kept.posting is None
