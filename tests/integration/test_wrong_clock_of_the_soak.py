"""The clock that the soak puts wrong is wrong for everything in one process, and for nothing else."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.soak.wrong_clock import WrongClock

pytestmark = pytest.mark.slow  # it needs a C compiler, as the soak does

HOUR = 3600.0
NEAR = 60.0
PROGRAM = """
import datetime, json, subprocess, sys, time
for line in sys.stdin:
    date = float(subprocess.run(["date", "+%s"], capture_output=True, text=True).stdout)
    print(json.dumps([time.time(), datetime.datetime.now().timestamp(), date, time.monotonic()]), flush=True)
"""


@pytest.fixture
def clock(tmp_path: Path) -> WrongClock:
    return WrongClock(tmp_path, "one")


@pytest.fixture
def process(clock: WrongClock) -> Generator["subprocess.Popen[str]"]:
    """A process that says what time it is there, by three ways, and its monotonic time, whenever it is asked."""
    told = os.environ | clock.environment()
    words = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(words, env=told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        yield started
        started.kill()


def ask(process: "subprocess.Popen[str]") -> list[float]:
    """What time it is there."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("?\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def errors(process: "subprocess.Popen[str]") -> list[float]:
    """By how much each of its wall clocks is wrong, and its monotonic one."""
    *walls, monotonic = ask(process)
    return [*(wall - time.time() for wall in walls), monotonic - time.monotonic()]


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_every_wall_clock_of_the_process_jumps_and_the_monotonic_one_does_not(
    clock: WrongClock, process: "subprocess.Popen[str]", jump: float
) -> None:
    assert errors(process) == pytest.approx([0, 0, 0, 0], abs=NEAR)
    clock.jump(jump)
    assert errors(process) == pytest.approx([jump, jump, jump, 0], abs=NEAR)
    assert clock.is_read_by(process.pid)
    assert not clock.is_read_by(os.getpid())
    clock.jump(0)
    assert errors(process) == pytest.approx([0, 0, 0, 0], abs=NEAR)
