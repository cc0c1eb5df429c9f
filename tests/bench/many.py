"""What it takes to watch many databases in one process, and what the census of one costs."""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import psycopg

from bot.alert import Rule
from bot.command import Limits
from bot.database import Watched
from bot.registry import discover
from bot.store import Fence, Store
from bot.telling import Telling
from bot.watch import Gauge, Judging, Watch
from commands.census import STATEMENTS
from practice.database import PracticeDatabase
from tests.bench.figure import Row, Section, below, shown
from tests.bench.scale import Scale

TICK_S = 15
TICKS = 3
CENSUS_S = 10
CONNECTIONS = 320
HOW = f"""\
Many names for the practice database, each watched as a database of its own, with an open connection and readings of its own, and the census
on for one. Processor time is that of Scout's process for a tick of all, after a first one that connects and learns; a tick comes every
{TICK_S} s. Memory is what the process grew by."""


def measured(scale: Scale, folder: Path) -> Section:
    """Ticks over all of them, then ten seconds in which only the census works."""
    folder.mkdir(parents=True)
    number = scale.databases
    with PracticeDatabase(max_connections=CONNECTIONS) as practice, ExitStack() as doors:
        _let_in(practice)
        before = _memory()
        gauges = {f"db{one}": _gauge(practice, doors, one) for one in range(number)}
        store = Store.open(f"sqlite:///{folder}/many.sqlite3")
        doors.callback(store.close)
        metrics = {metric.name: metric for metric in gauges["db0"].metrics}
        telling = Telling(metric=lambda _, name: metrics.get(name), channel="C0ALERTS")
        watch = Watch(store, gauges, Judging(store, Rule(), telling))
        doors.callback(watch.close)
        spent, processor = _ticks(watch, store.share("bench", list(gauges), 3600))
        grown = _memory() - before
        rows = [
            below(f"processor for {number} databases", 100 * processor / TICK_S, 100, "% of one"),
            Row(f"a tick of {number} databases", f"{shown(spent)} s", f"processor: {shown(processor)} s"),
            Row(f"memory for {number} databases", f"{shown(grown / 1e6)} MB", f"{shown(grown / 1e3 / number)} kB each"),
            *_census(gauges["db0"]),
        ]
    return Section("Many databases in one process", HOW, rows)


def _let_in(practice: PracticeDatabase) -> None:
    """Each name has a connection of its own, and in the practice database the login has few."""
    with psycopg.connect(practice.admin_url, autocommit=True) as admin:
        admin.execute("alter role scout_read connection limit -1")


def _gauge(practice: PracticeDatabase, doors: ExitStack, number: int) -> Gauge:
    database = Watched(f"db{number}", practice.read_url, practice.operate_url, "scout")
    doors.callback(database.close)
    registry = discover("commands")
    return Gauge(database, Limits(), registry.metrics, None, registry.probes, census=number == 0)


def _ticks(watch: Watch, fences: Mapping[str, Fence]) -> tuple[float, float]:
    """Seconds, and seconds of the processor, for one tick."""
    at = datetime.now(UTC)
    watch.tick(at, fences)
    began, used = time.perf_counter(), time.process_time()
    for number in range(1, TICKS + 1):
        watch.tick(at + timedelta(seconds=TICK_S * number), fences)
    spent = (time.perf_counter() - began) / TICKS, (time.process_time() - used) / TICKS
    silent = [name for name in watch.gauges if not any(one.at > at for one in watch.store.last_samples(name))]
    if silent:
        raise RuntimeError(f"{len(silent)} databases were not measured, as {silent[0]}")
    return spent


def _census(gauge: Gauge) -> list[Row]:
    used = time.process_time()
    time.sleep(CENSUS_S)
    share = 100 * (time.process_time() - used) / CENSUS_S
    began = time.perf_counter()
    for _ in range(CENSUS_S):
        gauge.database.rows(STATEMENTS.statement, STATEMENTS.row)
    look = 1000 * (time.perf_counter() - began) / CENSUS_S
    return [
        below("processor for the census of one", share, 2, "% of one"),
        below("one look of the census", look, 10, "ms"),
    ]


def _memory() -> int:
    return psutil.Process().memory_info().rss
