"""The five service levels of the runbook: where each comes from and how it is computed."""

from typing import Any

from bot.command import Measured, Metric, Missing, Probe, PromQuery, Reading, Row, Value
from bot.report import Unit
from bot.sql import queries
from commands.clock import SKEW
from commands.counters import CACHE_HIT, THROUGHPUT
from commands.latency import QUERY_P95

SQL = queries(__file__)
SKEW_MINUTES = -5


class Freshness(Row):
    """How old the newest row is, in minutes."""

    minutes: float | None


def freshness(reading: Reading[Freshness]) -> Measured:
    """The age of the newest row in minutes."""
    minutes = reading.now[0].minutes
    if minutes is None:
        return Missing(reason="the table that data arrive in is empty")
    if minutes < SKEW_MINUTES:
        return Missing(reason=f"clock skew: the newest row is {-minutes:.0f} min in the future")
    return Value(value=max(0.0, minutes))


RATES_LOOK_BACK_S = 300
"""The queries below ask for rates of five minutes."""
API_P95 = PromQuery(
    "api_p95",
    "1000 * histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{<selector>}[5m])))",
    # A percentile is interpolated in its bucket, the share over the end of one is exact: it decides.
    over='1 - sum(rate(http_request_duration_seconds_bucket{<selector>,le=~"<le>"}[5m]))'
    " / sum(rate(http_request_duration_seconds_count{<selector>}[5m]))",
)
# No 5xx series at all is no error; no series of answers at all is no data.
ERROR_RATE = PromQuery(
    "error_rate",
    '100 * (sum(rate(http_requests_total{<selector>,code=~"5.."}[5m])) or vector(0))'
    " / sum(rate(http_requests_total{<selector>}[5m]))",
)

METRICS: tuple[Metric[Any], ...] = (
    Metric(
        name="api_p95",
        title="API response time (p95)",
        unit=Unit.MILLISECONDS,
        target=100,
        alert=200,
        page=500,
        source=API_P95,
        slo=True,
        repairs=("active",),
        follows=("reachable", "blocked_sessions"),
        looks_back=RATES_LOOK_BACK_S,
        looks=("active", "blocked", "slow"),
    ),
    QUERY_P95,
    Metric(
        name="freshness",
        title="Data freshness",
        unit=Unit.MINUTES,
        target=60,
        alert=120,
        page=240,
        source=Probe("freshness", SQL["freshness"], Freshness),
        measure=freshness,
        slo=True,
        repairs=("refresh all",),
        patience=10,  # a refresh every two hours takes some minutes, and crosses a line of two hours each time
        looks=("views", "active"),
    ),
    THROUGHPUT,
    Metric(
        name="error_rate",
        title="Error rate",
        unit=Unit.PERCENT,
        target=0.1,
        alert=0.5,
        page=1,
        source=ERROR_RATE,
        slo=True,
        follows=("reachable",),
        looks_back=RATES_LOOK_BACK_S,
        looks=("active", "blocked", "connections"),
    ),
    CACHE_HIT,
    SKEW,
)
