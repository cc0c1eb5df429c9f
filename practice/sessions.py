"""Sessions that misbehave: they wait, sleep or sit in an open transaction until somebody ends them."""

import itertools
import select
import threading
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg


@dataclass
class Session:
    """A session that runs the statements of `script` one after another, then sits there in its open transaction.

    With `leaves` it rolls back and goes instead; with `repeats` it begins again, each statement a transaction of its own. Whoever
    terminates it, Scout included, ends it.
    """

    url: str
    application: str
    script: tuple[str, ...]
    leaves: bool = False
    repeats: bool = False
    options: str = ""
    _connection: psycopg.Connection | None = field(default=None, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    pid: int = field(default=0, init=False)

    def start(self) -> None:
        """Connect, and run the script in a thread of its own.

        Raises:
            psycopg.OperationalError: The database does not let it in.
        """
        self._connection = psycopg.connect(
            self.url,
            application_name=self.application,
            options=self.options,
            connect_timeout=5,
            autocommit=self.repeats,
        )
        self.pid = self._connection.info.backend_pid
        self._thread = threading.Thread(target=self._run, args=(self._connection,), name=self.application, daemon=True)
        self._thread.start()

    def settle(self, seconds: float = 10) -> None:
        """Wait until the script is through, for one that does not block."""
        if self._thread:
            self._thread.join(seconds)

    @property
    def is_alive(self) -> bool:
        """Whether the session still exists on the server, without asking the server."""
        if self._connection is None or self._connection.closed:
            return False
        if self._thread and self._thread.is_alive():
            return True
        # nothing is expected from the server any more: when there is something to read, it is the farewell
        readable, _, _ = select.select([self._connection.pgconn.socket], [], [], 0)
        return not readable

    def close(self) -> None:
        """Forget the session; the server must have ended its statement before."""
        self.settle()
        if self._connection and not (self._thread and self._thread.is_alive()):
            self._connection.close()

    def _run(self, connection: psycopg.Connection) -> None:
        try:
            for statement in itertools.cycle(self.script) if self.repeats else self.script:
                connection.execute(statement.encode())
        except psycopg.Error:
            connection.close()
        else:
            if self.leaves:
                with suppress(psycopg.Error):
                    connection.rollback()
                connection.close()


def end_all(sessions: list[Session], admin_url: str) -> None:
    """End sessions on the server and here; when the database is down they are gone already."""
    with suppress(psycopg.OperationalError), psycopg.connect(admin_url, autocommit=True, connect_timeout=5) as admin:
        for session in sessions:
            if session.is_alive:
                admin.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where pid = %s and application_name = %s",
                    (session.pid, session.application),
                )
    for session in sessions:
        session.close()
