"""The page of figures for Prometheus: how Scout itself is, and what it last measured of the databases that this process watches."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric as Family

from bot.command import Measurement, Value
from bot.errors import ScoutError
from bot.flow import Flow
from bot.house.caring import Caring
from bot.house.loop_back import LoopBack
from bot.house.runs import Runs
from bot.outbox import Outbox
from bot.store import Store
from bot.transport import TransportState
from bot.watch import ITSELF, Watch


@dataclass(frozen=True)
class Figures:
    """Collects when it is asked; a store that cannot be reached leaves out what it knows, and says so."""

    store: Store
    flow: Flow
    watch: Watch
    caring: Caring
    outbox: Outbox
    runs: Runs
    loop_back: LoopBack

    def page(self, door: TransportState) -> bytes:
        """Everything as text, in Prometheus' format."""
        registry = CollectorRegistry()
        registry.register(_Collected([*_door(door), *self._own(), *self._kept()]))
        return generate_latest(registry)

    def _own(self) -> Iterator[Family]:
        yield _gauge("scout_tick_age_seconds", "Seconds since the last tick ended", self.caring.tick_age)
        if (age := self.loop_back.age) is not None:
            yield _gauge("scout_loop_back_age_seconds", "Seconds since Scout heard itself through the socket", age)
        yield _gauge("scout_leases", "Databases that this process watches", len(self.caring.fences))
        yield _counter("scout_ticks", "Ticks that came to their end", self.caring.ticks)
        yield SummaryMetricFamily(
            "scout_run_seconds", "Runs of approved plans", count_value=self.runs.count, sum_value=self.runs.seconds
        )
        asked = CounterMetricFamily("scout_commands", "Commands that were asked", labels=["command"])
        for name, count in sorted(self.flow.answers.tally.items()):
            asked.add_metric([name], count)
        yield asked
        messages = CounterMetricFamily("scout_messages", "What became of messages to Slack", labels=["outcome", "lane"])
        for (outcome, lane), count in sorted(self.outbox.tally.items()):
            messages.add_metric([outcome, lane], count)
        yield messages
        spent = GaugeMetricFamily("scout_probe_seconds", "What the last round of probes took", labels=["database"])
        for database, seconds in sorted(self.watch.spent.items()):
            spent.add_metric([database], seconds)
        yield spent

    def _kept(self) -> list[Family]:
        """What only the store knows."""
        try:
            return [
                _gauge("scout_store_reachable", "Whether the store answers", 1),
                *self._messages(),
                *self._measured(),
            ]
        except ScoutError:
            return [_gauge("scout_store_reachable", "Whether the store answers", 0)]

    def _messages(self) -> list[Family]:
        now, oldest = self.store.now(), self.store.oldest_unsent()
        age = (now - oldest).total_seconds() if oldest else 0.0
        approvals = GaugeMetricFamily("scout_approvals", "Plans by their state", labels=["state"])
        for state, count in self.store.counted_approvals().items():
            approvals.add_metric([state], count)
        return [
            _gauge("scout_outbox_messages", "Messages that wait", self.store.unsent()),
            _gauge("scout_outbox_age_seconds", "Age of the oldest message that waits", age),
            approvals,
        ]

    def _measured(self) -> list[Family]:
        values = GaugeMetricFamily(
            "scout_metric", "The last value of a metric, in its unit", labels=["database", "metric", "slo"]
        )
        up = GaugeMetricFamily("scout_database_up", "Whether a database answers", labels=["database"])
        for database in sorted(self.caring.fences.keys() - {ITSELF}):
            for name, value in _values(self.store.last_samples(database)):
                if name == "reachable":
                    up.add_metric([database], 1 - value)
                else:
                    metric = self.watch.metric(database, name)
                    values.add_metric([database, name, str(metric is not None and metric.slo).lower()], value)
        return [values, up]


@dataclass(frozen=True, eq=False)
class _Collected:
    """What was collected before, as a registry wants it."""

    families: Iterable[Family]

    def collect(self) -> Iterable[Family]:
        """All of it."""
        return self.families


def _values(samples: Iterable[Measurement]) -> Iterator[tuple[str, float]]:
    """The values that there are: no data is no figure."""
    for one in samples:
        if isinstance(one.measured, Value):
            yield one.name, one.measured.value


def _door(door: TransportState) -> Iterator[Family]:
    yield _gauge("scout_socket_connected", "Whether a socket to Slack is open", door.connected)
    if door.last_frame_age is not None:
        yield _gauge("scout_socket_last_frame_age_seconds", "Seconds since Slack sent anything", door.last_frame_age)
    yield _counter("scout_sockets_opened", "Sockets to Slack that were opened", door.sockets_opened)
    yield _counter("scout_acknowledgements", "Requests of Slack that were acknowledged", door.acknowledged)
    yield _counter("scout_acknowledgements_slow", "Those that took long", door.slow_acknowledgements)


def _gauge(name: str, text: str, value: float) -> Family:
    return GaugeMetricFamily(name, text, value=value)


def _counter(name: str, text: str, value: float) -> Family:
    return CounterMetricFamily(name, text, value=value)
