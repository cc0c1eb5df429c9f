"""The watch: measure, judge, and write down what is worth telling; it never sends anything itself."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any

from bot.alert import Alert, Change, Rule, judge
from bot.chat import Card, Lane, Notice, Post, bug, new_id
from bot.command import (
    Answer,
    Database,
    Limits,
    Measured,
    Measurement,
    Metric,
    Missing,
    Probe,
    PromQuery,
    Reading,
    Value,
)
from bot.errors import DatabaseDown, ScoutError
from bot.report import Level, Report, Unit, Verdict
from bot.store import Store

log = logging.getLogger(__name__)

WINDOW = timedelta(seconds=60)
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


@dataclass
class Gauge:
    """Measures the metrics of one database; keeps the readings of the last minute to take differences from."""

    database: Database
    limits: Limits
    metrics: Sequence[Metric[Any]]
    prometheus: Callable[[str], float | None] | None = None
    _readings: dict[str, deque[tuple[datetime, list[Any]]]] = field(default_factory=dict[str, Any])

    def measure(self, at: datetime, last: Mapping[str, Measurement]) -> list[Measurement]:
        """Every metric's value now, in one round trip; what only the watch can measure is taken from its last samples.

        Raises:
            DatabaseDown: it does not answer.
        """
        found = self._ask(probe for probe in self._probes() if not probe.deep)
        return [self._now_or_last(metric, found, at, last) for metric in self.metrics]

    def sample(self, at: datetime) -> list[Measurement]:
        """Every metric's value, the costly ones too, and keep the readings for the next time.

        Raises:
            DatabaseDown: it does not answer.
        """
        found = self._ask(self._probes())
        samples = [self._measured(metric, found, at) for metric in self.metrics]
        for name, answer in found.items():
            self._keep(name, answer, at)
        return samples

    def _probes(self) -> Iterable[Probe[Any]]:
        return {
            metric.source.name: metric.source for metric in self.metrics if isinstance(metric.source, Probe)
        }.values()

    def _ask(self, probes: Iterable[Probe[Any]]) -> dict[str, Answer[Any]]:
        names, values = _given(self.database.schema, self.limits)
        with self.database.together() as together:
            asked = {probe.name: together.ask(probe.statement, probe.row, names, **values) for probe in probes}
        down = next((answer.error for answer in asked.values() if isinstance(answer.error, DatabaseDown)), None)
        if down is not None:
            raise down
        return asked

    def _now_or_last(
        self, metric: Metric[Any], found: Mapping[str, Answer[Any]], at: datetime, last: Mapping[str, Measurement]
    ) -> Measurement:
        if isinstance(metric.source, Probe) and metric.source.name in found:
            now = self._measured(metric, found, at)
            if not (isinstance(now.measured, Missing) and metric.source.name not in self._readings):
                return now
        elif isinstance(metric.source, PromQuery) and self.prometheus is None:
            return self._measured(metric, found, at)
        return last.get(metric.name) or _measurement(
            metric, Missing(reason="not measured yet: the watch has not been round", quiet=True), at
        )

    def _measured(self, metric: Metric[Any], found: Mapping[str, Answer[Any]], at: datetime) -> Measurement:
        try:
            measured = self._value(metric, found, at)
        except ScoutError as error:
            measured = Missing(reason=str(error))
        except Exception as error:  # noqa: BLE001 - one broken metric must not silence the others
            measured = Missing(reason=bug(f"measuring {metric.name}", error).verdict.text)
        return _measurement(metric, measured, at)

    def _value(self, metric: Metric[Any], found: Mapping[str, Answer[Any]], at: datetime) -> Measured:
        if isinstance(metric.source, PromQuery):
            return self._from_prometheus(metric.source)
        now = found[metric.source.name].rows
        before = self._before(metric.source.name, at)
        seconds = (at - before[0]).total_seconds() if before else 0.0
        return metric.measure(Reading(now=now, before=before[1] if before else None, seconds=seconds))

    def _from_prometheus(self, query: PromQuery) -> Measured:
        if self.prometheus is None:
            return Missing(reason="no Prometheus is configured", configured=False)
        value = self.prometheus(query.default)
        return Missing(reason="Prometheus has no such series") if value is None else Value(value=value)

    def _before(self, name: str, at: datetime) -> tuple[datetime, list[Any]] | None:
        """The oldest reading of the last minute: PostgreSQL's counters can be ten seconds late, so a longer window is truer."""
        return next((one for one in self._readings.get(name, ()) if one[0] < at), None)

    def _keep(self, name: str, answer: Answer[Any], at: datetime) -> None:
        if answer.error is not None:
            return
        kept = self._readings.setdefault(name, deque())
        kept.append((at, answer.rows))
        while len(kept) > 1 and kept[0][0] < at - WINDOW:
            kept.popleft()


@dataclass(frozen=True)
class Watch:
    """Ticks: samples, judgements and the notices that follow, in one transaction for each database; none for those asleep."""

    store: Store
    gauges: Mapping[str, Gauge]
    rule: Rule
    channel: str
    mention: tuple[str, ...] = ()
    asleep: frozenset[str] = frozenset()

    def measure(self, database: str, at: datetime) -> Sequence[Measurement]:
        """What a status answer shows: measured now."""
        last = {one.name: one for one in self.store.last_samples(database)}
        return self.gauges[database].measure(at, last)

    def tick(self, at: datetime) -> None:
        """Go round all databases once; one that hangs or fails does not keep the others waiting."""
        names = [name for name in self.gauges if name not in self.asleep]
        with ThreadPoolExecutor(max(1, min(4, len(names))), "watch") as pool:
            for name, failed in zip(names, pool.map(self._round, names, repeat(at)), strict=True):
                if failed is not None:
                    log.warning("the watch could not go round %s: %s", name, failed)

    def _round(self, database: str, at: datetime) -> str | None:
        try:
            self._judge(database, self._samples(database, at), at)
        except ScoutError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - the next tick comes whatever happens
            return bug(f"watching {database}", error).verdict.text
        return None

    def _samples(self, database: str, at: datetime) -> list[Measurement]:
        try:
            samples = self.gauges[database].sample(at)
        except DatabaseDown as down:
            return [_measurement(REACHABLE, Value(value=1, note=str(down)), at)]
        return [_measurement(REACHABLE, Value(value=0), at), *samples]

    def _judge(self, database: str, samples: Sequence[Measurement], at: datetime) -> None:
        known = {alert.metric: alert for alert in self.store.alerts(database)}
        with self.store.change() as change:
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
        known = [REACHABLE, *(gauge.metrics if gauge else ())]
        return next((metric for metric in known if metric.name == name), None)


def _given(schema: str, limits: Limits) -> tuple[dict[str, str], dict[str, object]]:
    """The identifiers and values that every probe may use."""
    names = {"schema": schema, "table": limits.freshness_table, "column": limits.freshness_column}
    values: dict[str, object] = {
        "schema": schema,
        "long_query_seconds": limits.long_query_seconds,
        "idle_in_transaction_seconds": limits.idle_in_transaction_seconds,
        "ingest_relation": '"{}"."{}"'.format(*(part.replace('"', '""') for part in (schema, limits.ingest_table))),
    }
    return names, values


def _measurement(metric: Metric[Any], measured: Measured, at: datetime) -> Measurement:
    return Measurement(name=metric.name, measured=measured, level=metric.level(measured), at=at)
