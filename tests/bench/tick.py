"""What a round of the watch costs, on the practice database and on a large one."""

import time
from datetime import UTC, datetime
from pathlib import Path

from bot.alert import Rule
from bot.command import Limits
from bot.telling import Telling
from bot.watch import Gauge, Judging, Watch
from practice.database import PracticeDatabase
from tests.bench.figure import Row, Section, Spread, shown
from tests.bench.recorded import Bench, bench_of, by_turns, timed
from tests.bench.scale import Scale

HOW = """\
One tick of the watch over one database: measure everything in one round trip, judge, and write samples, states and messages in one
transaction of an SQLite store. Medians; processor time is Scout's own. The default is a tick every 15 s."""


def measured(practice: PracticeDatabase, large: PracticeDatabase, scale: Scale, folder: Path) -> Section:
    """The same tick twice."""
    small_row = _of(practice, "on the practice database", scale, folder / "small")
    return Section(
        "A tick of the watch", HOW, [small_row, _of(large, "on the large database", scale, folder / "large")]
    )


def _of(practice: PracticeDatabase, where: str, scale: Scale, folder: Path) -> Row:
    folder.mkdir(parents=True)
    with bench_of(practice, folder) as bench:
        watch = _watch(bench)
        fences = bench.house.store.share("bench", ["scout"], 3600)
        used = time.process_time()
        (spent,) = by_turns(scale.rounds, timed(lambda: watch.tick(datetime.now(UTC), fences)))
        processor = 1000 * (time.process_time() - used) / (scale.rounds + 1)
    return Row(f"a tick {where}", _said(spent), f"processor: {shown(processor)} ms")


def _watch(bench: Bench) -> Watch:
    gauge = Gauge(bench.database, Limits(), bench.house.registry.metrics)
    metrics = {metric.name: metric for metric in gauge.metrics}
    telling = Telling(metric=lambda _, name: metrics.get(name), channel="C0ALERTS")
    return Watch(bench.house.store, {"scout": gauge}, Judging(bench.house.store, Rule(), telling))


def _said(spent: Spread) -> str:
    return f"{shown(spent.median)} ms, p99 {shown(spent.percentile(99))} ms"
