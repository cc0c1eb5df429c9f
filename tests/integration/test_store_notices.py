"""The outbox sends the urgent first, a card once, and forgets nothing when a sender dies."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from store_fixture import AT, card, post

from bot.chat import Lane, Notice
from bot.store import Store


def put(store: Store, *notices: Notice) -> None:
    with store.change() as change:
        for notice in notices:
            change.put_notice(notice)


def ids(notices: list[Notice]) -> list[str]:
    return [notice.id for notice in notices]


def test_lanes_come_in_order_then_what_is_due_first_then_what_came_first(store: Store) -> None:
    put(store, *[post(f"{lane}2", lane) for lane in reversed(Lane)])
    put(store, *[post(f"{lane}3", lane) for lane in reversed(Lane)])
    put(store, *[post(f"{lane}1", lane, AT - timedelta(seconds=1)) for lane in reversed(Lane)])
    assert ids(store.claim_notices("one")) == [f"{lane}{place}" for lane in Lane for place in (1, 2, 3)]


def test_only_what_is_due_is_claimed_and_no_more_than_asked(store: Store) -> None:
    put(store, post("later", due=store.now() + timedelta(hours=1)), *[post(f"{number}") for number in range(5)])
    assert ids(store.claim_notices("one", limit=3)) == ["0", "1", "2"]
    assert ids(store.claim_notices("one", limit=3)) == ["3", "4"]
    assert store.claim_notices("one") == []


def test_two_senders_never_get_the_same(store: Store) -> None:
    def claim(number: int) -> list[str]:
        return ids(store.claim_notices(f"h{number}", limit=10))

    put(store, *[post(f"{number:02}") for number in range(60)])
    with ThreadPoolExecutor(6) as pool:
        claimed = list(pool.map(claim, range(6)))
    assert sorted(one for some in claimed for one in some) == [f"{number:02}" for number in range(60)]


def test_what_somebody_is_sending_nobody_else_gets_until_the_lease_ends(store: Store) -> None:
    put(store, post("n"))
    before = store.now()
    assert ids(store.claim_notices("one", lease_s=3600)) == ["n"]
    assert store.claim_notices("one") == store.claim_notices("other") == []
    assert (store.next_due() or before) >= before + timedelta(seconds=3600)
    assert store.unsent() == 1


def test_what_a_sender_did_not_finish_comes_again_after_the_lease(store: Store) -> None:
    put(store, post("n"))
    assert ids(store.claim_notices("crashed", lease_s=0)) == ["n"]
    assert ids(store.claim_notices("other")) == ["n"]


def test_what_was_sent_does_not_come_again_and_is_still_known(store: Store) -> None:
    put(store, post("n"))
    store.claim_notices("one", lease_s=0)
    with store.change() as change:
        change.sent("n")
        change.sent("n")
        change.sent("never heard of")
    assert store.claim_notices("one") == []
    assert store.unsent() == 0
    assert store.next_due() is None
    assert store.oldest_unsent() is None
    assert store.notice("n") == post("n")


def test_a_notice_with_a_known_id_is_left_as_it_is(store: Store) -> None:
    put(store, post("n", text="first"), post("n", text="second"))
    assert store.claim_notices("one") == [post("n", text="first")]
    with store.change() as change:
        change.sent("n")
    put(store, post("n"))
    assert store.unsent() == 0


def test_a_card_waits_once_with_the_more_urgent_lane_and_the_earlier_moment(store: Store) -> None:
    put(store, card("a", due=AT + timedelta(seconds=9)), card("b", lane=Lane.PAGE, due=AT + timedelta(seconds=20)))
    put(store, card("c", due=AT), card("d", key="another"))
    assert store.unsent() == 2
    first, second = store.claim_notices("one")
    assert first == card("a", lane=Lane.PAGE, due=AT)
    assert second == card("d", key="another")


def test_a_card_that_changes_while_it_is_sent_is_sent_once_more(store: Store) -> None:
    put(store, card("a", lane=Lane.APPROVAL))
    store.claim_notices("one")
    later = store.now() + timedelta(hours=1)
    put(store, card("b", due=later), card("c", due=later + timedelta(hours=1)))
    assert store.claim_notices("two") == []
    with store.change() as change:
        change.sent("a", ts="1.1", channel="C9")
    assert store.unsent() == 1
    assert store.next_due() == later
    put(store, card("d", due=AT))
    assert store.claim_notices("two") == [card("a", due=AT)]
    with store.change() as change:
        change.sent("a", ts="1.1", channel="C9")
    assert store.unsent() == 0


def test_a_card_that_changes_when_its_sender_was_too_slow_is_sent_once_more(store: Store) -> None:
    put(store, card("a"))
    store.claim_notices("slow", lease_s=0)
    put(store, card("b", lane=Lane.PAGE))
    with store.change() as change:
        change.sent("a", ts="1.1")
    assert store.claim_notices("other") == [card("a", lane=Lane.PAGE)]
    with store.change() as change:
        change.sent("a", ts="1.1")
    assert store.unsent() == 0


def test_a_card_that_is_sent_once_more_waits_as_urgently_as_the_most_urgent_change(store: Store) -> None:
    put(store, card("a"))
    store.claim_notices("one")
    put(store, card("b"), card("c", lane=Lane.PAGE), card("d"))
    with store.change() as change:
        change.sent("a", ts="1.1")
    assert store.claim_notices("one") == [card("a", lane=Lane.PAGE)]


def test_a_changed_card_that_could_not_be_sent_is_not_sent_twice(store: Store) -> None:
    put(store, card("a"))
    store.claim_notices("one")
    put(store, card("b", lane=Lane.PAGE))
    with store.change() as change:
        change.postpone("a", AT)
    (again,) = store.claim_notices("one")
    assert (again.tries, again.lane) == (1, Lane.PAGE)
    with store.change() as change:
        change.sent("a", ts="1.1")
    assert store.unsent() == 0


def test_a_card_whose_sender_died_merges_and_comes_once(store: Store) -> None:
    put(store, card("a"))
    store.claim_notices("crashed", lease_s=0)
    put(store, card("b", lane=Lane.PAGE))
    assert store.claim_notices("other") == [card("a", lane=Lane.PAGE).model_copy(update={"tries": 1})]


def test_a_card_is_found_by_its_key_and_by_its_place(store: Store) -> None:
    put(store, card("a", key="k"))
    assert store.card("k") is None
    assert store.card_key("C1", "1.1") is None
    with store.change() as change:
        change.sent("a", ts="1.1")
    assert store.card("k") == ("C1", "1.1")
    assert store.card_key("C1", "1.1") == "k"
    put(store, card("b", key="k"))
    with store.change() as change:
        change.sent("b")
    assert store.card("k") == ("C1", "1.1")
    put(store, card("c", key="k"))
    with store.change() as change:
        change.sent("c", ts="2.2", channel="D7")
    assert store.card("k") == ("D7", "2.2")


def test_a_post_leaves_no_card(store: Store) -> None:
    put(store, post("n"))
    with store.change() as change:
        change.sent("n", ts="1.1", channel="C1")
    assert store.card_key("C1", "1.1") is None


def test_a_postponed_notice_waits_and_counts_its_tries(store: Store) -> None:
    put(store, post("n"))
    later = store.now() + timedelta(hours=1)
    for _ in range(2):
        with store.change() as change:
            change.postpone("n", later)
    assert store.claim_notices("one") == []
    assert store.next_due() == later
    found = store.notice("n")
    assert found
    assert (found.due, found.tries) == (later, 2)


def test_what_was_given_up_is_kept_but_never_claimed(store: Store) -> None:
    put(store, card("a"))
    store.claim_notices("one")
    put(store, card("b"))
    with store.change() as change:
        change.give_up("a", "channel_not_found")
    assert store.unsent() == 0
    assert store.notice("a")
    put(store, card("c"))
    assert ids(store.claim_notices("one")) == ["c"]


def test_the_oldest_unsent_tells_since_when_somebody_waits(store: Store) -> None:
    before = store.now()
    put(store, post("a", due=AT))
    middle = store.now()
    put(store, post("b", due=AT))
    oldest = store.oldest_unsent()
    assert oldest
    assert before <= oldest <= middle
    with store.change() as change:
        change.sent("a")
    assert (store.oldest_unsent() or before) >= middle


def test_a_claim_that_is_nearly_over_is_too_short_to_send_in(store: Store) -> None:
    put(store, post("n"))
    store.claim_notices("one", lease_s=10)
    assert store.is_claimed("n", "one")
    assert not store.is_claimed("n", "one", for_s=15)


def test_what_is_for_somebody_busy_is_left_alone_even_a_page(store: Store) -> None:
    put(store, post("a", Lane.PAGE), card("b"))
    assert store.claim_notices("one", busy={"C1"}) == []
