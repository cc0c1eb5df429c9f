"""Open connections to one database: few, kept open, and quick to say that it is down.

The pool of psycopg_pool hides why connecting failed and opens in the background; here the asker gets the reason at once.
"""

import threading
import time
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from psycopg.types.numeric import FloatLoader

from bot.database.refusal import is_crowded
from bot.errors import Unavailable
from bot.sql import queries

Connection = psycopg.Connection[TupleRow]

DOWN_SECONDS = 1.0
"""For how long a failure to connect is remembered, so that twenty waiting commands do not each wait for it."""
PATIENCE_SECONDS = 5.0
"""For how long an asker waits for one of the lines."""
IDLE_SECONDS = 60.0

# A dead host is noticed though it never says goodbye.
KEEPALIVES = {"keepalives_idle": 10, "keepalives_interval": 3, "keepalives_count": 3, "tcp_user_timeout": 10_000}

SQL = queries(__file__)


@dataclass
class Line:
    """An open connection and since when it has nothing to do, in seconds of the monotonic clock."""

    connection: Connection
    idle_since: float = 0.0
    used: bool = False


def connect(url: str, timeout_s: int, application_name: str) -> Connection:
    """Open a connection that commits by itself and prepares nothing, so that a pooler between does no harm."""
    described = make_conninfo(url, connect_timeout=timeout_s, application_name=application_name, **KEEPALIVES)
    return psycopg.connect(described, autocommit=True, prepare_threshold=None)


@dataclass
class Lines:
    """At most `most` connections for reading; the last one is never closed while idle.

    It answers when every other slot of the server is taken.
    """

    url: str = field(repr=False)
    connect_timeout_s: int = 2
    most: int = 4
    epoch: int = 0
    """Counts the times that all connections were lost."""
    _free: deque[Line] = field(default_factory=deque[Line])
    _open: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _failure: tuple[float, psycopg.OperationalError] | None = None
    _closed: bool = False

    @contextmanager
    def line(self) -> Generator[Line]:
        """Borrow a line; one that is broken afterwards is thrown away."""
        line = self._take()
        try:
            yield line
        finally:
            self._give(line)

    def drop_free(self) -> None:
        """Close the lines that nobody uses: after one was found dead, the others are not better."""
        with self._changed:
            dead, self._free = list(self._free), deque()
            self._open -= len(dead)
            self.epoch += 1
            self._changed.notify_all()
        for line in dead:
            line.connection.close()

    def close(self) -> None:
        """Close everything; lines in use are closed when they come back."""
        self._closed = True
        self.drop_free()

    # --- borrowing

    def _take(self) -> Line:
        deadline = time.monotonic() + PATIENCE_SECONDS
        line = self._free_or_place(deadline)
        if line is not None:
            return line
        try:
            return self._new_line()
        except psycopg.OperationalError as error:
            if not is_crowded(error) or not self._leave_place():
                raise
            return self._wait_for_free(deadline, error)

    def _free_or_place(self, deadline: float) -> Line | None:
        """A line, or None for the right to open one."""
        with self._changed:
            while not self._free:
                if self._open < self.most:
                    self._open += 1
                    return None
                if not self._changed.wait(deadline - time.monotonic()):
                    raise Unavailable("Scout is already waiting for too many answers. Ask again in a few seconds.")
            return self._free.pop()

    def _leave_place(self) -> bool:
        """Whether other lines are open, that may come back."""
        with self._changed:
            return self._open > 0

    def _wait_for_free(self, deadline: float, error: psycopg.OperationalError) -> Line:
        with self._changed:
            while not self._free:
                if self._open == 0 or not self._changed.wait(deadline - time.monotonic()):
                    raise error
            return self._free.pop()

    def _new_line(self) -> Line:
        try:
            self._raise_remembered()
            return Line(self._connect())
        except BaseException:
            with self._changed:
                self._open -= 1
                self._changed.notify_all()
            raise

    def _raise_remembered(self) -> None:
        failure = self._failure
        if failure is not None and time.monotonic() < failure[0] + DOWN_SECONDS:
            raise type(failure[1])(str(failure[1]))

    def _connect(self) -> Connection:
        try:
            connection = connect(self.url, self.connect_timeout_s, "scout")
            connection.execute(SQL["session"].text.encode())
        except psycopg.OperationalError as error:
            self._failure = time.monotonic(), error
            raise
        self._failure = None
        connection.adapters.register_loader("numeric", FloatLoader)
        return connection

    # --- giving back

    def _give(self, line: Line) -> None:
        line.used, line.idle_since = True, time.monotonic()
        with self._changed:
            if self._closed or line.connection.closed or not _is_idle(line.connection):
                self._open -= 1
                stale = [line]
            else:
                self._free.append(line)
                stale = self._too_old(line.idle_since - IDLE_SECONDS)
            self._changed.notify()
        for old in stale:
            old.connection.close()

    def _too_old(self, since: float) -> list[Line]:
        stale: list[Line] = []
        while len(self._free) > 1 and self._free[0].idle_since < since:
            stale.append(self._free.popleft())
        self._open -= len(stale)
        return stale


@contextmanager
def limited(connection: Connection, limit_s: float | None) -> Generator[None]:
    """Let the server work on each statement of a block for so many seconds, and after it as long as always."""
    if limit_s is None:
        yield
        return
    connection.execute(SQL["limit"].text.encode(), {"limit": f"{round(limit_s * 1000)}ms"})
    try:
        yield
    except BaseException:
        connection.close()  # with the limit still on it, it would be of no use to anybody else
        raise
    if not connection.closed:
        connection.execute(SQL["no_limit"].text.encode())


def _is_idle(connection: Connection) -> bool:
    return connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
