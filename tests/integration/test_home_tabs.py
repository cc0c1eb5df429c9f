"""The home tabs on both stores: published when it matters, once, and by one of several processes."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from slack_bolt.adapter.socket_mode.internals import run_bolt_app
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.socket_mode.request import SocketModeRequest
from store_fixture import approval

from bot.alert import Alert
from bot.chat import HOMES, Home, Inbound, Lane, Notice, Opened, Person, Profile, new_id
from bot.command import Measurement, Value
from bot.errors import NotAllowed, Unavailable
from bot.home_tabs import MOST_AT_ONCE, HomeTabs
from bot.outbox import Outbox
from bot.policy import Policy
from bot.registry import Registry, discover
from bot.report import Level
from bot.slack import SlackSpeaker, build_app, web_client
from bot.store import Fence, LostLease, Store
from practice.slack import interactions
from practice.slack.fixture import BOT_USER, TEAM
from practice.slack.server import PracticeSlack
from practice.slack.text import as_text

ANA, GUEST, GHOST = "U0ANA", "U0GUEST", "U0GHOST"
REGISTRY: Registry = discover("commands")
METRICS = {metric.name: metric for metric in REGISTRY.metrics}
KNOWN: Mapping[str, Profile] = {
    ANA: Profile(id=ANA, name="Ana"),
    GUEST: Profile(id=GUEST, name="Gil", outsider="a guest"),
}


@pytest.fixture
def slack() -> Generator[PracticeSlack]:
    with PracticeSlack() as there:
        yield there


def profile(person: Person) -> Profile:
    if person.id not in KNOWN:
        raise NotAllowed("I cannot check who you are, so I do nothing.")
    return KNOWN[person.id]


def homes(store: Store, slack: PracticeSlack | None = None) -> HomeTabs:
    def permalink(channel: str, ts: str) -> str:
        if slack is None:
            raise NotAllowed("nobody asks here")
        return SlackSpeaker(web_client(slack.bot_token, slack.api_url, None)).permalink(channel, ts)

    policy = Policy(operators=frozenset({ANA}))
    return HomeTabs(
        store, policy, REGISTRY, profile, lambda _, name: METRICS.get(name), ["shop"], frozenset(), 60, permalink
    )


@contextmanager
def sending(store: Store, slack: PracticeSlack, holder: str = "one") -> Generator[Outbox]:
    speaker = SlackSpeaker(web_client(slack.bot_token, slack.api_url, None))
    outbox = Outbox(
        store, holder, speaker, lambda _, name: METRICS.get(name), admin_channel="C0GENERAL", fronts=homes(store, slack)
    )
    outbox.start()
    try:
        yield outbox
    finally:
        outbox.stop()


def opened(store: Store, person: str = ANA) -> None:
    """Somebody opens the tab, and it is handled."""
    visit = Opened(id=new_id(), at=store.now(), person=Person(id=person))
    store.receive(visit, "one")
    homes(store).handle(visit)


def measured(store: Store, level: Level = Level.OK) -> None:
    """Database shop is measured just now, and judged."""
    at = store.now()
    sample = Measurement(name="blocked_sessions", measured=Value(value=12), level=level, at=at)
    incident = "" if level is Level.OK else "shop.blocked"
    alert = Alert(database="shop", metric=sample.name, level=level, since=at, incident=incident, last=sample)
    with store.change() as change:
        change.put_samples("shop", [sample])
        change.put_alert(alert)


def fence(store: Store, holder: str = "one") -> Fence:
    return store.share(holder, ["Scout itself"], 60)["Scout itself"]


def published(slack: PracticeSlack, person: str = ANA) -> int:
    return len([call for call in slack.calls("views.publish") if call.args["user_id"] == person])


def settled(store: Store, slack: PracticeSlack, so: Callable[[], object] = lambda: True) -> None:
    slack.wait_for(lambda: so() and not store.unsent(), 15, "everything to be sent")


def shown(slack: PracticeSlack, person: str = ANA) -> str:
    view = slack.home(person)
    return as_text(view) if view else ""


# --- the rows


def test_who_opened_it_is_remembered_with_what_stands_there(store: Store) -> None:
    before = store.now()
    with store.change() as change:
        change.opened_home(ANA)
        change.opened_home(GUEST)
        change.shown_home(ANA, "seal")
    first, second = store.visits(before)
    assert (first.person, first.shown, first.shown_at) == (GUEST, "", None)
    assert (second.person, second.shown) == (ANA, "seal")
    assert second.shown_at is not None
    assert store.visits(store.now() + timedelta(seconds=1)) == []
    with store.change() as change:
        change.opened_home(ANA)
        change.forget_home(GUEST)
    again = store.visit(ANA)
    assert again is not None
    assert (again.shown, again.shown_at) == ("", None)
    assert store.visit(GUEST) is None
    store.prune(store.now() + timedelta(seconds=1))
    assert store.visit(ANA) is None


def test_a_home_tab_waits_once(store: Store) -> None:
    with store.change() as change:
        for lane in (Lane.PROGRESS, Lane.ANSWER, Lane.PROGRESS):
            change.put_notice(Notice(id=new_id(), lane=lane, message=Home(person=ANA), due=change.now()))
        change.put_notice(Notice(id=new_id(), lane=Lane.ANSWER, message=Home(person=GUEST), due=change.now()))
    claimed = store.claim_notices("one", held={HOMES})
    assert sorted((one.message.model_dump()["person"], one.lane) for one in claimed) == [
        (ANA, Lane.ANSWER),
        (GUEST, Lane.ANSWER),
    ]


def test_the_address_of_a_card_is_kept_until_it_is_posted_anew(store: Store) -> None:
    with store.change() as change:
        change.placed("approval:a", "C1", "1.0")
        change.linked("approval:a", "1.0", "https://x/1")
        change.linked("approval:a", "0.9", "https://x/0")
        change.placed("approval:a", "C1", "1.0")
    assert store.link("approval:a") == "https://x/1"
    with store.change() as change:
        change.placed("approval:a", "C1", "2.0")
    assert store.link("approval:a") == store.link("never") == ""


# --- when it is published


def test_an_opened_tab_is_published_and_afterwards_only_what_has_changed(store: Store, slack: PracticeSlack) -> None:
    tabs = homes(store)
    measured(store)
    with sending(store, slack):
        opened(store)
        settled(store, slack, lambda: published(slack))
        assert "shop is well" in shown(slack)
        assert tabs.renew(fence(store)) == 0
        measured(store, Level.PAGE)
        assert tabs.renew(fence(store)) == 1
        settled(store, slack)
        assert "1 page on shop" in shown(slack)
        assert tabs.renew(fence(store)) == 0
        opened(store)
        settled(store, slack)
    assert published(slack) == 3


def test_of_two_processes_one_publishes(store: Store, slack: PracticeSlack) -> None:
    measured(store)
    with sending(store, slack, "one") as one, sending(store, slack, "two") as two:
        opened(store)
        one.wake()
        two.wake()
        settled(store, slack, lambda: published(slack))
        measured(store, Level.ALERT)
        held = fence(store)
        homes(store).renew(held)
        homes(store).renew(held)  # while the first may still be on its way
        one.wake()
        two.wake()
        settled(store, slack)
    assert published(slack) == 2


def test_who_lost_the_lease_renews_nothing(store: Store) -> None:
    measured(store)
    opened(store)
    before = fence(store, "one")
    store.let_go("one")
    fence(store, "two")
    with pytest.raises(LostLease):
        homes(store).renew(before)


def test_what_was_sent_before_a_death_is_not_sent_again(store: Store, slack: PracticeSlack) -> None:
    measured(store)
    opened(store)
    (claimed,) = store.claim_notices("dead")
    page = homes(store).page(ANA)
    assert page is not None
    homes(store).published(ANA, page)  # and then it dies, before the notice is settled
    assert store.release_notices({"dead"}) == 1
    with sending(store, slack):
        settled(store, slack)
    assert published(slack) == 0
    assert store.notice(claimed.id) is not None


def test_many_pages_are_renewed_a_few_at_a_time_the_oldest_first(store: Store) -> None:
    measured(store)
    with store.change() as change:
        for number in range(MOST_AT_ONCE + 5):
            change.opened_home(f"U{number}")
    assert homes(store).renew(fence(store)) == MOST_AT_ONCE


def test_a_refusal_for_now_is_waited_for(store: Store, slack: PracticeSlack) -> None:
    measured(store)
    with sending(store, slack), slack.inject("ratelimited", methods=("views.publish",), times=1, retry_after=1) as no:
        opened(store)
        settled(store, slack, lambda: no.hits)
    assert published(slack) == 2
    assert "shop is well" in shown(slack)


def test_a_refusal_for_good_is_told_to_the_administrators_once(store: Store, slack: PracticeSlack) -> None:
    measured(store)
    never = slack.inject("error", methods=("views.publish",), error="not_enabled")
    with sending(store, slack), never:
        for _ in range(2):
            opened(store)
            settled(store, slack)
    told = [as_text(one) for one in slack.messages("C0GENERAL") if "not_enabled" in as_text(one)]
    assert len(told) == 1
    assert "Switch on the Home Tab" in told[0]
    assert homes(store).renew(fence(store)) == 0


# --- for whom


def opens_nothing(_: str, __: str) -> None:
    """There are no dialogs here."""


def test_a_guest_gets_one_sentence_and_no_more_pages(store: Store, slack: PracticeSlack) -> None:
    measured(store)
    with sending(store, slack):
        opened(store, GUEST)
        settled(store, slack, lambda: published(slack, GUEST))
        measured(store, Level.PAGE)
        assert homes(store).renew(fence(store)) == 0
    assert "You are a guest" in shown(slack, GUEST)
    assert "shop" not in shown(slack, GUEST)


def test_who_cannot_be_looked_up_is_told_so_and_looked_up_again(store: Store) -> None:
    measured(store)
    opened(store, GHOST)
    page = homes(store).page(GHOST)
    assert page is not None
    assert "cannot check who you are" in page.refusal
    homes(store).published(GHOST, page)
    assert homes(store).renew(fence(store)) == 1


def test_the_way_to_a_card_is_asked_for_once(store: Store, slack: PracticeSlack) -> None:
    posted = slack.say("U0ANA", "C0ALERTS", "a card")
    with store.change() as change:
        change.add_approval(approval("a1"))
        change.placed("approval:a1", "C0ALERTS", posted["ts"])
    tabs = homes(store, slack)
    first, second = tabs.affairs(), tabs.affairs()
    assert first == second
    assert posted["ts"].replace(".", "") in first.waiting[0].link
    assert len(slack.calls("chat.getPermalink")) == 1


def test_without_the_way_to_its_card_a_plan_is_shown_all_the_same(store: Store) -> None:
    with store.change() as change:
        change.add_approval(approval("a1"))
        change.placed("approval:a1", "C1", "1.0")
    affairs = homes(store).affairs()
    assert [(one.text, one.link) for one in affairs.waiting] == [("vacuum on main", "")]


def test_a_press_that_cannot_be_written_down_is_answered_directly(slack: PracticeSlack) -> None:
    def refuse(_: Inbound) -> None:
        raise Unavailable("the store is gone.")

    client = web_client(slack.bot_token, slack.api_url, None)
    us = AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_user_id=BOT_USER, bot_token=slack.bot_token)
    app = build_app(client, lambda: us, refuse, lambda: datetime.now(UTC), "C0ALERTS", opens_nothing)
    payload = interactions.interaction("block_actions", slack.house.workspace.users[ANA])
    payload |= {"container": {"type": "view", "view_id": "V1"}, "trigger_id": "t.1"}
    payload |= {"actions": [{"action_id": "scout_command", "block_id": "b", "type": "button", "value": "status"}]}
    run_bolt_app(app, SocketModeRequest(type="interactive", envelope_id="1", payload=payload))
    slack.wait_for(
        lambda: [one for one in slack.messages("D0ANA") if "the store is gone." in as_text(one)], 5, "a word"
    )
