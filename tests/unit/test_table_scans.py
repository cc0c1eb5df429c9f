"""Big tables read from end to end: only what was read in between counts, and totals are called so."""

from datetime import UTC, datetime, timedelta

from bot.command import Kept
from commands.table_scans import BIG, Scans, read

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BEGAN = datetime(2026, 2, 1, tzinfo=UTC)


def scans(oid: int, scans: int, rows_read: int, index_scans: int = 0, size: int = BIG) -> Scans:
    return Scans(
        oid=oid, relation=f"t{oid}", size=size, rows=5000, scans=scans, rows_read=rows_read, index_scans=index_scans
    )


def test_only_what_was_read_since_the_earlier_reading_counts() -> None:
    kept = Kept([scans(1, 100, 10**9, 50), scans(2, 7, 70_000)], AT - HOUR)
    found = read([scans(1, 100, 10**9, 50), scans(2, 9, 90_000, 6)], kept, AT, 3600, BEGAN)
    (one,) = found.tables
    assert (one.relation, one.scans, one.rows_read, one.share) == ("t2", 2, 20_000, 25)
    assert found.span.said == "since 11:00 UTC (1 h)"


def test_without_an_earlier_reading_the_totals_are_called_so() -> None:
    found = read([scans(1, 2, 9000)], None, AT, 3600, BEGAN)
    assert found.span.said.startswith("since the counters were reset at 2026-02-01 00:00 UTC")
    assert "there is no earlier reading to compare with, so these are totals" in found.span.note


def test_a_reading_of_a_moment_ago_is_no_window() -> None:
    kept = Kept([scans(1, 1, 1000)], AT - timedelta(seconds=3))
    assert read([scans(1, 2, 9000)], kept, AT, 3600, BEGAN).span.since_reset


def test_a_table_that_is_new_or_whose_counters_began_anew_counts_all_it_has() -> None:
    kept = Kept([scans(1, 100, 10**9)], AT - HOUR)
    found = read([scans(1, 3, 30_000), scans(2, 1, 20_000)], kept, AT, 3600, BEGAN)
    assert [(one.relation, one.scans) for one in found.tables] == [("t1", 3), ("t2", 1)]


def test_a_small_table_and_a_scan_of_few_rows_are_not_worth_an_index() -> None:
    found = read([scans(1, 9, 90_000, size=BIG - 1), scans(2, 9, 8_999), scans(3, 0, 0)], None, AT, None, None)
    assert found.tables == []
    assert found.span.note == ""
