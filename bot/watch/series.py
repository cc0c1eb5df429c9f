"""Metrics that Prometheus measures, with the settings' queries in place of the defaults."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from bot.command import Measured, Metric, Missing, PromQuery, Value
from bot.errors import BadInput
from bot.prometheus import Prometheus
from bot.report import Level, Unit
from bot.settings import DatabaseSettings, PrometheusSettings

NOT_CONFIGURED = Missing(reason="no Prometheus is configured", configured=False)
NO_SERIES = Missing(reason="Prometheus has no such series")
NO_TRAFFIC = Missing(reason="no traffic in Prometheus to compute it from", quiet=True)
SECONDS = {Unit.MILLISECONDS: 0.001, Unit.MINUTES: 60.0}


OVER = "_over"
"""Behind the name of a query: the one that asks for the share over a line."""


def prometheus(told: PrometheusSettings) -> Prometheus | None:
    """The Prometheus of the settings; None when they name none."""
    if not told.url:
        return None
    secrets = [secret.get_secret_value() if secret else "" for secret in (told.token, told.password)]
    return Prometheus(told.url, secrets[0], told.user, secrets[1], told.timeout_seconds)


def series(
    door: Prometheus | None, told: PrometheusSettings, own: DatabaseSettings, metrics: Sequence[Metric[Any]]
) -> "Series | None":
    """Prometheus as one database asks it.

    Raises:
        BadInput: the settings have a query for a metric that there is not.
    """
    queries = told.queries | own.queries
    known = {metric.name for metric in metrics}
    strange = [name for name in queries if name.removesuffix(OVER) not in known]
    if strange:
        raise BadInput(f"The settings have a Prometheus query for {strange[0]}, and there is no such metric.")
    if door is None:
        return None
    selector = told.selector if own.prometheus_selector is None else own.prometheus_selector
    return Series(door.value, selector, queries)


@dataclass(frozen=True)
class Series:
    """Prometheus as the metrics of one database ask it; a query of the settings is over the default, and over any other source."""

    ask: Callable[[str], float | None]
    selector: str
    queries: Mapping[str, str] = field(default_factory=dict[str, str])

    def takes(self, metric: Metric[Any]) -> bool:
        """Whether a metric comes from Prometheus."""
        return isinstance(metric.source, PromQuery) or metric.name in self.queries

    def measured(self, metric: Metric[Any]) -> Measured:
        """The value now, and where the exact share beyond each line is to be had, the level by that.

        Raises:
            Unavailable: Prometheus does not answer, or refuses a query.
        """
        source = metric.source if isinstance(metric.source, PromQuery) else PromQuery(metric.name, "")
        value = self.ask(self._query(source.name, source.default))
        if value is None:
            return NO_SERIES
        if not isfinite(value):
            return NO_TRAFFIC
        over = self._query(f"{source.name}{OVER}", source.over)
        return self._by_share(metric, source, value, over) if over else Value(value=value)

    def _query(self, name: str, default: str) -> str:
        return self.queries.get(name, default).replace("<selector>", self.selector)

    def _by_share(self, metric: Metric[Any], source: PromQuery, value: float, over: str) -> Value:
        lines = [(Level.ALERT, metric.alert), *([(Level.PAGE, metric.page)] if metric.page is not None else [])]
        shares = [(level, line, self._share(over, line, metric.unit)) for level, line in lines]
        known = [(level, line, share) for level, line, share in shares if share is not None]
        if len(known) < len(shares):
            return Value(value=value, note="interpolated: the histogram has no bucket that ends at each line")
        beyond = [level for level, _, share in known if share > source.allowed]
        return Value(
            value=value, note=", ".join(_said(known, metric.unit)), level=max(beyond, key=_order, default=Level.OK)
        )

    def _share(self, over: str, line: float, unit: Unit) -> float | None:
        share = self.ask(over.replace("<le>", as_bucket(line * SECONDS.get(unit, 1))))
        return share if share is not None and isfinite(share) else None


def as_bucket(seconds: float) -> str:
    """The end of a bucket as a pattern, because Prometheus 3 writes 1 as 1.0."""
    text = f"{seconds:.12g}"
    return text.replace(".", "[.]") if "." in text else f"{text}([.]0)?"


def _said(shares: Iterable[tuple[Level, float, float]], unit: Unit) -> Iterable[str]:
    word = {Unit.MILLISECONDS: " ms", Unit.SECONDS: " s"}.get(unit, "")
    for _, line, share in shares:
        yield f"{100 * share:.2g} % over {line:g}{word}"


def _order(level: Level) -> int:
    return list(Level).index(level)
