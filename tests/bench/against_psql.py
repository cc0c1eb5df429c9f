"""What Scout adds to the work of the database: the same statements, asked by psql."""

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg

from bot.database.lines import SESSION
from bot.database.questions import Question
from practice.database import PracticeDatabase
from practice.installation import find_installation
from tests.bench.figure import Row, Section, Spread, shown, times
from tests.bench.recorded import Bench, bench_of, by_turns, timed
from tests.bench.scale import Scale

MOST = 1.2
HOW = """\
The statements of `status` on loopback, with the values written into the text, in a file for `psql -f`, once a round; psql's figure is the sum
of what `\\timing` says for each statement, which is the time from sending it to having its rows, without starting and connecting.
Scout's database time is from sending the statements in one pipeline to having all rows, on the connection settings that Scout has. By turns; medians.
The whole answer adds reading the rows into models, the store's last samples, judging and writing the report: work that psql does not do."""


def measured(practice: PracticeDatabase, scale: Scale, folder: Path) -> Section:
    """`status` beside psql."""
    with bench_of(practice, folder) as bench, bench.line() as plain:
        bench.house.tick()
        questions = [one for trip in bench.trips(lambda: bench.house.ask("status")) for one in trip]
        ask_psql = _psql(practice.read_url, _script(bench, questions, plain, folder, scale.rounds))
        asked = [
            (by_turns(scale.rounds, bench.in_one_trip(plain, questions), timed(lambda: bench.house.ask("status"))), ask_psql())
            for _ in range(3)
        ]  # fmt: skip
    psql = ("psql", Spread([value for _, values in asked for value in values]).median)
    database, whole = (Spread([value for spreads, _ in asked for value in spreads[place].values]) for place in (0, 1))
    return Section(
        "Beside psql",
        HOW,
        [
            times(f"database time of `status`, {len(questions)} statements", database.median, psql, MOST),
            times("the whole answer", whole.median, psql),
            _startup(practice.read_url, folder),
        ],
    )


def _script(bench: Bench, questions: Sequence[Question], plain: psycopg.Connection, folder: Path, rounds: int) -> Path:
    cursor = psycopg.ClientCursor(plain)
    texts = [cursor.mogrify(bench.words(one), one.values) for one in questions]
    lines = [SESSION, "\\pset pager off", *[f"{text};" for text in texts], "\\timing on"]
    lines += [f"{text};" for _ in range(rounds) for text in texts]
    script = folder / "status.sql"
    script.write_text("\n".join(lines), encoding="utf-8")
    return script


def _psql(url: str, script: Path) -> Callable[[], list[float]]:
    """One psql that goes through the file; the milliseconds of each round."""

    def ask() -> list[float]:
        text = script.read_text(encoding="utf-8").partition("\\timing on")[0]
        statements = text.count(";\n") - SESSION.count(";\n")
        said = subprocess.run(
            [_program(), "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", script],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        found = [float(value) for value in re.findall(r"^Time: ([\d.]+) ms", said, re.MULTILINE)]
        return [sum(found[start : start + statements]) for start in range(0, len(found), statements)]

    return ask


def _startup(url: str, folder: Path) -> Row:
    one = folder / "one.sql"
    one.write_text("select 1;\n", encoding="utf-8")
    (spent,) = by_turns(3, timed(_psql(url, one)))
    return Row("what a person waits for psql to start and connect", f"{shown(spent.median)} ms")


def _program() -> str:
    """The psql of the server itself, else the one that is installed."""
    own = find_installation().programs / "psql"
    found = str(own) if own.exists() else shutil.which("psql")
    if found is None:
        raise RuntimeError("There is no psql on this machine.")
    return found
