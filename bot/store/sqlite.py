"""The store in an SQLite file: one writer at a time, readers beside it, and one process that runs Scout."""

import fcntl
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Generator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, ClassVar

from bot.errors import Unavailable
from bot.sql import Statement, queries
from bot.store.engine import GONE, Row, Value, bind, in_colons, in_time, turn

SQL = queries(__file__)
_PATIENCE_S = 5
_PRAGMAS = (SQL["write_ahead"], SQL["durable"], SQL["references"])


@contextmanager
def _understood() -> Generator[None]:
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise  # a bug of ours, not a store that is gone
    except (sqlite3.DatabaseError, OSError) as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
            raise  # a statement that cannot be right: a bug as well
        raise Unavailable(GONE) from error


@dataclass(frozen=True)
class SqliteSession:
    """Statements on one connection; the clock is this machine's, read once."""

    connection: sqlite3.Connection
    at: datetime

    def rows(self, statement: Statement, **values: Value) -> list[Row]:
        """Run one statement and fetch what it returns."""
        text, bound = bind(statement, values)
        return self.connection.execute(in_colons(text), bound).fetchall()

    def now(self) -> datetime:
        """The store's clock."""
        return self.at


@dataclass(frozen=True, eq=False)
class _Order:
    statement: Statement
    values: Mapping[str, Value]
    answer: "Future[list[Row]]"


class Sqlite:
    """An engine on one file."""

    dialect: ClassVar[str] = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._readers: list[sqlite3.Connection] = []
        self._closed = False
        self._orders: deque[_Order] = deque()
        self._turn = threading.Lock()
        self._shelf = threading.Lock()
        self._owner: IO[str] | None = None
        try:
            _create(path)
            self._writer = self._connect()
        except (sqlite3.Error, OSError) as error:
            raise Unavailable(f"Scout's own store {path} cannot be opened: {error}.") from error

    def now(self) -> datetime:
        """The machine's clock."""
        return datetime.now(UTC)

    def ask(self, statement: Statement, **values: Value) -> list[Row]:
        """Read on a connection that no other thread uses meanwhile."""
        with _understood(), self._reader() as connection:
            return SqliteSession(connection, self.now()).rows(statement, **values)

    def tell(self, statement: Statement, **values: Value) -> list[Row]:
        """Write with one statement; those of all waiting threads go to the disk together, in one transaction."""
        order = _Order(statement, values, Future())
        self._orders.append(order)
        self._work_off()
        return in_time(order.answer)

    def _work_off(self) -> None:
        """Carry out what waits, unless another thread has the turn: that one looks again after it has let go.

        Nobody waits for a turn only to find the work done: those who did would write one row each while the others stand in line.
        """
        while self._orders and self._turn.acquire(blocking=False):
            try:
                self._carry_out(_taken(self._orders))
            finally:
                self._turn.release()

    @contextmanager
    def changing(self) -> Generator[SqliteSession]:
        """One write transaction; threads wait for their turn here instead of polling the file's lock."""
        try:
            with turn(self._turn), self._transaction() as session:
                yield session
        finally:
            self._work_off()

    def _carry_out(self, orders: list["_Order"]) -> None:
        if not orders:
            return
        try:
            with self._transaction() as session:
                answers = [session.rows(order.statement, **order.values) for order in orders]
        except Exception as error:  # noqa: BLE001 - it is raised again in the thread that gave the order
            self._one_by_one(orders, error)
            return
        for order, answer in zip(orders, answers, strict=True):
            order.answer.set_result(answer)

    def _one_by_one(self, orders: list["_Order"], error: Exception) -> None:
        """Nobody's order fails because of somebody else's."""
        if len(orders) == 1:
            orders[0].answer.set_exception(error)
            return
        for order in orders:
            self._carry_out([order])

    @contextmanager
    def _transaction(self) -> Generator[SqliteSession]:
        with _understood():
            self._refuse_when_closed()
            self._writer.execute(SQL["begin"].text)
            try:
                yield SqliteSession(self._writer, self.now())
                self._writer.execute(SQL["commit"].text)
            except BaseException:
                if self._writer.in_transaction:  # a full disk has rolled back already
                    self._writer.execute(SQL["rollback"].text)
                raise

    def claim(self) -> bool:
        """Lock the file beside the store; the operating system lets go of it when this process ends, however it ends."""
        if self._owner is not None:
            return True
        owner = self._path.with_name(f"{self._path.name}.lock").open("w")
        try:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner.close()
            raise Unavailable(
                f"Another Scout uses this store ({self._path.name}); stop it first, or keep the store in PostgreSQL."
            ) from error
        self._owner = owner
        return True

    def close(self) -> None:
        """Wait for the change that is under way, then close."""
        with self._turn, self._shelf:
            self._closed = True
            while self._readers:
                self._readers.pop().close()
            self._writer.close()  # the last one, it folds the write-ahead log into the file
            if self._owner is not None:
                self._owner.close()
        self._work_off()  # who came too late is told so now

    @contextmanager
    def _reader(self) -> Generator[sqlite3.Connection]:
        self._refuse_when_closed()
        try:
            connection = self._readers.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
        finally:
            self._give_back(connection)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._shelf:
            if self._closed:
                connection.close()
            else:
                self._readers.append(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False)
        connection.row_factory = _as_dict
        try:
            for pragma in _PRAGMAS:
                connection.execute(pragma.text)
        except BaseException:
            connection.close()
            raise
        return connection

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise Unavailable("Scout is stopping; its store is closed.")


def _create(path: Path) -> None:
    """Make the file for nobody else's eyes, unless it is there.

    One that is there must not be opened here: closing it would drop every lock that SQLite holds on it for this process, and
    the next process to leave would take itself for the last and delete the write-ahead log under everybody else.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _as_dict(cursor: sqlite3.Cursor, row: tuple[object, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


def _taken(orders: deque[_Order]) -> list[_Order]:
    taken = [orders.popleft() for _ in range(len(orders))]
    return [order for order in taken if order.answer.set_running_or_notify_cancel()]
