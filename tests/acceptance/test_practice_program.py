"""`make practice` as a process of its own: what is started again, and that nothing is left behind."""

import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from stage_fixture import home

pytestmark = pytest.mark.slow

PATIENCE = 120.0


class Program:
    """`python -m practice` with its lines as they come."""

    def __init__(self, folder: Path) -> None:
        (folder / ".practice").symlink_to(home())  # the database's template of the other tests
        self.process = subprocess.Popen(
            [sys.executable, "-m", "practice", "--port", "0"], cwd=folder, stdout=subprocess.PIPE, text=True
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self._lines.put(line)

    def says(self, words: str) -> None:
        """Wait for a line with these words."""
        while words not in self._lines.get(timeout=PATIENCE):
            pass

    @property
    def scout(self) -> psutil.Process:
        """The process of Scout."""
        [bot] = [one for one in self.family() if one.cmdline()[1:] == ["-m", "bot", "run"]]
        return bot

    def family(self) -> list[psutil.Process]:
        """All that the practice has started and that still runs."""
        return [one for one in psutil.Process(self.process.pid).children(recursive=True) if one.is_running()]


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """The practice, ended whatever happens."""
    home().mkdir(exist_ok=True)
    there = Program(tmp_path)
    with there.process:
        yield there
        there.process.terminate()


def test_scout_that_died_is_started_again_and_nothing_is_left_at_the_end(program: Program) -> None:
    program.says("The practice workspace is at http://127.0.0.1:")
    first = program.scout
    first.kill()
    program.says("Scout had ended and is started again")
    assert program.scout.pid != first.pid
    family = program.family()
    program.process.terminate()
    assert program.process.wait(PATIENCE) == 0
    _, left = psutil.wait_procs(family, timeout=10)
    assert left == []
