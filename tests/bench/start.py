"""How soon `scout run` is there, and how much memory it takes."""

import subprocess
import sys
import time
from dataclasses import dataclass

import psutil

from tests.bench.busy_stage import BusyStage
from tests.bench.figure import Row, Section, Spread, below, shown
from tests.bench.recorded import by_turns, timed
from tests.bench.scale import Scale

MOST_S = 1.5
MOST_MIB = 100
IMPORTS = "import bot.__main__, bot.registry; bot.registry.discover('commands')"
HOW = """\
From starting the process to the first open socket as the practice Slack sees it, {starts} times, median; beside it Python importing Scout's modules and doing
nothing. Memory is the resident set: a second after the last start, and after {commands} commands were answered."""


@dataclass(frozen=True)
class Start:
    """Seconds until connected, by the clock and of the processor."""

    wall: float
    processor: float


def measured(stage: BusyStage, scale: Scale) -> Section:
    """Start several times, then ask a lot."""
    starts = [_start(stage) for _ in range(scale.starts)]
    wall = Spread([one.wall for one in starts]).median
    (imports,) = by_turns(scale.starts, timed(lambda: subprocess.run([sys.executable, "-c", IMPORTS], check=True)))
    time.sleep(1)
    fresh = _resident(stage)
    stage.burst(scale.commands)
    rows = [
        below("connected", wall, MOST_S, "s", f"imports alone: {shown(imports.median / 1000)} s"),
        Row("processor time until connected", f"{shown(Spread([one.processor for one in starts]).median)} s"),
        below("memory after the start", fresh, MOST_MIB, "MiB"),
        below(f"memory after {scale.commands} commands", _resident(stage), MOST_MIB, "MiB"),
    ]
    return Section("Start and memory", HOW.format(starts=scale.starts, commands=scale.commands), rows)


def _start(stage: BusyStage) -> Start:
    stage.stop_bot()
    began = time.perf_counter()
    stage.start_bot()
    wall = time.perf_counter() - began
    used = _process(stage).cpu_times()
    return Start(wall, used.user + used.system)


def _resident(stage: BusyStage) -> float:
    return _process(stage).memory_info().rss / 2**20


def _process(stage: BusyStage) -> psutil.Process:
    if stage.bot is None:
        raise RuntimeError("Scout does not run")
    return psutil.Process(stage.bot.pid)
