"""A direct connection that carries a step of a run: one statement at a time, stoppable from another thread."""

import re
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import errors
from psycopg.errors import Diagnostic
from psycopg.rows import TupleRow

from bot.database.lines import Connection
from bot.database.refusal import Stopped, Whom, refusal
from bot.errors import DatabaseDown, LostInTheMiddle, ScoutError, StepFailed, TooSlow
from bot.redact import scrub
from bot.sql import queries

SQL = queries(str(Path(__file__).with_name("operation.sql")))

CHECK_SECONDS = 15.0
CANCEL_SECONDS = 5.0
CANCEL_AGAIN_SECONDS = 0.25

# VACUUM and ANALYZE without the right, or with SKIP_LOCKED on a locked table, succeed with a warning only.
_SKIPPED = re.compile(r"skipping|permission denied|only .* can (vacuum|analyze|cluster|reindex)", re.IGNORECASE)

# What is no single transaction: an index that is built beside its users, and what commits as it goes.
_INDEX = re.compile(r"\bindex\s+concurrently\b", re.IGNORECASE)
_BY_AND_BY = re.compile(r"\s*(?:vacuum(?!\s*\(full)|do)\b", re.IGNORECASE)
UNSEEN = "whether it was through could not be seen"


@dataclass(frozen=True)
class Ran:
    """What a statement brought: its rows (a guarded one that struck nobody has none) and its notices, scrubbed."""

    rows: list[TupleRow] = field(default_factory=list[TupleRow])
    notices: list[str] = field(default_factory=list[str])


class Operation:
    """An open connection of the operator, for one step."""

    def __init__(self, whom: Whom, connection: Connection) -> None:
        self._whom = whom
        self._connection = connection
        self._notices: list[tuple[str, str]] = []
        self._stopped = False
        self._idle = threading.Event()
        self._idle.set()
        connection.add_notice_handler(self._hear)

    @property
    def backend_pid(self) -> int:
        """The process of the server that works for this connection."""
        return self._connection.info.backend_pid

    @property
    def stopped(self) -> bool:
        """Whether `cancel` was called."""
        return self._stopped

    def run(self, statement: str, timeout_s: float, lock_timeout_s: float) -> Ran:
        """Run a statement that the database wrote; a time limit of 0 seconds is none.

        Raises:
            Stopped: `cancel` was called.
            Locked: a lock was not to be had in time.
            TooSlow: the time limit ended it.
            StepFailed: the server refused it, or said with a warning that it did nothing.
            LostInTheMiddle: the connection broke; what became of the statement is not known.
        """
        self._limit(timeout_s, lock_timeout_s)
        self._notices.clear()
        started = time.monotonic()
        with self._busy():
            try:
                rows = _all_rows(self._connection, statement)
            except psycopg.Error as error:
                timed_out = bool(timeout_s) and time.monotonic() - started >= timeout_s
                raise self._failure(error, left_by(statement), timed_out=timed_out) from None
        return Ran(rows, self._heard())

    def check(self, statement: str) -> tuple[bool, str]:
        """Ask a statement that answers `ok` and `found`.

        Raises:
            StepFailed: it could not be asked.
        """
        self._limit(CHECK_SECONDS, CHECK_SECONDS)
        try:
            rows = _all_rows(self._connection, statement)
        except psycopg.Error as error:
            raise self._failure(error, UNSEEN, timed_out=True) from None
        if not rows:
            return False, "it is not there"
        ok, found = rows[0]
        return bool(ok), str(found)

    def fence(self, application_name: str) -> None:
        """End the sessions of a name that are not at work, so that a process which only sleeps cannot begin when it wakes.

        Raises:
            StepFailed: they could not be ended.
        """
        self._limit(CHECK_SECONDS, CHECK_SECONDS)
        try:
            self._connection.execute(SQL["fence"].text.encode(), {"application_name": application_name})
        except psycopg.Error as error:
            raise self._failure(error, UNSEEN, timed_out=True) from None

    def cancel(self) -> None:
        """Cancel the running statement and refuse any later one; from any thread, returns when it ended or after 5 s."""
        self._stopped = True
        deadline = time.monotonic() + CANCEL_SECONDS
        while not self._idle.is_set() and time.monotonic() < deadline:
            with suppress(psycopg.Error):
                self._connection.cancel_safe(timeout=2)
            # A cancel that overtakes its statement strikes nothing, so it is sent again.
            self._idle.wait(CANCEL_AGAIN_SECONDS)

    def leave(self) -> None:
        """Stop listening to the connection, which may serve another step."""
        self._connection.remove_notice_handler(self._hear)

    # --- inside

    @contextmanager
    def _busy(self) -> Generator[None]:
        self._idle.clear()
        try:
            if self._stopped:
                raise Stopped("It was stopped before this step began.")
            yield
        finally:
            self._idle.set()

    def _limit(self, timeout_s: float, lock_timeout_s: float) -> None:
        limits = {"statement_timeout": timeout_s, "lock_timeout": lock_timeout_s}
        values = {name: f"{round(1000 * limit)}ms" for name, limit in limits.items()}
        try:
            self._connection.execute(SQL["limits"].text.encode(), values)
        except psycopg.Error as error:
            raise self._failure(error) from None

    def _failure(self, error: psycopg.Error, left: str = UNSEEN, *, timed_out: bool = False) -> ScoutError:
        """The sentence for what went wrong; `left` is what a cancelled statement leaves."""
        if isinstance(error, errors.QueryCanceled):
            return self._cancelled(left, timed_out=timed_out)
        said = refusal(error, self._whom)
        if isinstance(said, DatabaseDown) and self._connection.closed:
            return LostInTheMiddle(f"{self._whom.database} was lost during the step.")
        if said is not None and not isinstance(said, DatabaseDown):
            return said
        return StepFailed(f"{self._whom.database} refused: {scrub(error.diag.message_primary or str(error))}")

    def _cancelled(self, left: str, *, timed_out: bool) -> ScoutError:
        if self._stopped:
            return Stopped(f"It was stopped; {left}.")
        if timed_out:
            return TooSlow(f"It took longer than it was allowed to and was ended; {left}.")
        return StepFailed(f"Somebody else cancelled it on the database; {left}.")

    def _hear(self, notice: Diagnostic) -> None:
        """Keep a notice's words; the notice itself is gone when the handler returns."""
        self._notices.append((notice.severity_nonlocalized or "", scrub(notice.message_primary or "")))

    def _heard(self) -> list[str]:
        for severity, text in self._notices:
            if severity == "WARNING" and _SKIPPED.search(text):
                raise StepFailed(f"Nothing was done: {text}")
        return [text for _, text in self._notices]


def _all_rows(connection: Connection, statement: str) -> list[TupleRow]:
    cursor = connection.execute(statement.encode())
    return cursor.fetchall() if cursor.description else []


def left_by(statement: str) -> str:
    """What becomes of a statement that is cancelled, as a clause (PostgreSQL's manual: CREATE INDEX, VACUUM, DO)."""
    if _INDEX.search(statement):
        return "an index may be left that is not valid: `indexes invalid` shows it"
    if _BY_AND_BY.match(statement):
        return "what it had committed by then stays done"
    return "the database undid what it had begun"
