"""What Scout adds to the work of the database: the same statements, asked by psql."""

import re
import shutil
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

import psycopg

from bot.database.lines import SQL
from bot.database.questions import Question
from practice.database import PracticeDatabase
from practice.installation import find_installation
from tests.bench.figure import Section, times
from tests.bench.recorded import Bench, Plain, Timed, bench_of, by_turns, processor_of, timed
from tests.bench.scale import Scale

MOST = 1.2
OVER = "-- the round is over --"
TIME = re.compile(r"Time: ([\d.]+) ms")
HOW = """\
The statements of `status` on loopback, with the values written into the text, given to a psql that stays connected; its figure is the sum of
what `\\timing` says for each statement: from sending it to having its rows, without what a person waits for psql to start.
Scout's database time is from sending the statements in one pipeline to having all rows. Both on connections with Scout's settings, by turns; medians.
The whole answer adds reading the rows into models, the store's last samples, judging and writing the report: work that psql does not do."""


def measured(practice: PracticeDatabase, scale: Scale, folder: Path) -> Section:
    """`status` beside psql."""
    with bench_of(practice, folder) as bench, bench.line() as plain:
        bench.house.tick()
        questions = [one for trip in bench.trips(lambda: bench.house.ask("status")) for one in trip]
        with psql(practice.read_url, texts(bench, questions, plain)) as ask_psql:
            sessions = plain.info.backend_pid, _backend(ask_psql, plain)
            before = [processor_of(pid) for pid in sessions]
            database, by_psql, whole = by_turns(
                2 * scale.rounds,
                bench.in_one_trip(plain, questions),
                ask_psql,
                timed(lambda: bench.house.ask("status")),
            )
            ours, theirs = (
                (processor_of(pid) - used) / (2 * scale.rounds + 1) for pid, used in zip(sessions, before, strict=True)
            )
    rows = [
        times(
            f"database time of `status`, {len(questions)} statements", database.median, ("psql", by_psql.median), MOST
        ),
        times("the server's processor for it", ours, ("psql", theirs)),
        times("the whole answer", whole.median, ("psql", by_psql.median)),
    ]
    return Section("Beside psql", HOW, rows)


def _backend(ask_psql: Timed, plain: Plain) -> int:
    """The server's process that works for psql, once it has asked something."""
    ask_psql()
    row = plain.execute("select pid from pg_stat_activity where application_name = 'psql'").fetchone()
    return int(row[0]) if row else 0


def texts(bench: Bench, questions: Sequence[Question], plain: psycopg.Connection) -> str:
    """Questions as a person would type them, with the values in them."""
    cursor = psycopg.ClientCursor(plain)
    return "".join(f"{cursor.mogrify(bench.words(one), one.values)};\n" for one in questions)


@contextmanager
def psql(url: str, asked: str) -> Generator[Timed]:
    """A psql that stays connected; each call sends it the statements and sums up the milliseconds that it says."""
    words = [_program(), "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", "-"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as there:
        if there.stdin is None or there.stdout is None:
            raise RuntimeError("psql has no ears")
        there.stdin.write(f"{SQL['session'].text};\n\\timing on\n")
        yield partial(_round, there.stdin, there.stdout, asked)
        there.stdin.close()


def _round(ears: IO[str], mouth: IO[str], asked: str) -> float:
    ears.write(f"{asked}\\echo {OVER}\n")
    ears.flush()
    spent = 0.0
    while (line := mouth.readline()).strip() != OVER:
        if not line:
            raise RuntimeError("psql ended in the middle")
        spent += float(found[1]) if (found := TIME.match(line)) else 0.0
    return spent


def _program() -> str:
    """The psql of the server itself, else the one that is installed."""
    own = find_installation().programs / "psql"
    found = str(own) if own.exists() else shutil.which("psql")
    if found is None:
        raise RuntimeError("There is no psql on this machine.")
    return found
