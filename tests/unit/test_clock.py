"""The clock goes on calling its jobs when the wall clock is put forward or back."""

from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue

import pytest

from bot.clock import Clock
from bot.errors import Unavailable
from tests.soak.shifted import READERS, Shifted

HOUR = timedelta(hours=1)
CLOSE = timedelta(minutes=5)


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


def gone() -> None:
    """What a store that cannot be reached does."""
    raise Unavailable("Scout's own store cannot be reached now.")
