"""The clock goes on calling its jobs when the wall clock is put forward or back."""

import os
from collections.abc import Generator, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from queue import Queue
from threading import Barrier
from typing import NoReturn

import apscheduler.executors.base
import apscheduler.schedulers.base
import apscheduler.triggers.interval
import pytest

import bot.clock
from bot.clock import Clock, StoreTime
from bot.errors import Unavailable

HOUR = timedelta(hours=1)
CLOSE = timedelta(minutes=5)
READERS = (
    bot.clock,
    apscheduler.executors.base,
    apscheduler.schedulers.base,
    apscheduler.triggers.interval,
)
"""The modules that read the wall clock to call jobs."""


class Shifted(datetime):
    """A wall clock that is wrong by what a file says."""

    by = Path(os.devnull)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        """The wrong time."""
        seconds = 0.0
        with suppress(OSError, ValueError):  # no file, or one that is just being written
            seconds = float(cls.by.read_text())
        return datetime.now(tz) + timedelta(seconds=seconds)


@pytest.fixture
def wrong_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that says by how many seconds the wall clock is wrong."""
    for reader in READERS:
        monkeypatch.setattr(reader, "datetime", Shifted)
    monkeypatch.setattr(Shifted, "by", tmp_path / "by")
    return tmp_path / "by"


@pytest.fixture
def calls() -> "Queue[datetime]":
    return Queue()


@pytest.fixture
def clock(wrong_by: Path, calls: "Queue[datetime]") -> Generator[Clock]:
    """A clock whose one job is called every two tenths of a second; it was called once when this is handed out."""
    assert not wrong_by.exists()
    ticking = Clock(lambda _: None)
    ticking.every(0.2, "tick", calls.put)
    ticking.start()
    calls.get(timeout=8)
    yield ticking
    ticking.stop()


def after(calls: "Queue[datetime]", moment: datetime) -> Iterator[datetime]:
    """The calls from now on that are near a moment; waits for each."""
    return (at for at in iter(lambda: calls.get(timeout=8), None) if abs(at - moment) < CLOSE)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_job_is_called_on_when_the_wall_clock_jumps(
    calls: "Queue[datetime]", wrong_by: Path, jump: timedelta
) -> None:
    wrong_by.write_text(str(jump.total_seconds()))
    jumped = after(calls, datetime.now(UTC) + jump)
    assert next(jumped) < next(jumped)
    wrong_by.write_text("0")
    mended = after(calls, datetime.now(UTC))
    assert next(mended) < next(mended)


def test_a_job_whose_store_is_gone_is_no_trouble_and_is_called_again(calls: "Queue[datetime]") -> None:
    troubles: list[str] = []
    ticking = Clock(troubles.append)
    ticking.every(0.2, "tick", lambda at: calls.put(at) or gone())
    ticking.start()
    assert calls.get(timeout=8) < calls.get(timeout=8)
    ticking.stop()
    assert troubles == []


def gone() -> NoReturn:
    """What a store that cannot be reached does."""
    raise Unavailable("Scout's own store cannot be reached now.")


def test_jobs_are_told_the_time_of_the_store_whatever_the_wall_clock_says(
    calls: "Queue[datetime]", wrong_by: Path
) -> None:
    told = StoreTime(lambda: datetime.now(UTC) - 5 * HOUR)
    told.look()
    ticking = Clock(lambda _: None, told.now)
    ticking.every(0.2, "tick", calls.put)
    ticking.start()
    wrong_by.write_text(str(HOUR.total_seconds()))
    late = [calls.get(timeout=8) for _ in range(4)]
    ticking.stop()
    assert late == sorted(late)
    assert all(abs(at + 5 * HOUR - datetime.now(UTC)) < CLOSE for at in late)


def test_the_time_of_the_store_goes_on_while_nobody_can_ask_it() -> None:
    told = StoreTime(gone)
    with pytest.raises(Unavailable):
        told.look()
    before = told.now()
    assert before < told.now()


def test_no_job_waits_for_a_thread_however_many_are_at_work(calls: "Queue[datetime]") -> None:
    together = Barrier(24)
    ticking = Clock(lambda _: None)
    for number in range(together.parties):
        ticking.every(3600, f"job {number}", lambda at: (together.wait(8), calls.put(at)))
    ticking.start()
    for _ in range(together.parties):
        calls.get(timeout=8)
    ticking.stop()
