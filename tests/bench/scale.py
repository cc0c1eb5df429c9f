"""How much is measured: the whole, or the short version in which only the way is tried."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes of everything that is built or repeated."""

    runs: int
    commands: int
    starts: int
    rounds: int
    tables: int
    statements: int
    receipts: int
    databases: int

    @property
    def is_whole(self) -> bool:
        """Whether the figures may go on the page."""
        return self == WHOLE


WHOLE = Scale(runs=20, commands=200, starts=5, rounds=40, tables=2000, statements=5000, receipts=2000, databases=200)
FAST = Scale(runs=2, commands=10, starts=1, rounds=3, tables=20, statements=30, receipts=40, databases=4)


def wanted() -> Scale:
    """The scale that `SCOUT_BENCH` in the environment asks for."""
    return FAST if os.environ.get("SCOUT_BENCH") == "fast" else WHOLE
