"""The admin console of pgbouncer: a few orders and its SHOW tables.

The console speaks only the simple protocol and knows no transaction, hence the client-side cursor and autocommit.
"""

import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

from bot.errors import BadInput, Unavailable
from bot.redact import scrub

_ORDER = re.compile(r"(?:RECONNECT|PAUSE|RESUME)(?: [A-Za-z_][A-Za-z0-9_-]{0,62})?")
_SHOW = re.compile(r"SHOW [A-Z_]+")

CONNECT_SECONDS = 2
SILENCE_MS = 10_000


class Pooler:
    """A pgbouncer by the address of its admin console, as `postgresql://admin:…@host:6432/pgbouncer`."""

    def __init__(self, admin_url: str) -> None:
        self._url = admin_url

    def order(self, order: str) -> list[str]:
        """Give one of the allowed orders: RECONNECT, PAUSE or RESUME, with a database; returns the console's notices.

        Raises:
            BadInput: the order is not one of them.
            Unavailable: the console does not answer or refuses.
        """
        if _ORDER.fullmatch(order) is None:
            raise BadInput("The pooler takes RECONNECT, PAUSE and RESUME, each with the name of a database.")
        notices: list[str] = []
        with self._console() as console:
            console.add_notice_handler(lambda notice: notices.append(scrub(notice.message_primary or "")))
            _say(console, order)
        return notices

    def rows(self, show: str) -> list[dict[str, Any]]:
        """The rows of a SHOW, as `SHOW POOLS`; the columns are those of pgbouncer's version.

        Raises:
            BadInput: it is not a SHOW.
            Unavailable: the console does not answer or refuses.
        """
        (rows,) = self.tables([show])
        return rows

    def tables(self, shows: Sequence[str]) -> list[list[dict[str, Any]]]:
        """The rows of some SHOW orders on one connection, in their order.

        Raises:
            BadInput: one is not a SHOW.
            Unavailable: the console does not answer or refuses.
        """
        if not all(_SHOW.fullmatch(show) for show in shows):
            raise BadInput("The pooler is only asked with SHOW and one word.")
        with self._console() as console:
            return [_say(console, show) for show in shows]

    @contextmanager
    def _console(self) -> Generator[psycopg.Connection]:
        try:
            console = psycopg.connect(
                self._url,
                autocommit=True,
                prepare_threshold=None,
                cursor_factory=psycopg.ClientCursor,
                connect_timeout=CONNECT_SECONDS,
                tcp_user_timeout=SILENCE_MS,
            )
        except psycopg.Error:
            raise Unavailable(
                "The pooler's console does not answer. Check that pgbouncer runs, and the address and login in SCOUT_POOLER_URL."
            ) from None
        with console:
            yield console


def _say(console: psycopg.Connection, words: str) -> list[dict[str, Any]]:
    try:
        cursor = console.cursor(row_factory=dict_row)
        cursor.execute(words.encode())
        return cursor.fetchall() if cursor.description else []
    except psycopg.Error as error:
        raise Unavailable(f"The pooler refused {words}: {scrub(error.diag.message_primary or str(error))}") from None
