"""Four replicas on one PostgreSQL store, ten thousand approvals of one plan at once: one wins, and all others are told who."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import repeat

import pytest
from store_fixture import approval

from bot.approval import State
from bot.store import Store

pytestmark = pytest.mark.slow

CLICKS = 10_000
REPLICAS = 4
THREADS = 8
"""At each replica, as many as press at the same moment."""


def clicks_at(store: Store, winners: list[str]) -> Callable[[int], str]:
    """Approving at one replica, as its desk does: read, swap, and say who was first."""

    def click(number: int) -> str:
        person = ("U0BEN", "U0CORA")[number % 2]
        seen = store.approval("a")
        assert seen
        decided = seen.model_copy(update={"state": State.APPROVED, "decider": person, "holder": f"press {number}"})
        if seen.state is State.ASKED:
            with store.change() as change:
                if change.swap_approval({State.ASKED}, decided):
                    change.record(person, "approved", "a", {"number": number})
                    winners.append(person)
                    return person
        found = store.approval("a")
        assert found
        return found.decider

    return click


def test_of_ten_thousand_approvals_at_four_replicas_one_wins_and_everybody_is_told_the_truth(postgres_url: str) -> None:
    with ExitStack() as house:
        stores = [Store.open(postgres_url) for _ in repeat(None, REPLICAS)]
        for store in stores:
            house.callback(store.close)
        asked = approval("a", at=datetime.now(UTC)).model_copy(
            update={"expires_at": datetime.now(UTC) + timedelta(hours=1)}
        )
        with stores[0].change() as change:
            change.add_approval(asked)
        winners: list[str] = []
        pools = [house.enter_context(ThreadPoolExecutor(THREADS)) for _ in stores]
        share = CLICKS // REPLICAS
        told = [pool.map(clicks_at(store, winners), range(share)) for pool, store in zip(pools, stores, strict=True)]
        heard = Counter(name for answers in told for name in answers)
        assert len(winners) == 1
        assert heard == {winners[0]: CLICKS}
        assert [row.action for row in stores[0].audit_of("a")] == ["approved"]
        assert stores[0].verify_audit().holds
