"""`make bench`: measure, print, and write docs/performance.md; `SCOUT_BENCH=fast` tries the way and writes nothing."""

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from practice.database import PracticeDatabase
from tests.acceptance.stage_fixture import home
from tests.bench import (
    acknowledgement,
    against_psql,
    delivery,
    lock_queue,
    many,
    peers,
    round_trips,
    start,
    statements,
    stores,
    structural,
    tick,
)
from tests.bench.busy_stage import BusyStage
from tests.bench.figure import Section
from tests.bench.large import large_database
from tests.bench.page import page
from tests.bench.scale import Scale, wanted

LOOP_S = 0.5
PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


def main() -> int:
    """Measure everything and say it; a missed target is said as well and is no failure."""
    scale = wanted()
    with tempfile.TemporaryDirectory(prefix="scout-bench-") as folder:
        sections, postgres = _all(scale, Path(folder))
    text = page(sections, postgres)
    if scale.is_whole:
        PAGE.write_text(text, encoding="utf-8")
    print(text)  # noqa: T201 - a command of the terminal
    return 0


def _all(scale: Scale, folder: Path) -> tuple[list[Section], str]:
    with BusyStage(home(), scale.runs) as stage:
        stage.there.rates.is_on = False  # Slack's own patience is not what is measured
        sections = [
            _said(lambda: start.measured(stage, scale)),
            _said(lambda: acknowledgement.measured(stage, scale)),
        ]
    with PracticeDatabase() as practice:
        sections += [
            _said(lambda: round_trips.measured(practice, scale, folder / "trips")),
            _said(lambda: against_psql.measured(practice, scale, folder / "psql")),
            _said(lambda: peers.measured(practice, scale, folder / "peers")),
            _said(lambda: lock_queue.measured(practice, folder / "queue")),
            _said(lambda: delivery.measured(practice, scale, folder / "delivery")),
        ]
        with large_database(scale) as large:
            sections.append(_said(lambda: statements.measured(large, scale, folder / "statements")))
            sections.append(_said(lambda: tick.measured(practice, large, scale, folder / "tick")))
    with PracticeDatabase() as changed:
        sections.append(_said(lambda: structural.measured(changed, folder / "structural")))
    sections.append(_said(lambda: many.measured(scale, folder / "many")))
    sections.append(_said(lambda: stores.measured(scale, folder / "stores")))
    return sections, practice.version


def _said(measure: Callable[[], Section]) -> Section:
    began, free = time.monotonic(), _free()
    section = measure()
    section = replace(section, free=(free + _free()) / 2)
    print(f"{section.title}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)  # noqa: T201 - progress of a command of the terminal
    return section


def _free() -> float:
    """The share of a processor that this process gets when it wants one, so that figures of a busy machine show as such."""
    began, used = time.perf_counter(), time.process_time()
    while time.perf_counter() < began + LOOP_S:
        pass
    return (time.process_time() - used) / LOOP_S


if __name__ == "__main__":
    sys.exit(main())
