"""The gauge: what one database's metrics are now, and the readings that differences are taken from."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.chat import bug
from bot.command import (
    Answer,
    Database,
    Kept,
    Limits,
    Measured,
    Measurement,
    Metric,
    Missing,
    Probe,
    PromQuery,
    R,
    Reading,
    Value,
)
from bot.errors import DatabaseDown, ScoutError

WINDOW_SECONDS = 60.0
SPARSER = 12
"""Kept readings stand no closer together than their age divided by this: for a day at one a minute, about 50."""


@dataclass
class Gauge:
    """Measures the metrics of one database, and keeps the readings of their probes and of `probes` to take differences from."""

    database: Database
    limits: Limits
    metrics: Sequence[Metric[Any]]
    prometheus: Callable[[str], float | None] | None = None
    probes: Sequence[Probe[Any]] = ()
    _readings: dict[str, tuple[Kept[Any], ...]] = field(default_factory=dict[str, tuple[Kept[Any], ...]])
    """Replaced as a whole, because a question may read while the watch writes."""

    def measure(self, at: datetime, last: Mapping[str, Measurement]) -> list[Measurement]:
        """Every metric's value now, in one round trip; what only the watch can measure is taken from its last samples.

        Raises:
            DatabaseDown: it does not answer.
        """
        found = self._ask(probe for probe in self._sources() if not probe.deep)
        return [self._now_or_last(metric, found, at, last) for metric in self.metrics]

    def sample(self, at: datetime) -> list[Measurement]:
        """Every metric's value, the costly ones too, and keep the readings for the next time.

        Raises:
            DatabaseDown: it does not answer.
        """
        probes = {probe.name: probe for probe in (*self._due(at), *self._sources())}
        found = self._ask(probes.values())
        samples = [self._measured(metric, found, at) for metric in self.metrics]
        for name, probe in probes.items():
            self._keep(probe, found[name], at)
        return samples

    def earlier(self, probe: Probe[R], seconds: float, at: datetime) -> Kept[R] | None:
        """The youngest kept reading that is so old, else the oldest there is."""
        kept = [one for one in self._readings.get(probe.name, ()) if one.at < at]
        old_enough = [one for one in kept if one.at <= at - timedelta(seconds=seconds)]
        return next(iter([*reversed(old_enough), *kept]), None)

    def _sources(self) -> Iterable[Probe[Any]]:
        return {
            metric.source.name: metric.source for metric in self.metrics if isinstance(metric.source, Probe)
        }.values()

    def _due(self, at: datetime) -> Iterable[Probe[Any]]:
        """Those whose last reading is old enough; a tick that comes a little early is not too early."""
        for probe in self.probes:
            kept = self._readings.get(probe.name)
            if not kept or (at - kept[-1].at).total_seconds() >= 0.9 * probe.every_s:
                yield probe

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
            failed = found[metric.source.name].error is not None
            if failed or not (isinstance(now.measured, Missing) and metric.source.name not in self._readings):
                return now
        elif isinstance(metric.source, PromQuery) and self.prometheus is None:
            return self._measured(metric, found, at)
        return last.get(metric.name) or measurement(
            metric, Missing(reason="not measured yet: the watch has not been round", quiet=True), at
        )

    def _measured(self, metric: Metric[Any], found: Mapping[str, Answer[Any]], at: datetime) -> Measurement:
        try:
            measured = self._value(metric, found, at)
        except ScoutError as error:
            measured = Missing(reason=str(error))
        except Exception as error:  # noqa: BLE001 - one broken metric must not silence the others
            measured = Missing(reason=bug(f"measuring {metric.name}", error).verdict.text)
        return measurement(metric, measured, at)

    def _value(self, metric: Metric[Any], found: Mapping[str, Answer[Any]], at: datetime) -> Measured:
        if isinstance(metric.source, PromQuery):
            return self._from_prometheus(metric.source)
        now = found[metric.source.name].rows
        # the oldest of the last minute: PostgreSQL's counters can be ten seconds late, so a longer window is truer
        before = self.earlier(metric.source, WINDOW_SECONDS, at)
        seconds = (at - before.at).total_seconds() if before else 0.0
        return metric.measure(Reading(now=now, before=before.rows if before else None, seconds=seconds))

    def _from_prometheus(self, query: PromQuery) -> Measured:
        if self.prometheus is None:
            return Missing(reason="no Prometheus is configured", configured=False)
        value = self.prometheus(query.default)
        return Missing(reason="Prometheus has no such series") if value is None else Value(value=value)

    def _keep(self, probe: Probe[Any], answer: Answer[Any], at: datetime) -> None:
        if answer.error is None:
            kept = (*self._readings.get(probe.name, ()), Kept(answer.rows, at))
            self._readings[probe.name] = tuple(_thinned(kept, at - timedelta(seconds=probe.keep_s)))


def _thinned(kept: Sequence[Kept[Any]], oldest: datetime) -> Iterable[Kept[Any]]:
    """The readings since a moment, the older the sparser, and the newest in any case; oldest first."""
    newest = kept[-1]
    last: datetime | None = None
    for one in kept:
        far_enough = last is None or (one.at - last) >= (newest.at - one.at) / SPARSER
        if one is newest or (one.at >= oldest and far_enough):
            last = one.at
            yield one


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


def measurement(metric: Metric[Any], measured: Measured, at: datetime) -> Measurement:
    """What was measured, with its level against the metric's lines."""
    return Measurement(name=metric.name, measured=measured, level=metric.level(measured), at=at)
