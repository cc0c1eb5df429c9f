"""Every statement of every command on a large database, one by one, and the round trips of `status` and of the watch."""

from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import commands
from bot.database.questions import Question
from bot.errors import ScoutError
from bot.sql import Statement
from practice.database import PracticeDatabase
from tests.bench.figure import Row, Section, below, shown
from tests.bench.large import census
from tests.bench.recorded import Bench, bench_of, by_turns, processor_of, timed
from tests.bench.scale import Scale

MOST_MS = 300
MOST_AT_ONCE_MS = 50
WARM = 5
HOW = """\
The practice database with {tables:,} tables, {indexes:,} indexes and {statements:,} statements in pg_stat_statements. Each statement that a command
asks with its defaults (and the tick of the watch), alone on loopback until all rows are here: the first time on a new connection, whose catalog
caches are empty, and the median of {warm} more. Database time of `status` and of the tick: all their statements in one pipeline, median of {rounds}.
A statement's first row is the slower of the two and is what the target is for."""


def measured(practice: PracticeDatabase, scale: Scale, folder: Path) -> Section:
    """A row for each statement, the slowest first."""
    with bench_of(practice, folder) as bench:
        bench.house.tick()
        tick = [one for trip in bench.trips(bench.house.tick) for one in trip]
        status = [one for trip in bench.trips(lambda: bench.house.ask("status")) for one in trip]
        asked = {one.statement.name: one for one in [*tick, *_everything(bench)]}
        rows = [
            _at_once(bench, "database time of `status`", status, scale.rounds),
            _at_once(bench, "database time of the watch's tick", tick, scale.rounds),
            *sorted((_one(bench, one) for one in asked.values()), key=lambda row: row.what),
            *_not_asked(set(asked)),
        ]
    how = HOW.format(**census(practice), warm=WARM, rounds=scale.rounds)
    return Section("Every statement on a large database", how, rows)


def _everything(bench: Bench) -> Iterable[Question]:
    """What all commands ask, those that propose included; one that refuses has asked nevertheless."""
    for command in bench.house.registry.commands:
        for trip in bench.trips(lambda name=command.name: _ask(bench, name)):
            yield from trip


def _ask(bench: Bench, text: str) -> None:
    with suppress(ScoutError):
        bench.house.ask(text)


def _at_once(bench: Bench, what: str, questions: list[Question], rounds: int) -> Row:
    with bench.line() as plain:
        before = processor_of(plain.info.backend_pid)
        (spent,) = by_turns(rounds, bench.in_one_trip(plain, questions))
        processor = (processor_of(plain.info.backend_pid) - before) / (rounds + 1)
    said = f"the server's processor: {shown(processor)} ms"
    return below(f"{what}, {len(questions)} statements", spent.median, MOST_AT_ONCE_MS, "ms", said)


def _one(bench: Bench, question: Question) -> Row:
    words = bench.words(question)
    with bench.line() as plain:
        ask = timed(lambda: plain.execute(words, question.values).fetchall())
        first = ask()
        (warm,) = by_turns(WARM, ask)
    slower = max(first, warm.median)
    return Row(
        f"`{question.statement.name}`",
        f"{shown(first)} / {shown(warm.median)} ms",
        "first / warm",
        "",
        f"< {MOST_MS} ms",
        slower < MOST_MS,
    )


def _not_asked(asked: set[str]) -> Iterable[Row]:
    """The statements that no command asked with its defaults here."""
    rest = sorted({one.name for one in _statements()} - asked)
    return [Row("not asked with the defaults", ", ".join(f"`{name}`" for name in rest))] if rest else []


def _statements() -> Iterable[Statement]:
    for info in iter_modules(commands.__path__):
        module = import_module(f"commands.{info.name}")
        yield from getattr(module, "SQL", {}).values()
