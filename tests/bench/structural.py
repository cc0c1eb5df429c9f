"""How long others wait at worst while indexes, views and tables are changed under them."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.command import Plan, Sql, Step
from bot.database import Locked
from practice.database import PracticeDatabase
from tests.bench.figure import Row, Section, shown
from tests.bench.recorded import Bench, bench_of
from tests.integration.meanwhile import reading, writing

CALM_S = 2.0
READ_VIEW = "select total_revenue from scout.gold_daily_aggregates where date_key = current_date - 3"
READ_TABLE = "select peso_value from scout.silver_transactions_cleaned where store_id = 7 and date_key = current_date - 3 limit 5"
REPAIRS = (
    ("index create table=silver_transactions_cleaned columns=quantity", READ_TABLE),
    ("refresh gold_daily_aggregates", READ_VIEW),
    ("view rebuild gold_daily_aggregates", READ_VIEW),
    ("partition convert silver_transactions_cleaned", READ_TABLE),
    ("partition ensure silver_transactions_cleaned months=6", READ_TABLE),
    ("index create table=silver_transactions_cleaned columns=region", READ_TABLE),  # which has partitions by now
)
HOW = """\
Each repair as its plan says it, step after step, on the practice database, while one application inserts a sale and changes it and another reads
what is repaired, each as fast as it can. The figure is the slowest statement pair of the writer and the slowest read, beside the same of {calm:g} s in
which nothing is repaired. Every row that was written is looked for afterwards: a difference is shown instead of the figure."""


@dataclass(frozen=True)
class Waited:
    """The longest that the others waited, in milliseconds; how often they came; what failed or is missing."""

    writer_ms: float
    reader_ms: float
    came: int
    wrong: str


def measured(practice: PracticeDatabase, folder: Path) -> Section:
    """A row for each repair."""
    with bench_of(practice, folder) as bench:
        rows = [_row(bench, practice, text, read) for text, read in REPAIRS]
    return Section("Who waits while the structure is repaired", HOW.format(calm=CALM_S), rows)


def _row(bench: Bench, practice: PracticeDatabase, text: str, read: str) -> Row:
    calm, _ = _meanwhile(bench, practice, read, None)
    busy, took = _meanwhile(bench, practice, read, bench.house.plan(text))
    said = f"writer {shown(busy.writer_ms)} ms, reader {shown(busy.reader_ms)} ms"
    base = f"nothing repaired: writer {shown(calm.writer_ms)} ms, reader {shown(calm.reader_ms)} ms"
    errors = busy.wrong or f"{busy.came:,} statements, 0 errors, 0 lost; took {shown(took)} s"
    return Row(f"`{text}`", busy.wrong or said, f"{base}; {errors}", "", "0 errors, 0 lost", not busy.wrong)


def _meanwhile(bench: Bench, practice: PracticeDatabase, read: str, plan: Plan | None) -> tuple[Waited, float]:
    before, began = _sales(bench), time.perf_counter()
    with writing(practice.app_url) as writer, reading(practice.app_url, read) as reader:
        if plan is None:
            time.sleep(CALM_S)
        else:
            _carry_out(bench, plan)
    took = time.perf_counter() - began
    lost = before + writer.done - _sales(bench)
    errors: Sequence[str] = [*writer.errors, *reader.errors]
    wrong = f"{len(errors)} errors, as {errors[0]}" if errors else f"{lost} rows lost" if lost else ""
    return Waited(1000 * writer.worst_s, 1000 * reader.worst_s, writer.done * 2 + reader.done, wrong), took


def _carry_out(bench: Bench, plan: Plan) -> None:
    for step in plan.steps:
        if isinstance(step.do, Sql) and step.check is not None:
            _do(bench, step)


def _do(bench: Bench, step: Step) -> None:
    """A step, again where a lock was in the way, as in a run."""
    for _ in range(step.retries):
        with suppress(Locked):
            bench.house.carry_out(step)
            return
    bench.house.carry_out(step)


def _sales(bench: Bench) -> int:
    with bench.line() as plain:
        row = plain.execute("select count(*) from scout.silver_transactions_cleaned").fetchone()
    return int(row[0]) if row else 0
