"""What was on its way to Slack when the store went is settled as soon as the store is back, not when its claim has run out."""

import time

import pytest
from test_outbox import POSTING, said, sending, shown, slack, until, written

from bot.store import Store
from practice.database import PracticeDatabase
from practice.slack.server import PracticeSlack

__all__ = ["slack"]
LEASE_S = 60
"""After which the claim of a dead process ends."""


@pytest.mark.slow
def test_what_was_on_its_way_is_settled_when_the_store_is_back(
    own_database: PracticeDatabase, slack: PracticeSlack
) -> None:
    store = Store.open(own_database.admin_url)
    claimed_at = time.monotonic()
    written(store, said("once"), said("never before"))
    with sending(store, slack) as outbox, slack.inject("delay", methods=POSTING, seconds=3):
        until(slack, lambda: shown(slack, "once") or slack.calls(POSTING[0]), "the post to be under way")
        own_database.kill()
        until(slack, lambda: outbox.tally["failed", "alert"] >= 2, "both to fail")
        time.sleep(4)  # it cannot be written down either that they failed
        own_database.start()
        until(slack, lambda: not store.unsent(), "both to be settled", LEASE_S)
    assert time.monotonic() - claimed_at < LEASE_S * 0.75
    assert len(shown(slack, "once")) == len(shown(slack, "never before")) == 1
    store.close()
