"""One connection of the operator that is already open when the last slot of the server is taken."""

import threading
from contextlib import suppress

import psycopg

from bot.database.lines import Connection, connect
from bot.sql import queries

SQL = queries(__file__)
RESTING = "scout ready"


class Reserve:
    """Hands out connections of the operator; the one that was kept first."""

    def __init__(self, url: str, connect_timeout_s: int) -> None:
        self._url = url
        self._connect_timeout_s = connect_timeout_s
        self._kept: Connection | None = None
        self._lock = threading.Lock()

    def keep(self) -> None:
        """Open the connection that is kept, unless it is there and alive."""
        connection = self._alive(RESTING) or self._connect(RESTING)
        self._rest(connection)

    def take(self, application_name: str) -> Connection:
        """An open connection under a name."""
        return self._alive(application_name) or self._connect(application_name)

    def give(self, connection: Connection) -> None:
        """Take a connection back, as if it were new; one in an unknown state is closed."""
        try:
            connection.execute(SQL["as_new"].text.encode())
            connection.execute(SQL["named"].text.encode(), {"application_name": RESTING})
        except psycopg.Error:
            connection.close()
            return
        self._rest(connection)

    def close(self) -> None:
        """Hang up."""
        kept = self._out()
        if kept is not None:
            kept.close()

    def _connect(self, application_name: str) -> Connection:
        return connect(self._url, self._connect_timeout_s, application_name)

    def _alive(self, application_name: str) -> Connection | None:
        kept = self._out()
        if kept is None:
            return None
        with suppress(psycopg.OperationalError):
            kept.execute(SQL["named"].text.encode(), {"application_name": application_name})
            return kept
        kept.close()
        return None

    def _out(self) -> Connection | None:
        with self._lock:
            kept, self._kept = self._kept, None
            return kept

    def _rest(self, connection: Connection) -> None:
        """Keep one, close what is too many."""
        with self._lock:
            surplus, self._kept = self._kept, connection
        if surplus is not None:
            surplus.close()
