"""The runbook's five service levels and four vitals, with its lines: whoever moves one of them moves it in the settings, not here."""

import pytest

from bot.command import Direction
from bot.registry import discover
from commands.judged import data_lag, judged

METRICS = {metric.name: metric for metric in discover("commands").metrics}


@pytest.mark.parametrize(
    ("name", "target", "alert", "page", "worse"),
    [
        ("api_p95", 100, 200, 500, Direction.HIGHER),
        ("query_p95", 2, 3, 5, Direction.HIGHER),
        ("freshness", 60, 120, 240, Direction.HIGHER),
        ("throughput", 10_000, 5_000, 1_000, Direction.LOWER),
        ("error_rate", 0.1, 0.5, 1, Direction.HIGHER),
    ],
)
def test_a_service_level_has_the_runbooks_lines(
    name: str, target: float, alert: float, page: float, worse: Direction
) -> None:
    metric = METRICS[name]
    assert metric.slo
    assert (metric.target, metric.alert, metric.page, metric.worse) == (target, alert, page, worse)


def test_there_are_five_of_them() -> None:
    assert [name for name, metric in METRICS.items() if metric.slo] == [
        "api_p95", "query_p95", "freshness", "throughput", "error_rate",
    ]  # fmt: skip


def test_the_vitals_have_the_lines_of_the_runbooks_status_query() -> None:
    assert METRICS["slow_queries"].alert == 10
    assert (METRICS["cache_hit"].alert, METRICS["cache_hit"].worse) == (90, Direction.LOWER)
    assert METRICS["active_connections"].alert == 50
    assert METRICS["connection_share"].alert == 80
    (freshness,) = judged([METRICS["freshness"]], {})
    assert data_lag(freshness).alert == 60


def test_scouts_own_are_watched_too() -> None:
    own = {
        "blocked_sessions", "idle_in_transaction", "xid_age", "replication_lag", "slot_wal", "unused_slots",
        "partition_horizon", "view_age", "invalid_indexes", "pooler_wait", "redis_hit",
    }  # fmt: skip
    assert own <= METRICS.keys()
