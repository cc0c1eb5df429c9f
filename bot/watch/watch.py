"""The watch itself: what a tick does with the measurements of every database."""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any

from bot.alert import Alert, Change, Rule, judge
from bot.chat import Card, Lane, Notice, Post, bug, new_id
from bot.command import Kept, Measurement, Metric, Probe, PromQuery, R, Value
from bot.errors import DatabaseDown, ScoutError
from bot.report import Level, Report, Unit, Verdict
from bot.store import Fence, Store
from bot.watch.gauge import Gauge, measurement
from bot.watch.itself import JOBS

log = logging.getLogger(__name__)

KEEP = timedelta(days=8)

REACHABLE = Metric[Any](
    name="reachable",
    title="Database answers",
    unit=Unit.TEXT,
    alert=0.5,
    page=0.5,
    source=PromQuery(name="reachable", default=""),
)
"""The watch's own metric: 0 when a database answers, 1 when it does not; while it does not, nothing else of it is judged."""


@dataclass(frozen=True)
class Watch:
    """Ticks: samples, judgements and the notices that follow, in one transaction for each database; none for those asleep."""

    store: Store
    gauges: Mapping[str, Gauge]
    rule: Rule
    channel: str
    mention: tuple[str, ...] = ()
    asleep: frozenset[str] = frozenset()
    spent: dict[str, float] = field(default_factory=dict[str, float])
    """How many seconds the last round of probes took, by database."""

    def measure(self, database: str, at: datetime) -> Sequence[Measurement]:
        """What a status answer shows: measured now."""
        last = {one.name: one for one in self.store.last_samples(database)}
        return self.gauges[database].measure(at, last)

    def earlier(self, database: str, probe: Probe[R], seconds: float, at: datetime) -> Kept[R] | None:
        """What a probe read so many seconds before a moment, or the oldest that was kept."""
        return self.gauges[database].earlier(probe, seconds, at)

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

    def _round(self, database: str, fence: Fence, at: datetime) -> str | None:
        try:
            self.judge(database, self._samples(database, at), at, fence)
        except ScoutError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - the next tick comes whatever happens
            return bug(f"watching {database}", error).verdict.text
        return None

    def _samples(self, database: str, at: datetime) -> list[Measurement]:
        began = time.monotonic()
        try:
            samples = self.gauges[database].sample(at)
        except DatabaseDown as down:
            return [measurement(REACHABLE, Value(value=1, note=str(down)), at)]
        finally:
            self.spent[database] = time.monotonic() - began
        return [measurement(REACHABLE, Value(value=0), at), *samples]

    def judge(self, database: str, samples: Sequence[Measurement], at: datetime, fence: Fence) -> None:
        """Write down what samples mean, and what is to be told of it.

        Raises:
            LostLease: another process looks after it now, and nothing is written.
        """
        with self.store.change(fence) as change:
            # Read inside: an acknowledgement of this very moment is neither missed nor written over.
            known = {alert.metric: alert for alert in change.alerts(database)}
            change.put_samples(database, samples)
            for sample in samples:
                before = known.get(sample.name) or Alert(database=database, metric=sample.name, since=at)
                alert, news = judge(self.rule, before, sample)
                change.put_alert(alert)
                for notice in self._notices(alert, news, at):
                    change.put_notice(notice)
                if news is not None:
                    change.record(
                        "scout",
                        f"incident {news.value}",
                        alert.incident,
                        {"metric": alert.metric, "level": alert.level.value},
                    )

    def _notices(self, alert: Alert, news: Change | None, at: datetime) -> Iterable[Notice]:
        if not self.channel or not (news or alert.level is not Level.OK):
            return
        lane = Lane.PAGE if alert.level is Level.PAGE else Lane.ALERT
        card = Card(key=f"incident:{alert.incident}", channel=self.channel)
        yield Notice(id=new_id(), lane=lane if news else Lane.PROGRESS, message=card, due=at)
        if news is not None and (news is not Change.OPENED or alert.level is Level.PAGE):
            paged = alert.level is Level.PAGE and news in {Change.OPENED, Change.WORSE}
            told = Post(
                channel=self.channel,
                below=card.key,
                mention=self.mention if paged else (),
                report=self._told(alert, news),
            )
            yield Notice(id=new_id(), lane=lane, message=told, due=at)

    def _told(self, alert: Alert, news: Change) -> Report:
        metric = self.metric(alert.database, alert.metric)
        title = metric.title if metric else alert.metric
        words = {
            Change.OPENED: f"{title} on {alert.database} needs somebody now",
            Change.WORSE: f"{title} on {alert.database} got worse: {alert.level.value}",
            Change.BETTER: f"{title} on {alert.database} is better, not well yet: {alert.level.value}",
            Change.RECOVERED: f"{title} on {alert.database} has recovered",
        }
        return Report(title=title, verdict=Verdict(level=alert.level, text=words[news]))

    def metric(self, database: str, name: str) -> Metric[Any] | None:
        """A metric with the lines that it has for one database."""
        gauge = self.gauges.get(database)
        known = [REACHABLE, JOBS, *(gauge.metrics if gauge else ())]
        return next((metric for metric in known if metric.name == name), None)
