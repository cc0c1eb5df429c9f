"""The store in PostgreSQL, shared by several replicas, perhaps behind a pooler: nothing here lives longer than a transaction."""

import threading
import weakref
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import psycopg
from psycopg import Connection, errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from bot.errors import BadInput, Unavailable
from bot.sql import Statement, queries
from bot.store.engine import GONE, Row, Value, as_moment, bind, turn

SQL = queries(__file__)
_POOL_SIZE = 10
_PATIENCE_S = 2.5  # below the three seconds in which the chat wants its acknowledgement
_GIVE_UP_S = 2  # a failed reconnection is left to the next who asks, so that the pool's pauses never grow long
_GONE = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    errors.ReadOnlySqlTransaction,  # the server has become a replica
    errors.IdleInTransactionSessionTimeout,  # this process was asleep in the middle of a change
)
_CONNECTION: Mapping[str, Any] = {
    "autocommit": True,
    "prepare_threshold": None,  # a pooler in transaction mode gives every transaction another session
    "row_factory": dict_row,
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "application_name": "scout store",
}


@contextmanager
def _understood() -> Generator[None]:
    try:
        yield
    except _GONE as error:
        raise Unavailable(GONE) from error


@dataclass(frozen=True)
class PostgresSession:
    """Statements in one transaction; the clock is the server's, read once it was this transaction's turn."""

    connection: Connection[Row]
    at: datetime

    def rows(self, statement: Statement, **values: Value) -> list[Row]:
        """Run one statement and fetch what it returns."""
        return _rows(self.connection, statement, values)

    def now(self) -> datetime:
        """The store's clock."""
        return self.at


class Postgres:
    """An engine on one database."""

    dialect: ClassVar[str] = "postgres"

    def __init__(self, url: str) -> None:
        _try(url)
        self._turn = threading.Lock()
        self._pool: ConnectionPool[Connection[Row]] = ConnectionPool(
            url,
            connection_class=Connection[Row],
            kwargs=dict(_CONNECTION),
            min_size=1,
            max_size=_POOL_SIZE,
            timeout=_PATIENCE_S,
            reconnect_timeout=_GIVE_UP_S,
            check=_refuse_dead,
            name="store",
            open=True,
        )
        # A process that ends without `close` does not wait for the pool's threads, which from Python 3.13 on cannot be stopped that late.
        self._end = weakref.finalize(self, self._pool.close)

    def now(self) -> datetime:
        """The server's clock, which all replicas share."""
        return as_moment(self.ask(SQL["now"])[0]["now"])

    def ask(self, statement: Statement, **values: Value) -> list[Row]:
        """Read with one statement."""
        with _understood(), self._pool.connection() as connection:
            return _rows(connection, statement, values)

    def tell(self, statement: Statement, **values: Value) -> list[Row]:
        """Write with one statement; it does not wait for changes under way unless they touch the same rows."""
        return self.ask(statement, **values)

    @contextmanager
    def changing(self) -> Generator[PostgresSession]:
        """One write transaction; the changes of all replicas run one after another, as they do on SQLite."""
        with turn(self._turn), _understood(), self._pool.connection() as connection, connection.transaction():
            yield PostgresSession(connection, _begin(connection))

    def claim(self) -> bool:
        """Several replicas may share the store."""
        return False

    def close(self) -> None:
        """Close the connections; one that is at work is closed when it is given back."""
        self._end()


def _refuse_dead(connection: Connection[Row]) -> None:
    """One empty round trip; a connection that fails it is replaced, so a server that was restarted is not noticed."""
    connection.execute(b"")


def _begin(connection: Connection[Row]) -> datetime:
    """Wait for this transaction's turn, in one round trip; the answer is in the last of its results."""
    cursor = connection.execute(SQL["begin"].text.encode())
    while cursor.nextset():
        pass
    (row,) = cursor.fetchall()
    return as_moment(row["now"])


def _rows(connection: Connection[Row], statement: Statement, values: Mapping[str, Value]) -> list[Row]:
    text, bound = bind(statement, values)
    cursor = connection.execute(text.encode(), bound)
    return cursor.fetchall() if cursor.description else []


def _try(url: str) -> None:
    """Connect once, so that a wrong address is told with its reason and not as a pool that stays empty."""
    try:
        known = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise BadInput(
            "The store's address is not a valid postgresql:// address."
        ) from None  # its text holds the address
    try:
        psycopg.connect(url, **_CONNECTION).close()
    except psycopg.OperationalError as error:
        place = f"{known.get('host', 'localhost')}:{known.get('port', 5432)}/{known.get('dbname', '')}"
        raise Unavailable(f"Scout's own store at {place} cannot be reached: {_reason(error)}.") from error


def _reason(error: psycopg.OperationalError) -> str:
    """What the server said, or that it said nothing; the driver's own words can hold more of the address."""
    _, fatal, said = str(error).partition("FATAL:")
    return said.strip().splitlines()[0].rstrip(".") if fatal else "nobody answers there"
