"""Requests that arrive together go to the disk together, and none is lost beside longer changes."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier, Event

import pytest
from store_fixture import asked, card

from bot.errors import Unavailable
from bot.store import Store
from bot.store.sqlite import Sqlite

CROWD = 16


class Counting(Sqlite):
    """An engine that counts its transactions."""

    transactions = 0

    def _transaction(self):  # noqa: ANN202 - as the parent's
        self.transactions += 1
        return super()._transaction()


def test_what_waits_behind_a_change_is_written_in_one_transaction(tmp_path: Path) -> None:
    Store.open(f"sqlite:///{tmp_path}/scout.db").close()
    engine = Counting(tmp_path / "scout.db")
    with closing(Store(engine)) as store, ThreadPoolExecutor(CROWD) as pool:
        everybody, begun = Barrier(CROWD + 1), Event()

        def receive(number: int) -> bool:
            everybody.wait()
            begun.wait(5)
            return store.receive(asked(f"slash:{number}"), "me")

        waiting = [pool.submit(receive, number) for number in range(CROWD)]
        everybody.wait()
        with store.change() as change:
            change.put_notice(card("1"))
            begun.set()
            while len(engine._orders) < CROWD:  # pyright: ignore[reportPrivateUsage] - all of them are in line
                Event().wait(0.001)
            before = engine.transactions
        assert [one.result(5) for one in waiting] == [True] * CROWD
        assert engine.transactions == before + 1
        assert len(store.unanswered("me")) == CROWD


def test_a_crowd_beside_changes_loses_nothing(tmp_path: Path) -> None:
    with closing(Store.open(f"sqlite:///{tmp_path}/scout.db")) as store, ThreadPoolExecutor(CROWD) as pool:

        def receive(number: int) -> bool:
            return store.receive(asked(f"slash:{number:03}"), "me")

        def change(number: int) -> bool:
            with store.change() as change:
                change.put_notice(card(f"card-{number}", key=f"run-{number}"))
                return change.finish(f"event:{number}")

        received, changed = pool.map(receive, range(300)), pool.map(change, range(50))
        assert all(received)
        assert all(changed)
        assert len(store.unanswered("me")) == 300


def test_a_request_for_a_closed_store_is_refused_at_once(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/scout.db")
    store.close()
    with pytest.raises(Unavailable, match="closed"):
        store.receive(asked("slash:1"), "me")
