"""Scout's own store: how fast it writes down what people say."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter

import psycopg

from bot.store import Store
from practice.database import PracticeDatabase
from tests.bench.figure import Row, Section, Spread, shown
from tests.bench.recorded import timed
from tests.bench.scale import Scale
from tests.integration.store_fixture import asked, post

THREADS = 16
HOLDER = "bench:1"
DURABLE = {"fsync": "on", "full_page_writes": "on"}
HOW = """\
`receive` is what happens before a request is acknowledged: one row, on the disk (SQLite with synchronous=full; PostgreSQL with fsync on, over loopback).
Alone: one after another in one thread, which is the latency of a commit. Together: from {threads} threads, as Bolt's listeners call it. A change is
what an answer costs: a message and the end of a request in one transaction. Beside them 4 kB appended to a file on the same disk with fdatasync."""


def measured(scale: Scale, folder: Path) -> Section:
    """Both engines beside the disk."""
    folder.mkdir(exist_ok=True)
    disk = _disk(folder, scale.receipts // 10)
    rows = [Row("4 kB to the disk", _spread(disk))]
    with PracticeDatabase(settings=DURABLE) as practice:
        for name, url in (("SQLite", f"sqlite:///{folder}/bench.sqlite3"), ("PostgreSQL", _database(practice))):
            store = Store.open(url)
            try:
                rows += _of(name, store, scale, disk)
            finally:
                store.close()
    return Section("The store", HOW.format(threads=THREADS), rows)


def _database(practice: PracticeDatabase) -> str:
    with psycopg.connect(practice.admin_url, autocommit=True) as admin:
        admin.execute("create database scout_store owner scout_owner")
    return practice.url("scout_owner", "scout_store")


def _of(name: str, store: Store, scale: Scale, disk: Spread) -> list[Row]:
    alone = _each(scale.receipts // 10, lambda number: store.receive(asked(f"alone:{number}"), HOLDER))
    changes = _each(scale.receipts // 10, lambda number: _change(store, number))
    return [
        _beside(f"{name}: `receive` alone", alone, disk),
        _beside(f"{name}: a change", changes, disk),
        _together(name, store, scale.receipts),
    ]


def _change(store: Store, number: int) -> None:
    with store.change() as change:
        change.put_notice(post(f"notice:{number}"))
        change.finish(f"alone:{number}")


def _together(name: str, store: Store, receipts: int) -> Row:
    def receive(number: int) -> bool:
        return store.receive(asked(f"together:{number}"), HOLDER)

    began = perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        taken = list(pool.map(receive, range(receipts)))
    return Row(f"{name}: `receive` together", f"{shown(sum(taken) / (perf_counter() - began))} a second")


def _disk(folder: Path, count: int) -> Spread:
    file = os.open(folder / "disk", os.O_WRONLY | os.O_CREAT)
    try:
        return _each(count, lambda _: (os.write(file, bytes(4096)), os.fdatasync(file)))
    finally:
        os.close(file)


def _each(count: int, act: Callable[[int], object]) -> Spread:
    return Spread([timed(lambda number=number: act(number))() for number in range(count)])


def _beside(what: str, spread: Spread, disk: Spread) -> Row:
    ratio = spread.median / disk.median
    return Row(what, _spread(spread), f"the disk: {shown(disk.median)} ms", f"{ratio:.1f}")


def _spread(spread: Spread) -> str:
    return f"{shown(spread.median)} ms, p99 {shown(spread.percentile(99))} ms"
