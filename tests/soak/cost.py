"""Memory flat, nothing piled up, nothing broke down, and every trouble really struck."""

from collections import Counter
from collections.abc import Callable, Iterator

from tests.soak.clicks import STORE
from tests.soak.drama import Trouble
from tests.soak.evidence import Evidence
from tests.soak.gauges import Life, Reading, files, megabytes, threads
from tests.soak.ground import REPLICAS

MOST_GROWTH = 1.05
MOST_GROWTH_YOUNG = 1.10
"""A process takes more and more in its first minutes, while it uses each part of itself for the first time."""
YOUNG_S = 240.0
POOLS = 95
"""Threads that all pools of a replica have together when they are full; they fill up bit by bit, and no further."""
MOST_MORE_FILES = 25
"""Connections that pools open when many ask at once; they close again when they were idle."""
LINES = 4
"""Reading connections of a database that Scout opens at most; one more is kept for acting."""
STORE_LINES = 10
NAMES = 5
START_S = 30.0
OFTEN = 3
"""From how many strikes of a kind on at least one must have hit something."""


def costs(evidence: Evidence) -> Iterator[str]:
    """Everything about what it takes that does not hold."""
    growth = MOST_GROWTH if evidence.drama.seconds > YOUNG_S else MOST_GROWTH_YOUNG
    yield from _growth(evidence, "Memory", megabytes, lambda before: before * growth)
    yield from _growth(evidence, "Threads", threads, lambda before: max(POOLS, before))
    yield from _growth(evidence, "Open files", files, lambda before: before + MOST_MORE_FILES)
    yield from _connections(evidence)
    yield from _deaths(evidence)
    yield from _misses(evidence)
    yield from evidence.words


def _growth(
    evidence: Evidence, what: str, of: Callable[[Reading], float], most: Callable[[float], float]
) -> Iterator[str]:
    before, after = Life.of_the_elder(evidence.readings).thirds(of, evidence.began, evidence.ended)
    if after > most(before):
        yield f"{what} grew from {before:.1f} in the second third to {after:.1f} in the last"


def _connections(evidence: Evidence) -> Iterator[str]:
    last = evidence.backends[-1]
    if last.patient > REPLICAS * NAMES * (LINES + 1):
        yield f"{last.patient} connections to the patient at the end"
    if last.store > REPLICAS * STORE_LINES:
        yield f"{last.store} connections to the store at the end"


def _deaths(evidence: Evidence) -> Iterator[str]:
    """A replica may give up while it starts, when the store or Slack is not there; one that once worked lives on."""
    for death in evidence.deaths:
        worked = any(socket.pid == death.pid for socket in evidence.sockets.values())
        hindered = evidence.was(STORE | {Trouble.GONE, Trouble.BUSY, Trouble.BROKEN}, death.at - START_S, death.at)
        if worked or not hindered:
            yield f"Replica {death.replica} ended by itself with {death.code}, {death.at - evidence.began:.0f} s after the start"


def _misses(evidence: Evidence) -> Iterator[str]:
    """A trouble that never hits anything proves nothing."""
    came = Counter(one.strike.trouble for one in evidence.struck)
    hits = Counter[Trouble]()
    for one in evidence.struck:
        hits[one.strike.trouble] += one.hits
    for trouble, times in came.items():
        if times >= OFTEN and not hits[trouble]:
            yield f"“{trouble}” struck {times} times and hit nothing"
