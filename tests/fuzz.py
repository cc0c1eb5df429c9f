"""`make fuzz SECONDS=60 SEED=1`: hostile payloads by Slack's door for as long as one likes; the same seed sends the same.

The strategies are those of tests/unit/payload_fixture.py, the judge is tests/integration/door_fixture.py; a short form is part of the tests.
"""

import logging
import os
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from practice.slack.wire import Json
from tests.integration.door_fixture import Door, opened
from tests.unit.payload_fixture import requests

ROUND = 100
"""Requests to one Scout before the next is opened."""

EVERY_CHECK = (
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
    HealthCheck.filter_too_much,
)
SLOWEST_SECONDS = 3.0
"""Of this thread, whatever else the machine does: Slack's patience."""


def bombard(door: Door, number: int, examples: int) -> Counter[str]:
    """Send so many requests, drawn from a seed; how many there were of each kind.

    Raises:
        AssertionError: a request had a flaw; hypothesis shows the smallest that has one.
    """
    sent: Counter[str] = Counter()

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[*EVERY_CHECK],
    )
    @given(requests())
    def each(request: tuple[str, Json]) -> None:
        sent[request[0]] += 1
        began = time.thread_time()
        found = door.flaws(*request)
        assert not found, found
        assert time.thread_time() - began < SLOWEST_SECONDS

    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "Do not use the `random` module"
        )  # Scout's threads do, while a request is drawn
        each()
    return sent


def main(seconds: float, first: int) -> None:
    """Fuzz round after round, each with the next seed."""
    logging.getLogger().setLevel(logging.WARNING)
    until, number, sent = time.monotonic() + seconds, first, Counter[str]()
    while time.monotonic() < until:
        with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as door:
            print(f"seed {number}", flush=True)  # noqa: T201 - a program on a terminal
            sent += bombard(door, number, ROUND)
        number += 1
    told = ", ".join(f"{count:,} {kind}" for kind, count in sorted(sent.items()))
    print(f"{sum(sent.values()):,} requests ({told}) from seed {first} to {number - 1}: no flaw")  # noqa: T201 - the same


if __name__ == "__main__":
    main(float(os.environ.get("SECONDS_TO_FUZZ", "60")), int(os.environ.get("SEED", "1")))
