"""The admin console of pgbouncer: a few orders and its SHOW tables.

The console speaks only the simple protocol and knows no transaction, hence the client-side cursor and autocommit.
"""

import re
import select
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

from bot.command import Pause
from bot.command import Pooler as Order
from bot.errors import BadInput, ScoutError, StepFailed, Unavailable
from bot.redact import scrub

_ORDER = re.compile(r'(?:RECONNECT|PAUSE|RESUME)(?: "(?:[^"\x00-\x1f]|""){1,126}")?')
_SHOW = re.compile(r"SHOW [A-Z_]+")

CONNECT_SECONDS = 2
SILENCE_MS = 10_000
LOOK_SECONDS = 0.5
RESUME_SECONDS = 10.0
"""For how long a pause that is over is tried to be ended, before that is left to whoever looks after lost runs."""


class LeftPaused(Exception):
    """The pooler may still be paused and does not answer: the run stays open, so that it is resumed as soon as it does."""


class Pooler:
    """A pgbouncer by the address of its admin console, as `postgresql://admin:…@host:6432/pgbouncer`."""

    def __init__(self, admin_url: str, resume_seconds: float = RESUME_SECONDS) -> None:
        self._url = admin_url
        self._resume_seconds = resume_seconds

    def order(self, order: str) -> list[str]:
        """Give one of the allowed orders: RECONNECT, PAUSE or RESUME, with a database; returns the console's notices.

        Raises:
            BadInput: the order is not one of them.
            Unavailable: the console does not answer or refuses.
        """
        if _ORDER.fullmatch(order) is None:
            raise BadInput("The pooler takes RECONNECT, PAUSE and RESUME, each with the quoted name of a database.")
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

    # --- pausing

    def pause(self, order: Pause, stopped: threading.Event, tell: Callable[[str], None]) -> str:
        """Pause a database, hold that for as long as was asked or until `stopped`, and resume it whatever happens.

        Raises:
            StepFailed: open transactions did not end in time, or the console refused; the database was resumed.
            LeftPaused: the console does not answer, so that it could not be resumed.
        """
        try:
            self._pause(order, stopped)
            return self._hold(order, stopped, tell)
        finally:
            self._resume_at_last(order.database)

    def resume(self, database: str) -> bool:
        """End a pause; false when there is none.

        Raises:
            Unavailable: the console does not answer or refuses.
        """
        if not self._is_paused(database):
            return False
        with self._console() as console:
            _say(console, Order.about("RESUME", database).order)
        return True

    def answers(self, database: str, seconds: float, stopped: threading.Event) -> str:
        """Ask until the console answers and the database is served, neither paused nor disabled; what it said.

        Raises:
            StepFailed: it did not within so many seconds.
        """
        until = time.monotonic() + seconds
        while True:
            well, said = self._health(database)
            if well:
                return said
            if time.monotonic() > until or stopped.wait(LOOK_SECONDS):
                raise StepFailed(f"Not well after {seconds:.0f} s: {said}")

    def _health(self, database: str) -> tuple[bool, str]:
        try:
            version, served, pools = self.tables(["SHOW VERSION", "SHOW DATABASES", "SHOW POOLS"])
        except ScoutError as error:
            return False, str(error)
        found = next((one for one in served if one["name"] == database), None)
        if found is None or found["paused"] or found.get("disabled"):
            return False, f"{database} is {'not served' if found is None else 'paused or disabled'}."
        waiting = sum(int(one["cl_waiting"]) for one in pools if one["database"] == database)
        return True, f"{version[0]['version']} answers and serves {database}; {waiting} clients wait"

    def _pause(self, order: Pause, stopped: threading.Event) -> None:
        """Ask for the pause and wait until the last transaction has ended; the console says nothing before that."""
        until = time.monotonic() + order.patience_s
        with self._console() as console, closing(console):  # closed at once: it may be in the middle of the order
            console.pgconn.send_query(Order.about("PAUSE", order.database).order.encode())
            while console.pgconn.is_busy():
                _refuse_to_wait(order, until, stopped)
                _hear(console)
            answer = console.pgconn.get_result()
            if answer is not None and answer.error_message:
                raise StepFailed(f"The pooler refused PAUSE: {scrub(answer.error_message.decode(errors='replace'))}")

    def _hold(self, order: Pause, stopped: threading.Event, tell: Callable[[str], None]) -> str:
        begun = time.monotonic()
        while (held := time.monotonic() - begun) < order.seconds:
            if stopped.wait(min(LOOK_SECONDS, order.seconds - held)):
                return f"paused for {held:.0f} s, then stopped and resumed"
            if self._was_resumed(order.database):
                return f"paused for {held:.0f} s, then resumed by somebody else"
            tell(f"paused, and resumed in {max(0.0, order.seconds - held):.0f} s at the latest")
        return f"paused for {order.seconds:.0f} s and resumed"

    def _was_resumed(self, database: str) -> bool:
        try:
            return not self._is_paused(database)
        except Unavailable:  # it may have been started anew: that is seen when it answers
            return False

    def _is_paused(self, database: str) -> bool:
        return any(one["name"] == database and bool(one["paused"]) for one in self.rows("SHOW DATABASES"))

    def _resume_at_last(self, database: str) -> None:
        until = time.monotonic() + self._resume_seconds
        while True:
            try:
                self.resume(database)
            except Unavailable as error:
                if time.monotonic() > until:
                    raise LeftPaused(str(error)) from None
                time.sleep(LOOK_SECONDS)
            else:
                return

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


def _refuse_to_wait(order: Pause, until: float, stopped: threading.Event) -> None:
    """Raises: StepFailed: it was stopped, or open transactions were waited for long enough."""
    if stopped.is_set():
        raise StepFailed("Stopped before the pause had begun; clients go on.")
    if time.monotonic() > until:
        raise StepFailed(
            f"Open transactions did not end within {order.patience_s:.0f} s, so the pause was given up and clients go on. "
            "`pool` shows whose they are."
        )


def _hear(console: psycopg.Connection) -> None:
    """Wait a moment for the console to say something.

    Raises:
        StepFailed: it hung up.
    """
    try:
        select.select([console.pgconn.socket], [], [], LOOK_SECONDS / 5)
        console.pgconn.consume_input()
    except (psycopg.Error, OSError):
        raise StepFailed("The pooler hung up while it was to pause.") from None
