"""What a command asks the database, kept so that it can be asked again without Scout around it."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg.rows import TupleRow

from bot.command import Limits
from bot.database import Watched
from bot.database.lines import SQL
from bot.database.questions import Batch, Question
from bot.store import Store
from practice.database import PracticeDatabase
from tests.bench.figure import Spread
from tests.integration.command_fixture import House

Plain = psycopg.Connection[TupleRow]
Timed = Callable[[], float]


class Recorded(Watched):
    """A database in Scout's care that remembers its questions; those of one round trip are one entry of `trips`."""

    def __init__(self, read_url: str, operate_url: str) -> None:
        super().__init__("scout", read_url, operate_url, "scout")
        self.trips: list[list[Question]] = []

    @contextmanager
    def together(self, limit_s: float | None = None) -> Generator[Batch]:
        """Ask as ever, and keep what was asked."""
        with super().together(limit_s) as batch:
            yield batch
        self.trips.append(list(batch.questions))


@dataclass(frozen=True)
class Bench:
    """A database, what was asked of it, and a house around it."""

    practice: PracticeDatabase
    database: Recorded
    house: House

    def trips(self, act: Callable[[], object]) -> list[list[Question]]:
        """The round trips that something needs, once the facts are known."""
        self.database.facts()
        before = len(self.database.trips)
        act()
        return self.database.trips[before:]

    def words(self, question: Question) -> bytes:
        """A question as it goes to the server, with placeholders for its values."""
        pgss = self.database.facts().pgss_schema or "public"
        return question.text({"schema": self.database.schema, "pgss": pgss})

    @contextmanager
    def line(self, url: str = "") -> Generator[Plain]:
        """A connection set up as Scout's own are, without Scout."""
        with psycopg.connect(url or self.practice.read_url, autocommit=True, prepare_threshold=None) as connection:
            connection.execute(SQL["session"].text.encode())
            yield connection

    def in_one_trip(self, connection: Plain, questions: Sequence[Question]) -> Timed:
        """All questions in one pipeline, until all rows are here."""
        ready = [(self.words(one), one.values) for one in questions]

        def ask() -> None:
            with connection.pipeline():
                cursors = [connection.execute(words, values) for words, values in ready]
            for cursor in cursors:
                cursor.fetchall()

        return timed(ask)


@contextmanager
def bench_of(practice: PracticeDatabase, folder: Path, url: str = "") -> Generator[Bench]:
    """A bench around a practice database, reached by its own address or by another way."""
    folder.mkdir(exist_ok=True)
    database = Recorded(url or practice.read_url, practice.operate_url)
    store = Store.open(f"sqlite:///{folder}/scout.sqlite3")
    try:
        yield Bench(practice, database, House(database, store, Limits()))
    finally:
        database.close()
        store.close()


def timed(act: Callable[[], object]) -> Timed:
    """The same act, saying how many milliseconds it took."""

    def clocked() -> float:
        began = time.perf_counter()
        act()
        return 1000 * (time.perf_counter() - began)

    return clocked


def processor_of(pid: int) -> float:
    """Milliseconds of processor time that a process has used."""
    used = psutil.Process(pid).cpu_times()
    return 1000 * (used.user + used.system)


def by_turns(rounds: int, *acts: Timed) -> list[Spread]:
    """Several acts turn by turn, so that a slow second of the machine strikes them alike; the first turn does not count."""
    turns = [[act() for act in acts] for _ in range(rounds + 1)][1:]
    return [Spread(values) for values in zip(*turns, strict=True)]
