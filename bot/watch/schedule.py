"""Recurring jobs that failed or were missed, as a metric of their database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.command import Duty, Measurement, Metric, PromQuery, Value
from bot.report import Unit
from bot.watch.gauge import measurement

SCHEDULE = Metric[Any](
    name="schedule",
    title="Scheduled jobs failing",
    unit=Unit.COUNT,
    alert=0.5,
    page=None,
    source=PromQuery(name="schedule", default=""),
    repairs=("schedule run", "schedule"),
    charted=False,
)
"""How many jobs of a database failed or were missed, and have not gone well since."""


def schedule_sample(failing: Sequence[Duty], at: datetime) -> Measurement:
    """What the failing jobs mean: each is named with what it said."""
    note = "; ".join(f"{one.name}: {one.failing}" for one in failing)
    return measurement(SCHEDULE, Value(value=len(failing), note=note[:300]), at)
