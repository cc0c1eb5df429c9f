"""The watch itself: what a tick does with the measurements of every database."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any

from bot.alert import Alert
from bot.chat import bug
from bot.command import Duty, Kept, Measurement, Metric, Probe, R, Value
from bot.errors import DatabaseDown, ScoutError
from bot.store import Fence, Store
from bot.watch.gauge import Gauge, measurement
from bot.watch.itself import ITSELF
from bot.watch.judging import REACHABLE, Judging
from bot.watch.schedule import schedule_sample

log = logging.getLogger(__name__)

KEEP = timedelta(days=8)


@dataclass(frozen=True)
class Watch:
    """Ticks: samples, judgements and the notices that follow, in one transaction for each database; none for those asleep."""

    store: Store
    gauges: Mapping[str, Gauge]
    judging: Judging
    asleep: frozenset[str] = frozenset()
    failing: Callable[[str, datetime], Sequence[Duty]] = lambda database, at: ()  # noqa: ARG005 - without schedules none fails
    """The recurring jobs of a database that somebody should look at."""
    spent: dict[str, float] = field(default_factory=dict[str, float])
    """How many seconds the last round of probes took, by database."""

    def measure(self, database: str, at: datetime) -> Sequence[Measurement]:
        """What a status answer shows: measured now."""
        last = {one.name: one for one in self.store.last_samples(database)}
        return self.gauges[database].measure(at, last)

    def earlier(self, database: str, probe: Probe[R], seconds: float, at: datetime) -> Kept[R] | None:
        """What a probe read so many seconds before a moment, or the oldest that was kept."""
        return self.gauges[database].earlier(probe, seconds, at)

    def metric(self, database: str, name: str) -> Metric[Any] | None:
        """A metric with the lines that it has for one database."""
        return self.judging.telling.metric(database, name)

    def judge(self, database: str, samples: Sequence[Measurement], at: datetime, fence: Fence) -> None:
        """Write down what samples mean, and what is to be told of it.

        Raises:
            LostLease: another process looks after it now, and nothing is written.
        """
        self.judging.take(database, samples, at, fence)

    def forsake(self, at: datetime, fence: Fence) -> None:
        """End the incidents of what the settings do not name any more, or say not to watch, and of metrics that are gone.

        Raises:
            LostLease: another process judges Scout itself now, and nothing is written.
        """
        self.judging.forsake(self._left, at, fence)

    def close(self) -> None:
        """Count no more."""
        for gauge in self.gauges.values():
            gauge.close()

    @property
    def awake(self) -> list[str]:
        """The databases to be watched."""
        return [name for name in self.gauges if name not in self.asleep]

    def tick(self, at: datetime, fences: Mapping[str, Fence]) -> None:
        """Go once round the databases that this process holds; one that hangs or fails does not keep the others waiting."""
        names = [name for name in self.awake if name in fences]
        held = [fences[name] for name in names]
        with ThreadPoolExecutor(max(1, min(4, len(names))), "watch") as pool:
            for name, failed in zip(names, pool.map(self._round, names, held, repeat(at)), strict=True):
                if failed is not None:
                    log.warning("the watch could not go round %s: %s", name, failed)
        try:
            self.judging.conclude(at)
        except ScoutError as error:
            log.warning("what was held back could not be told: %s", error)

    def _round(self, database: str, fence: Fence, at: datetime) -> str | None:
        try:
            self.judge(database, self._samples(database, at), at, fence)
        except ScoutError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - the next tick comes whatever happens
            return bug(f"watching {database}", error).verdict.text
        return None

    def _left(self, alert: Alert) -> str:
        """Why nobody watches it, as a clause; empty while somebody does."""
        if alert.database not in {*self.gauges, ITSELF}:
            return "it left the settings"
        if alert.database in self.asleep:
            return "its setting watch is false"
        return "" if self.metric(alert.database, alert.metric) else "Scout has no such metric any more"

    def _samples(self, database: str, at: datetime) -> list[Measurement]:
        began = time.monotonic()
        try:
            samples = self.gauges[database].sample(at)
        except DatabaseDown as down:
            return [measurement(REACHABLE, Value(value=1, note=str(down)), at)]
        finally:
            self.spent[database] = time.monotonic() - began
        jobs = schedule_sample(self.failing(database, at), at)
        return [measurement(REACHABLE, Value(value=0), at), jobs, *samples]
