"""The gauge: what one database's metrics are now, and the readings that differences are taken from."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.chat import bug
from bot.command import (
    FIRST,
    Answer,
    Crowd,
    Database,
    Inquiry,
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
    Sources,
)
from bot.errors import DatabaseDown, ScoutError, TooSlow
from bot.sql import identifier
from bot.watch.census import Lookouts
from bot.watch.inquiries import Inquiries, Told
from bot.watch.readings import Readings
from bot.watch.series import NOT_CONFIGURED, Series
from bot.watch.server import SERVER, first

WINDOW_SECONDS = 60.0
PROBE_SECONDS = 3.0
"""For how long the server may work on one probe: none needs more than a tenth of it, and all others wait behind it."""
SLOW_SECONDS = 300.0
"""For how long one that took longer is left alone."""
NOT_YET = Missing(reason="not measured yet: the watch has not been round", quiet=True)


@dataclass
class Gauge:
    """Measures the metrics of one database, and keeps the readings of their probes and of `probes` to take differences from.

    `census` is whether statements are counted by the second; `window_s` how old the reading is, at least, that a difference is taken from.
    """

    database: Database
    limits: Limits
    metrics: Sequence[Metric[Any]]
    prometheus: Series | None = None
    probes: Sequence[Probe[Any]] = ()
    census: bool = False
    probe_seconds: float = PROBE_SECONDS
    window_s: float = WINDOW_SECONDS
    _readings: Readings = field(default_factory=Readings)
    _told: dict[str, tuple[datetime, Told]] = field(default_factory=dict[str, tuple[datetime, Told]])
    """What probes said last that are not asked at every tick."""

    def __post_init__(self) -> None:
        self._inquiries = Inquiries(None)
        censuses = [metric.census for metric in self.metrics if metric.census] if self.census else []
        self._lookouts = Lookouts(self.database, censuses)

    def introduce(self, sources: Callable[[datetime], Sources]) -> None:
        """Make known what inquiries may look at; before that they are not asked."""
        self._inquiries = Inquiries(sources)

    def measure(self, at: datetime, last: Mapping[str, Measurement]) -> list[Measurement]:
        """Every metric's value now, in one round trip; what only the watch can measure is taken from its last samples.

        Raises:
            DatabaseDown: it does not answer.
        """
        probes = [probe for probe in self._sources(Probe) if not probe.deep]
        found = self._found(probes, at)
        return [self._now_or_last(metric, found, at, last) for metric in self.metrics]

    def sample(self, at: datetime) -> list[Measurement]:
        """Every metric's value, the costly ones too, and keep the readings for the next time.

        Raises:
            DatabaseDown: it does not answer.
        """
        inquiries = list(self._sources(Inquiry))
        self._inquiries.begin(inquiries, at)
        due = [probe for probe in self.probes if self._readings.is_due(probe, at)]
        probes = {probe.name: probe for probe in (*due, *self._sources(Probe))}
        found = {**self._found(probes.values(), at, self.probe_seconds), **self._inquiries.end(inquiries, at)}
        self._lookouts.take(at)
        samples = [self._measured(metric, found, at) for metric in self.metrics]
        for source in (SERVER, *probes.values(), *inquiries):
            self._keep(source, found[source.name], at)
        return samples

    def earlier(self, probe: Probe[R], seconds: float, at: datetime) -> Kept[R] | None:
        """The youngest kept reading that is so old, else the oldest there is."""
        return self._readings.earlier(probe, seconds, at)

    def close(self) -> None:
        """Count no more."""
        self._lookouts.close()

    # --- asking

    def _sources(self, kind: type[Probe[Any]] | type[Inquiry[Any]]) -> Iterable[Any]:
        mine = (metric for metric in self.metrics if not self._by_prometheus(metric))
        return {metric.source.name: metric.source for metric in mine if isinstance(metric.source, kind)}.values()

    def _by_prometheus(self, metric: Metric[Any]) -> bool:
        return isinstance(metric.source, PromQuery) or (self.prometheus is not None and self.prometheus.takes(metric))

    def _found(self, probes: Iterable[Probe[Any]], at: datetime, limit_s: float | None = None) -> dict[str, Told]:
        """What each probe says, asked in one round trip but for those that have to wait their turn."""
        wanted = list(probes)
        known = {probe.name: told for probe in wanted if (told := self._remembered(probe, at)) is not None}
        asked = [probe for probe in wanted if probe.name not in known]
        answers = self._ask([SERVER, *asked], limit_s)
        for probe in asked:
            if probe.every_s or isinstance(answers[probe.name], TooSlow):
                self._told[probe.name] = at, answers[probe.name]
        return {**answers, **known}

    def _remembered(self, probe: Probe[Any], at: datetime) -> Told | None:
        then, told = self._told.get(probe.name, (at, None))
        wait_s = max(probe.every_s, SLOW_SECONDS) if isinstance(told, TooSlow) else probe.every_s
        return told if 0 <= (at - then).total_seconds() < 0.9 * wait_s else None

    def _ask(self, probes: Iterable[Probe[Any]], limit_s: float | None) -> dict[str, Told]:
        names, values = _given(self.database.schema, self.limits)
        with self.database.together(limit_s) as together:
            asked = {probe.name: together.ask(probe.statement, probe.row, names, **values) for probe in probes}
        down = next((answer.error for answer in asked.values() if isinstance(answer.error, DatabaseDown)), None)
        if down is not None:
            raise down
        return {name: _told(answer) for name, answer in asked.items()}

    # --- measuring

    def _now_or_last(
        self, metric: Metric[Any], found: Mapping[str, Told], at: datetime, last: Mapping[str, Measurement]
    ) -> Measurement:
        if not self._by_prometheus(metric) and isinstance(metric.source, Probe) and metric.source.name in found:
            now = self._measured(metric, found, at)
            failed = isinstance(found[metric.source.name], ScoutError)
            if failed or not (isinstance(now.measured, Missing) and metric.source.name not in self._readings):
                return now
        elif self._by_prometheus(metric) and self.prometheus is None:
            return self._measured(metric, found, at)
        return last.get(metric.name) or measurement(metric, NOT_YET, at)

    def _measured(self, metric: Metric[Any], found: Mapping[str, Told], at: datetime) -> Measurement:
        try:
            measured = self._value(metric, found, at)
        except ScoutError as error:
            measured = Missing(reason=str(error))
        except Exception as error:  # noqa: BLE001 - one broken metric must not silence the others
            measured = Missing(reason=bug(f"measuring {metric.name}", error).verdict.text)
        return measurement(metric, measured, at)

    def _value(self, metric: Metric[Any], found: Mapping[str, Told], at: datetime) -> Measured:
        if self._by_prometheus(metric):
            return self.prometheus.measured(metric) if self.prometheus else NOT_CONFIGURED
        told = found[metric.source.name]
        if isinstance(told, ScoutError):
            raise told
        return told if isinstance(told, Missing) else metric.measure(self._reading(metric, told, found, at))

    def _reading(self, metric: Metric[Any], rows: list[Any], found: Mapping[str, Told], at: datetime) -> Reading[Any]:
        # the oldest of the window: PostgreSQL's counters can be ten seconds late, so a longer one is truer
        before = self._readings.before(metric.source.name, self.window_s, at)
        broken = self._broken(metric, before, found)
        if before is None or broken is not None:
            return Reading(now=rows, before=None, seconds=0.0, first=broken or FIRST, at=at, limits=self.limits)
        return Reading(
            now=rows,
            before=before.rows,
            seconds=(at - before.at).total_seconds(),
            at=at,
            limits=self.limits,
            crowd=self._crowd(metric, before.at),
        )

    def _broken(self, metric: Metric[Any], before: Kept[Any] | None, found: Mapping[str, Told]) -> Missing | None:
        """Why the reading before is of no use any more: the server was restarted or another one took over."""
        server = found.get(SERVER.name)
        if before is None or not isinstance(metric.source, Probe) or not isinstance(server, list):
            return None
        return first(self._readings.exactly(SERVER.name, before.at), server)

    def _crowd(self, metric: Metric[Any], since: datetime) -> Crowd[Any] | None:
        return self._lookouts.crowd(metric.census, since) if metric.census and self.census else None

    def _keep(self, source: Probe[Any] | Inquiry[Any], told: Told, at: datetime) -> None:
        remembered = isinstance(source, Inquiry) and not self._inquiries.is_new(source, at)
        if isinstance(told, list) and not remembered:
            keep_s = source.keep_s if isinstance(source, Probe) else WINDOW_SECONDS
            self._readings.keep(source.name, keep_s, told, at)


def _told(answer: Answer[Any]) -> Told:
    return answer.error if answer.error is not None else answer.rows


def _given(schema: str, limits: Limits) -> tuple[dict[str, str], dict[str, object]]:
    """The identifiers and values that every probe may use."""
    names = {"schema": schema, "table": limits.freshness_table, "column": limits.freshness_column}
    values: dict[str, object] = {
        "schema": schema,
        "long_query_seconds": limits.long_query_seconds,
        "idle_in_transaction_seconds": limits.idle_in_transaction_seconds,
        "ingest_relation": ".".join(identifier(part) for part in (schema, limits.ingest_table)),
    }
    return names, values


def measurement(metric: Metric[Any], measured: Measured, at: datetime) -> Measurement:
    """What was measured, with its level against the metric's lines."""
    return Measurement(name=metric.name, measured=measured, level=metric.level(measured), at=at)
