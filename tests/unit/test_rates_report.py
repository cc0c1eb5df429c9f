"""Rates come from two readings far enough apart; without an earlier one, totals are given as such."""

import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.command import Direction, Kept, Metric, PromQuery
from bot.report import Level, Table, Unit
from commands.hitratio import Memory, Named, report, traffic
from commands.ledger import Ledger
from commands.tps import Activity, windows
from commands.tps import report as throughput

AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
RESET = datetime(2026, 2, 1, tzinfo=UTC)
MEMORY = Memory(buffers=2**27, cache=2**32, page_bytes=8192)
HIT = Metric[Any](
    name="cache_hit", title="", unit=Unit.PERCENT, alert=90, page=None, source=PromQuery("", ""), worse=Direction.LOWER
)
TPS = Metric[Any](
    name="throughput", title="", unit=Unit.PER_SECOND, alert=50, page=5, source=PromQuery("", ""), worse=Direction.LOWER
)


def activity(count: int, reset_at: datetime | None = RESET, started_at: datetime = RESET) -> Activity:
    names = set(Activity.model_fields) - {"reset_at", "started_at"}
    return Activity.model_validate(dict.fromkeys(names, count) | {"reset_at": reset_at, "started_at": started_at})


def kept(count: int, ago_s: float, reset_at: datetime | None = RESET) -> Kept[Activity]:
    return Kept([activity(count, reset_at)], AT - timedelta(seconds=ago_s))


def pages(entries: Mapping[int, tuple[float, float, float, float]]) -> Ledger:
    figures = [figure for entry in entries.values() for figure in entry]
    return Ledger.model_validate(
        {
            "reset_at": RESET,
            "keys": struct.pack(f"!{len(entries)}q", *entries),
            "figures": struct.pack(f"!{len(figures)}d", *figures),
        }
    )


def test_each_window_has_its_own_rate_and_the_latest_is_judged() -> None:
    answer = throughput(windows(activity(7200), [kept(4200, 60), kept(3600, 3600)], AT), "bronze", TPS)
    assert answer.verdict.text == "100 transactions/s since 02:59 UTC (1 min); 50 rows/s into bronze"
    assert answer.verdict.level is Level.OK
    (table,) = answer.parts
    assert isinstance(table, Table)
    assert [column.title for column in table.columns] == ["Counted", "Last 1 min", "Last 1 h"]
    assert table.rows[0] == ("Transactions committed", "50/s", "1/s")
    assert ("Rows inserted into bronze", "50/s", "1/s") in table.rows
    assert ("Deadlocks", "3,000", "3,600") in table.rows


def test_one_reading_that_serves_two_windows_is_one_column() -> None:
    assert len(windows(activity(9), [kept(3, 20), kept(3, 20), None], AT)) == 1


@pytest.mark.parametrize(
    "before",
    [kept(1, 14), kept(1, 60, RESET - timedelta(days=1)), kept(3_000_000, 60), None],
    ids=["too close", "reset in between", "backwards", "none"],
)
def test_otherwise_it_is_the_average_since_the_reset_and_not_judged(before: Kept[Activity] | None) -> None:
    answer = throughput(windows(activity(2_430_000), [before], AT), "bronze", TPS)
    assert answer.verdict.text.startswith(
        "2 transactions/s since the counters were reset at 2026-02-01 00:00 UTC (28 d 3 h)"
    )
    assert answer.verdict.level is Level.INFO
    assert answer.notes[0].startswith("All since the counters were reset, not of late")


def test_without_a_time_of_reset_there_is_no_rate_at_all() -> None:
    answer = throughput(windows(activity(50, reset_at=None), [], AT), "bronze", TPS)
    assert "100 transactions since the counters began, nobody knows when" in answer.verdict.text
    assert "50 in all" in str(answer.parts)


def test_the_ratio_is_of_heap_and_indexes_and_names_who_misses_most() -> None:
    before = Kept([pages({1: (0, 0, 0, 0), 2: (5, 5, 5, 5)})], AT - timedelta(hours=1))
    now = pages({1: (60_000, 30_000, 10_000, 0), 2: (5, 5, 100_005, 10_005), 3: (10, 0, 0, 0)})
    span, found = traffic(now, before, AT, 3600)
    names = [Named(relid=relid, name=f"scout.t{relid}", bytes=8192) for relid in (1, 2, 3)]
    answer = report(span, found, names, MEMORY, HIT)
    assert answer.verdict.level is Level.ALERT
    assert answer.verdict.text == (
        "81.0 % of 210,010 pages were in the buffers since 02:00 UTC (1 h): heap 66.7 %, indexes 91.7 %;"
        " most misses: scout.t1 (75 % of them)"
    )
    (table,) = answer.parts
    assert isinstance(table, Table)
    assert table.rows[0][0] == "scout.t1"
    assert table.rows[2][1] is None


def test_too_little_traffic_is_not_judged() -> None:
    span, found = traffic(pages({1: (1, 99_998, 0, 0)}), None, AT, 3600)
    answer = report(span, found, [], MEMORY, HIT)
    assert answer.verdict.level is Level.INFO
    assert answer.verdict.text.startswith("Too little traffic to judge: 99,999 pages since the counters were reset")
    assert "no earlier reading" in answer.notes[1]


def test_a_database_that_nobody_reads_has_no_table() -> None:
    span, found = traffic(pages({}), None, AT, None)
    assert report(span, found, [], MEMORY, HIT).parts == ()
