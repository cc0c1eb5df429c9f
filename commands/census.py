"""How long statements take, counted by the second from the sessions themselves: exact from a second and a half upwards."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from bot.command import Census, Crowd, Row
from bot.sql import queries

SHARE = 0.95
FINEST_S = 1.5
"""What takes less falls between two looks."""


class Statement(Row):
    """A statement of a session, and how long it has run, or ran."""

    pid: int
    began: datetime
    query_id: int | None
    finished: bool
    age_s: float


STATEMENTS = Census("statements", queries(__file__)["census"], Statement, lambda row: (row.pid, row.began))


def durations(crowd: Crowd[Statement], window_s: float) -> list[float]:
    """How long each statement took that ended in the window, in seconds, and each that ran all through it; the longest first.

    One that was gone at the next look ended in the middle of the gap, on the average. One that ran all through it may never end.
    """
    ended = [one.row.age_s + (0 if one.row.finished else one.gap_s / 2) for one in crowd.gone]
    return sorted([*ended, *(row.age_s for row in stuck(crowd, window_s))], reverse=True)


def stuck(crowd: Crowd[Statement], window_s: float) -> list[Statement]:
    """The statements that ran all through the window."""
    return [row for row in crowd.there if not row.finished and row.age_s > window_s]


def uncounted(crowd: Crowd[Statement], calls: Mapping[int | None, int], window_s: float) -> int:
    """How many statements pg_stat_statements does not know of: those that failed, and those that have not ended."""
    ended = Counter(one.row.query_id for one in crowd.gone if one.row.query_id is not None)
    failed = sum(max(0, count - calls.get(query, 0)) for query, count in ended.items())
    return failed + len(stuck(crowd, window_s))


def p95(crowd: Crowd[Statement], statements: int, window_s: float) -> float | None:
    """The 95th percentile of so many statements, in seconds; None when it is too small to be seen."""
    found = durations(crowd, window_s)
    rank = int((1 - SHARE) * statements + 1e-9)
    return found[rank] if rank < len(found) and found[rank] >= FINEST_S else None
