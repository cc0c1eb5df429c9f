"""The queries that Scout brings along say the truth of a real Prometheus, which scrapes a generated histogram."""

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import pytest

from bot.command import Measured, Metric, Missing, Value
from bot.prometheus import Prometheus
from bot.report import Level
from bot.watch import Series
from commands.slo import METRICS
from tests.integration.prometheus_server import Api, real_prometheus

SELECTOR = 'job="scout-api"'
BY_NAME = {metric.name: metric for metric in METRICS}

# 6 % over 200 ms and none over 500 ms: an alert by the share, and by the interpolated percentile too. 0.7 % are errors.
SLOW = Api({"0.05": 700, "0.1": 200, "0.2": 40, "0.5": 60}, {"200": 993, "500": 7})
CALM = Api({}, {"200": 100})


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Generator[Prometheus]:
    with real_prometheus({"scout-api": SLOW, "calm": CALM}, tmp_path_factory.mktemp("prometheus")) as door:
        yield door


def measured(door: Prometheus, metric: Metric[Any], selector: str = SELECTOR, **queries: str) -> tuple[Measured, Level]:
    value = Series(door.value, selector, queries).measured(metric)
    return value, metric.level(value)


def test_the_percentile_is_shown_and_the_exact_share_decides(prometheus: Prometheus) -> None:
    value, level = measured(prometheus, BY_NAME["api_p95"])
    assert isinstance(value, Value)
    assert value.value == pytest.approx(250, rel=0.02)
    assert (value.note, level) == ("6 % over 200 ms, 0 % over 500 ms", Level.ALERT)


def test_errors_are_a_share_of_all_answers(prometheus: Prometheus) -> None:
    value, level = measured(prometheus, BY_NAME["error_rate"])
    assert isinstance(value, Value)
    assert value.value == pytest.approx(0.7, rel=0.02)
    assert level is Level.ALERT


def test_no_series_of_another_api_is_no_data(prometheus: Prometheus) -> None:
    for name in ("api_p95", "error_rate"):
        assert measured(prometheus, BY_NAME[name], 'job="other"') == (
            Missing(reason="Prometheus has no such series"),
            Level.NO_DATA,
        )


def test_another_line_asks_for_its_own_bucket(prometheus: Prometheus) -> None:
    value, level = measured(prometheus, replace(BY_NAME["api_p95"], alert=50, page=1000))
    assert isinstance(value, Value)
    assert (value.note, level) == ("30 % over 50 ms, 0 % over 1000 ms", Level.ALERT)


def test_a_line_without_a_bucket_is_judged_by_the_percentile_and_says_so(prometheus: Prometheus) -> None:
    value, level = measured(prometheus, replace(BY_NAME["api_p95"], alert=300))
    assert isinstance(value, Value)
    assert value.note.startswith("interpolated")
    assert level is Level.OK


def test_a_query_of_the_settings_is_over_any_other_source(prometheus: Prometheus) -> None:
    value, level = measured(
        prometheus, BY_NAME["throughput"], throughput="sum(irate(http_requests_total{<selector>}[1m]))"
    )
    assert isinstance(value, Value)
    assert value.value == pytest.approx(1000, rel=0.2)
    assert level is not Level.OK


@pytest.mark.parametrize("query", ["sum(", "http_request_duration_seconds_bucket"])
def test_a_query_that_cannot_be_right_is_refused(prometheus: Prometheus, query: str) -> None:
    with pytest.raises(Exception, match=r"in the settings|Put a sum"):
        measured(prometheus, BY_NAME["throughput"], throughput=query)


def test_without_a_failed_answer_there_is_no_error_and_without_requests_no_percentile(prometheus: Prometheus) -> None:
    assert measured(prometheus, BY_NAME["error_rate"], 'job="calm"') == (Value(value=0), Level.OK)
    value, level = measured(prometheus, BY_NAME["api_p95"], 'job="calm"')
    assert value == Missing(reason="no traffic in Prometheus to compute it from", quiet=True)
    assert level is Level.INFO
