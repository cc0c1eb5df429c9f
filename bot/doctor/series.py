"""What Prometheus is asked for each database, the settings' own queries and those that Scout brings along, each tried once."""

from collections.abc import Iterable, Sequence
from typing import Any

from bot.command import Metric, Missing
from bot.doctor.finding import BROKEN, DOUBTFUL, FINE, Finding, tried
from bot.errors import ScoutError
from bot.settings import Settings
from bot.watch import Series, prometheus, series


def of_prometheus(settings: Settings, metrics: Sequence[Metric[Any]]) -> Iterable[Finding]:
    """Whether it answers, then a line for each metric and each answer, with the databases that get it."""
    door = prometheus(settings.prometheus)
    if door is None:
        yield Finding(
            DOUBTFUL, "Prometheus", "not configured; API latency and error rate are not measured (SCOUT_PROMETHEUS_URL)"
        )
        return
    answers = tried("Prometheus", lambda: f"answers ({door.value('vector(1)')})")
    yield answers
    if answers.how != FINE:
        return
    alike: dict[tuple[str, str, str], list[str]] = {}
    for name, told in settings.databases.items():
        try:
            asked = series(door, settings.prometheus, told, metrics)
        except ScoutError as error:
            yield Finding(BROKEN, f"Prometheus for {name}", str(error))
            continue
        for metric in metrics:
            if asked is not None and asked.takes(metric):
                alike.setdefault((metric.name, *_measured(asked, metric)), []).append(name)
    for (metric_name, how, said), names in alike.items():
        yield Finding(how, f"Prometheus query of {metric_name} for {', '.join(names)}", said)


def _measured(asked: Series, metric: Metric[Any]) -> tuple[str, str]:
    """How it is, and the value or what is in its way."""
    try:
        found = asked.measured(metric)
    except ScoutError as error:
        return BROKEN, str(error)
    if isinstance(found, Missing):
        well = found.quiet
        step = "" if well else "; check the query and the selector, until then it is no data"
        return FINE if well else DOUBTFUL, f"{found.reason}{step}"
    return FINE, f"{found.value:g}"
