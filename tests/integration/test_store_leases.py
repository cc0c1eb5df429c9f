"""Processes share the databases evenly, and whoever lost one writes nothing more for it."""

from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import pytest
from store_fixture import post

from bot.store import Fence, LostLease, Store

FIVE = [f"database {number}" for number in range(5)]


def holds(store: Store, holder: str, names: list[str] = FIVE, seconds: float = 3600) -> set[str]:
    return set(store.share(holder, names, seconds))


def test_one_process_alone_has_everything(store: Store) -> None:
    assert holds(store, "a") == set(FIVE)
    assert store.watchers() == 1


def test_many_at_once_hold_everything_and_nothing_twice(store: Store) -> None:
    for number in range(4):
        store.share(f"h{number}", [], 3600)
    with ThreadPoolExecutor(4) as pool:
        held = list(pool.map(holds, repeat(store), [f"h{number}" for number in range(4)]))
    assert sorted(name for some in held for name in some) == FIVE
    assert sorted(len(some) for some in held) == [1, 1, 1, 2]


def test_a_second_process_gets_its_share_as_soon_as_the_first_has_let_go_of_it(store: Store) -> None:
    holds(store, "a")
    assert holds(store, "b") == set()
    kept = holds(store, "a")
    assert len(kept) == 3
    assert holds(store, "b") == set(FIVE) - kept


def test_nothing_moves_while_nobody_comes_or_goes(store: Store) -> None:
    store.share("b", [], 3600)
    first, second = store.share("a", FIVE, 3600), store.share("b", FIVE, 3600)
    assert [store.share("a", FIVE, 3600), store.share("b", FIVE, 3600)] == [first, second]


def test_when_one_falls_silent_the_other_has_all_of_it_with_the_next_epoch(store: Store) -> None:
    before = store.share("a", FIVE, 0)
    after = store.share("b", FIVE, 3600)
    assert [fence.epoch for fence in before.values()] == [1] * 5
    assert [(fence.holder, fence.epoch) for fence in after.values()] == [("b", 2)] * 5


def test_whoever_lets_go_keeps_nobody_waiting(store: Store) -> None:
    holds(store, "a")
    store.let_go("a")
    assert holds(store, "b") == set(FIVE)
    assert store.watchers() == 1


def test_a_write_with_an_old_epoch_is_refused_and_leaves_nothing(store: Store) -> None:
    old = store.share("asleep", ["shop"], 0)["shop"]
    new = store.share("awake", ["shop"], 3600)["shop"]
    with pytest.raises(LostLease, match="Another Scout looks after shop now"), store.change(old) as change:
        change.put_notice(post("late"))
    with store.change(new) as change:
        change.put_notice(post("in time"))
    assert store.notice("late") is None
    assert store.notice("in time") is not None


def test_an_epoch_that_came_back_to_its_holder_is_another(store: Store) -> None:
    first = store.share("a", ["shop"], 0)["shop"]
    store.share("b", ["shop"], 0)
    assert store.share("a", ["shop"], 0)["shop"] == Fence("shop", "a", 3)
    with pytest.raises(LostLease), store.change(first):
        pass


def test_whoever_has_a_store_alone_does_not_wait_for_the_dead(sqlite_url: str) -> None:
    store = Store.open(sqlite_url)
    store.claim("first life")
    holds(store, "first life")
    store.claim("second life")
    assert holds(store, "second life") == set(FIVE)
    store.close()
