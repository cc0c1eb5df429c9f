"""How long the calls of one statement took, from reading to reading: a line to look at."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from bot.command import Kept, Sources
from bot.report import Chart, Series, Unit
from commands.ledger import Ledger, step
from commands.since import LONGEST_S, is_too_close
from commands.statement_costs import LEDGER

POINTS = 20
"""Slack draws no more."""


def readings(sources: Sources, wanted_s: float | None, now: Ledger) -> list[Kept[Ledger]]:
    """The readings of the time asked for at even distances, oldest first, and the one of now; of all that is kept where that is less."""
    oldest = sources.earlier(LEDGER, wanted_s or LONGEST_S)
    back = min(wanted_s or LONGEST_S, (sources.at - oldest.at).total_seconds()) if oldest else 0
    found = [sources.earlier(LEDGER, back * part / POINTS) for part in range(POINTS, 0, -1)]
    kept = {one.at: one for one in found if one is not None}
    return [*(kept[at] for at in sorted(kept)), Kept([now], sources.at)]


def chart(query_id: int, kept: Sequence[Kept[Ledger]]) -> Chart | None:
    """The mean time of a call between two readings; None when there are not two such times, and no point where it was not called."""
    points = list(_points(query_id, kept))[-POINTS:]
    if len(points) < 2:  # noqa: PLR2004 - two points make a line
        return None
    days = points[-1][0].date() != points[0][0].date()
    labels = [f"{at:%a %H:%M:%S}" if days else f"{at:%H:%M:%S}" for at, _ in points]
    series = Series(name="mean of a call", values=tuple(mean for _, mean in points))
    return Chart(title="Time of a call, UTC", labels=tuple(labels), series=(series,), unit=Unit.MILLISECONDS)


def _points(query_id: int, kept: Sequence[Kept[Ledger]]) -> Iterable[tuple[datetime, float]]:
    for before, after in pairwise(kept):
        if is_too_close(before.at, after.at) or before.rows[0].reset_at != after.rows[0].reset_at:
            continue
        calls, total_ms, *_ = step(query_id, after.rows[0], before.rows[0])
        if calls > 0:
            yield after.at, total_ms / calls
