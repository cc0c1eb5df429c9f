"""Runs are counted that were begun; a look at a plan that has to wait is none."""

import time

from bot.errors import Unavailable
from bot.house.runs import Runs


def test_only_what_was_begun_is_counted_and_every_worker_that_came_back_wakes() -> None:
    woken: list[None] = []

    def run(approval_id: str) -> bool:
        if approval_id == "unreachable":
            raise Unavailable("The store does not answer.")
        return approval_id == "due"

    runs = Runs(run, lambda: woken.append(None))
    for approval_id in ("waits for its window", "due", "unreachable", "waits for its window"):
        runs.begin(approval_id)
    while len(woken) < 4:  # the limit of pytest's own is the patience
        time.sleep(0.01)
    assert (runs.count, runs.returned, len(woken)) == (1, 4, 4)
