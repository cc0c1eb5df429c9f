"""Every question while a change of the busiest table waits for its lock."""

import re
import time
from collections.abc import Sequence
from pathlib import Path

from bot.command import Risk
from bot.errors import ScoutError
from bot.report import Report
from practice.database import PracticeDatabase
from practice.session_faults import LockQueue
from tests.bench.figure import Row, Section, shown
from tests.bench.recorded import Bench, bench_of

MOST_S = 1.0
SKIPPED = re.compile(r"lock|left out|skipped|No data|not (looked|measured|judged)", re.IGNORECASE)
HOW = """\
A transaction has written to `silver_transactions_cleaned` and sits idle; an `ALTER TABLE` waits behind it for its ACCESS EXCLUSIVE lock; eight queries
of the application wait behind that. Every question there is, with its defaults, the slower of two times; the last but one column is what
the answer itself says that it left out."""


def measured(practice: PracticeDatabase, folder: Path) -> Section:
    """A row for each question."""
    fault = LockQueue(practice)
    with bench_of(practice, folder) as bench:
        names = [one.name for one in bench.house.registry.commands if one.risk is Risk.LOOK]
        bench.house.tick()
        fault.start()
        try:
            rows = [_row(bench, name) for name in names]
        finally:
            fault.undo()
    return Section("Behind a lock queue", HOW, rows)


def _row(bench: Bench, name: str) -> Row:
    answers = [_asked(bench, name) for _ in range(2)]
    seconds = max(spent for spent, _ in answers)
    said = " ".join(answers[-1][1]) or "nothing left out"
    return Row(f"`{name}`", f"{shown(seconds)} s", said, "", f"< {MOST_S:g} s", seconds < MOST_S)


def _asked(bench: Bench, name: str) -> tuple[float, Sequence[str]]:
    began = time.perf_counter()
    try:
        answer = bench.house.ask(name)
        said = [note for note in answer.notes if SKIPPED.search(note)] if isinstance(answer, Report) else []
    except ScoutError as error:
        said = [f"answered: {error}"]
    return time.perf_counter() - began, said
