"""The same question asked by others in the same run: psql, pg_activity, and single statements as a collector asks them."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from bot.sql import queries
from practice.database import PracticeDatabase
from practice.session_faults import LockQueue
from tests.bench.against_psql import psql, texts
from tests.bench.figure import Row, Section, Spread, times
from tests.bench.recorded import Bench, Plain, Timed, bench_of, by_turns, timed
from tests.bench.scale import Scale

SQL = queries(__file__)
PEER = ("pg_activity==3.6.2", "psycopg[binary]==3.3.3")
"""No part of Scout, and in none of its lock files: the whole bench installs it into a place of its own, once."""
HOME = Path(__file__).parents[2] / ".practice" / "peers" / PEER[0]
INSTALL_S = 300.0
QUESTIONS = (("active", "running"), ("blocked", "waiting blocking"))
"""Commands, and what pg_activity's screen asks for the same."""
HOW = """\
The questions while a lock queue stands, so that each has an answer; on connections of the reading role, by turns; medians. Scout's first figure is from
sending the statements of a command in one pipeline to having all rows, its second the whole answer, which judges, redacts and advises. psql stays
connected and is given the same statements; its figure is the sum of what `\\timing` says. {peer}, in an interpreter and
a place of its own, is asked by the functions that fill its screen, until the rows are Python objects. The single statements are {single} whole views, asked
one after another as a collector of the kind of pgmetrics does, without a lock queue, which the sizes of tables would stand behind; beside them
stands `health`, which asks all diagnoses."""


def measured(practice: PracticeDatabase, scale: Scale, folder: Path) -> Section:
    """A row for each question and each of the others."""
    with bench_of(practice, folder) as bench, bench.line() as plain:
        bench.house.tick()
        rows = [*_questions(bench, plain, scale), *_picture(bench, plain, scale)]
    return Section("Beside others", HOW.format(peer=PEER[0], single=len(SQL)), rows)


def _questions(bench: Bench, plain: Plain, scale: Scale) -> Iterable[Row]:
    fault = LockQueue(bench.practice)
    fault.start()
    try:
        with _peer(bench.practice.read_url, scale) as (ask_peer, absent):
            for name, theirs in QUESTIONS:
                yield from _question(bench, plain, scale, name, partial(ask_peer, theirs) if ask_peer else None)
            yield from [Row("pg_activity", "not measured", absent)] if absent else []
    finally:
        fault.undo()


def _question(bench: Bench, plain: Plain, scale: Scale, name: str, ask_peer: Timed | None) -> Sequence[Row]:
    asked = [one for trip in bench.trips(lambda: bench.house.ask(name)) for one in trip]
    with psql(bench.practice.read_url, texts(bench, asked, plain)) as ask_psql:
        whole = timed(lambda: bench.house.ask(name))
        acts = [bench.in_one_trip(plain, asked), whole, ask_psql, *([ask_peer] if ask_peer else [])]
        ours, answer, by_psql, *by_peer = by_turns(scale.rounds, *acts)
    what = f"`{name}`, {len(asked)} statements"
    others = [("psql", by_psql), *(("pg_activity", one) for one in by_peer)]
    return [row for other, found in others for row in _rows(what, name, ours, answer, (other, found.median))]


def _rows(what: str, name: str, ours: Spread, answer: Spread, other: tuple[str, float]) -> Sequence[Row]:
    return [
        times(f"{what}, to all rows", ours.median, other),
        times(f"`{name}`, the whole answer", answer.median, other),
    ]


def _picture(bench: Bench, plain: Plain, scale: Scale) -> Sequence[Row]:
    """The whole picture: all diagnoses beside whole views, one after another."""

    def one_by_one() -> None:
        for one in SQL.values():
            plain.execute(one.text.encode()).fetchall()

    asked = [one for trip in bench.trips(lambda: bench.house.ask("health")) for one in trip]
    ours, answer, single = by_turns(
        scale.rounds, bench.in_one_trip(plain, asked), timed(lambda: bench.house.ask("health")), timed(one_by_one)
    )
    return _rows(
        f"`health`, {len(asked)} statements", "health", ours, answer, (f"{len(SQL)} single statements", single.median)
    )


# --- pg_activity


@contextmanager
def _peer(url: str, scale: Scale) -> Generator[tuple[Callable[[str], float] | None, str]]:
    """What asks pg_activity, or why it cannot be asked here."""
    absent = _installed(scale)
    if absent:
        yield None, absent
        return
    words = [str(_python()), str(Path(__file__).with_name("peer_clock.py")), url]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as peer:
        if peer.stdin is None or peer.stdout is None:
            raise RuntimeError("pg_activity has no ears")
        yield partial(_said, peer.stdin, peer.stdout), ""
        peer.stdin.close()


def _said(ears: IO[str], mouth: IO[str], what: str) -> float:
    ears.write(f"{what}\n")
    ears.flush()
    milliseconds, number = mouth.readline().split()
    if not int(number):
        raise RuntimeError(f"pg_activity found nothing {what}, so that its figure means nothing")
    return float(milliseconds)


def _python() -> Path:
    return HOME / "bin" / "python"


def _installed(scale: Scale) -> str:
    """Why it is not there; empty when it is."""
    if (HOME / "done").exists():
        return ""
    if not scale.is_whole:
        return "it is not installed, and only the whole bench installs it"
    for words in (
        [sys.executable, "-m", "venv", "--clear", str(HOME)],
        [str(_python()), "-m", "pip", "install", "--quiet", *PEER],
    ):
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=INSTALL_S)
        if done.returncode:
            shutil.rmtree(HOME, ignore_errors=True)
            return f"it could not be installed: {(done.stderr.strip().splitlines() or ['no reason was given'])[-1]}"
    (HOME / "done").touch()
    return ""
