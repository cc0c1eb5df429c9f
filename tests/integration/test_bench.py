"""The bench goes its whole way and says every figure; what the figures are is not a test's business."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SECTIONS = (
    "Start and memory",
    "Acknowledgement",
    "Round trips",
    "Beside psql",
    "Beside others",
    "Behind a lock queue",
    "Delivery",
    "Every statement on a large database",
    "A tick of the watch",
    "Who waits while the structure is repaired",
    "Many databases in one process",
    "The store",
)
FIGURES = (
    "connected",
    "memory after 10 commands",
    "p99",
    "acknowledged in time",
    "`status`: 1 trip",
    "database time of `status`",
    "the whole answer",
    "`blocked`, the whole answer",
    "`health`, the whole answer",
    "`active`",
    "database time of the watch's tick",
    "`slo.freshness`",
    "a page, queued to sent, median",
    "a page before 1,000 messages, p99",
    "a breach to its card, median",
    "a tick on the large database",
    "`partition convert silver_transactions_cleaned`",
    "`view rebuild gold_daily_aggregates`",
    "processor for the census of one",
    "SQLite: `receive` alone",
    "PostgreSQL: `receive` together",
)


@pytest.mark.timeout(300)
def test_the_short_bench_has_every_section_and_its_figures() -> None:
    page = ROOT / "docs" / "performance.md"
    before = page.read_bytes() if page.exists() else b""
    words = [sys.executable, "-m", "tests.bench"]
    done = subprocess.run(
        words, cwd=ROOT, env={**os.environ, "SCOUT_BENCH": "fast"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == list(SECTIONS)
    assert [name for name in FIGURES if not any(line.startswith(f"| {name}") for line in lines)] == []
    assert (page.read_bytes() if page.exists() else b"") == before
