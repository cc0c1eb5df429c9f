"""Scout's own well-being as a metric: jobs of its clock that failed, were missed or hang, in whichever process."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.command import Measurement, Metric, PromQuery, Value
from bot.report import Unit
from bot.watch.gauge import measurement

ITSELF = "Scout itself"
"""The subject of its incidents; no database can have a name with a space."""
RECENT = timedelta(minutes=5)

JOBS = Metric[Any](
    name="jobs",
    title="Jobs of the clock",
    unit=Unit.TEXT,
    alert=0.5,
    page=None,
    source=PromQuery(name="jobs", default=""),
    looks=(),
    charted=False,
)
"""How many jobs failed, were missed or hang in the last five minutes."""


def own_sample(mishaps: Sequence[str], at: datetime) -> Measurement:
    """What recent mishaps, newest first, mean."""
    kinds = list(dict.fromkeys(mishaps))
    note = f"{kinds[0]}{f' and {len(kinds) - 1} more' if kinds[1:] else ''}" if kinds else ""
    return measurement(JOBS, Value(value=len(mishaps), note=note), at)
