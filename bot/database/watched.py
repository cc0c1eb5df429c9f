"""A database in Scout's care: asked in one round trip, never for long, never more than asked."""

import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bot.command import Facts, R, Row
from bot.database.lines import Connection, Line, Lines, limited
from bot.database.operation import Operation
from bot.database.questions import Asked, Batch, Question, pipelined
from bot.database.refusal import Whom, no_monitor, no_statements, old_statements, refusal
from bot.database.reserve import Reserve
from bot.database.watchdog import hung_up_after
from bot.errors import Cannot, DatabaseDown, ScoutError
from bot.redact import scrub
from bot.sql import Statement, queries

SQL = queries(str(Path(__file__).with_name("facts.sql")))
PROGRESS = queries(str(Path(__file__).with_name("progress.sql")))["progress"]

FACTS_SECONDS = 600.0
LACK_SECONDS = 2.0
"""For how long it is believed that something is missing: who was told what to grant tries again at once."""
HANG_UP_SECONDS = 20.0
"""More than statement_timeout: then the server does not answer at all."""
NAME_LENGTH = 63
"""As long as PostgreSQL keeps an application_name, which is ASCII here."""


class Running(Row):
    """Whether a session is at work."""

    running: bool


class Advance(Row):
    """How far a statement is: its phase and how much of that is through, where PostgreSQL tells, and for whom it waits."""

    phase: str | None
    done: float | None
    total: float | None
    waits_for: tuple[int, ...]


class Watched:
    """A database by the name that people type; implements `bot.command.Database`."""

    def __init__(
        self,
        name: str,
        read_url: str,
        operate_url: str,
        schema: str,
        connect_timeout_s: int = 2,
        hang_up_s: float = HANG_UP_SECONDS,
    ) -> None:
        self._name = name
        self._hang_up_s = hang_up_s
        self._schema = schema
        self._lines = Lines(read_url, connect_timeout_s)
        self._reserve = Reserve(operate_url, connect_timeout_s)
        self._reader = Whom(name, schema, _user(read_url))
        self._operator = Whom(name, schema, _user(operate_url))
        self._facts: tuple[float, int, Facts] | None = None
        self._learning = threading.Lock()

    @property
    def name(self) -> str:
        """The name that people type after `on`."""
        return self._name

    @property
    def schema(self) -> str:
        """The schema that the runbook is about."""
        return self._schema

    def close(self) -> None:
        """Close every connection that nobody uses, and the others when they come back."""
        self._lines.close()
        self._reserve.close()

    # --- reading

    def facts(self) -> Facts:
        """What is installed and allowed; learned at connect and every ten minutes.

        Raises:
            ScoutError: the database is down or too slow.
        """
        with self._learning:
            kept = self._facts
            if kept is not None and kept[1] == self._lines.epoch and time.monotonic() < kept[0] + _lasts(kept[2]):
                return kept[2]
            (facts,) = self.rows(SQL["facts"], Facts, schema=self._schema)
            self._facts = time.monotonic(), self._lines.epoch, facts
            return facts

    def rows(
        self, statement: Statement, row: type[R], names: Mapping[str, str] | None = None, **values: object
    ) -> list[R]:
        """Ask one question.

        Raises:
            ScoutError: the database is down, too slow, or something is missing.
        """
        with self.together() as together:
            answer = together.ask(statement, row, names, **values)
        return answer.rows

    @contextmanager
    def together(self, limit_s: float | None = None) -> Generator[Batch]:
        """Ask several questions in one round trip, the server working on each for at most so many seconds.

        Raises:
            Unavailable: nothing can be asked at all; what fails for one question is raised by its answer.
        """
        batch = Batch()
        yield batch
        self._ask(batch.questions, limit_s)

    def running(self, application_name: str) -> bool:
        """Whether a session of that name is still at work; what cannot be seen counts as at work."""
        kept = application_name[:NAME_LENGTH]
        return self.rows(SQL["running"], Running, application_name=kept)[0].running

    def advance(self, application_name: str) -> Advance | None:
        """How far the statement of a session is; None when none is at work there."""
        found = self.rows(PROGRESS, Advance, application_name=application_name[:NAME_LENGTH])
        return found[0] if found else None

    # --- acting

    @contextmanager
    def operate(self, application_name: str) -> Generator[Operation]:
        """Open a direct connection for one step, under a name that finds it again.

        Raises:
            ScoutError: it cannot be opened.
        """
        try:
            connection = self._reserve.take(application_name)
        except psycopg.OperationalError as error:
            raise self._refused(error, self._operator) from None
        operation = Operation(self._operator, connection)
        try:
            yield operation
        finally:
            self._put_back(operation, connection)

    def _put_back(self, operation: Operation, connection: Connection) -> None:
        operation.leave()
        if operation.stopped:  # a late cancel would strike the next statement
            connection.close()
        else:
            self._reserve.give(connection)

    def stay_ready(self) -> None:
        """Open what must be open already when others take the last slot: one connection for reading, one for acting.

        Raises:
            ScoutError: there is no slot for them now.
        """
        self.facts()
        try:
            self._reserve.keep()
        except psycopg.OperationalError as error:
            raise self._refused(error, self._operator) from None

    # --- one round trip

    def _ask(self, questions: Sequence[Question], limit_s: float | None) -> None:
        ready = [(question, text) for question in questions if (text := self._text(question)) is not None]
        if ready:
            self._twice_if_stale([Asked(question, text) for question, text in ready], limit_s)

    def _text(self, question: Question) -> bytes | None:
        """The words of a question, or None when it is settled before it is asked."""
        known = {"schema": self._schema}
        if question.reads_monitor:
            home = self.facts().pgsm_schema
            if home is None:
                question.answer.settle(None, no_monitor(self._whom(), installed=False))
                return None
            return question.text({**known, "pgsm": home})
        if not question.reads_statements:
            return question.text(known)
        facts = self.facts()
        lack = _lack(facts, self._whom())
        if facts.pgss_schema is None or lack is not None:
            question.answer.settle(None, lack)
            return None
        return question.text({**known, "pgss": facts.pgss_schema})

    def _twice_if_stale(self, asked: list[Asked], limit_s: float | None) -> None:
        """Reads may be asked again: a line that died while nobody used it is nobody's business."""
        try:
            if self._through(asked, limit_s):
                return
            self._lines.drop_free()
            self._through(asked, limit_s, last=True)
        except psycopg.OperationalError as error:
            raise self._refused(error, self._whom()) from None

    def _through(self, asked: list[Asked], limit_s: float | None, *, last: bool = False) -> bool:
        """Ask on one line; false when the line was an old one and is dead."""
        with self._lines.line() as line, hung_up_after(line.connection, self._hang_up_s) as silent:
            was_used = line.used
            try:
                with limited(line.connection, limit_s):
                    self._in_pipeline(line, asked)
            except psycopg.OperationalError:
                if line.connection.closed and was_used and not last and not silent.is_set():
                    return False
                raise
        return True

    def _in_pipeline(self, line: Line, asked: list[Asked]) -> None:
        if len(asked) == 1:
            self._singly(line.connection, asked[0])
            return
        failure = pipelined(line.connection, asked)
        for one in asked:
            if one.answered:
                one.settle()
            elif (
                failure is not None
            ):  # the first without an answer is the one that failed; those behind it were not asked
                self._failed(line.connection, one, failure)
                failure = None
            else:
                self._singly(line.connection, one)

    def _singly(self, connection: Connection, one: Asked) -> None:
        try:
            one.send(connection)
        except psycopg.Error as error:
            self._failed(connection, one, error)
        else:
            one.settle()

    def _failed(self, connection: Connection, one: Asked, error: psycopg.Error) -> None:
        if error.diag.severity_nonlocalized == "FATAL":  # the server has hung up, though libpq has not heard it yet
            connection.close()
        if connection.closed:
            raise error
        one.question.answer.settle(None, self._refused(error, self._whom(), one.question.statement.name))

    def _refused(self, error: psycopg.Error, whom: Whom, statement: str = "") -> ScoutError:
        said = refusal(error, whom)
        if said is None:
            raise RuntimeError(f"{statement} failed: {error.sqlstate} {scrub(str(error))}") from None
        if isinstance(said, DatabaseDown):
            self._facts = None
        return said

    def _whom(self) -> Whom:
        kept = self._facts
        return replace(self._reader, role=kept[2].role) if kept else self._reader


def _lack(facts: Facts, whom: Whom) -> Cannot | None:
    """What pg_stat_statements lacks; None when it can be read."""
    installed = facts.pgss_schema is not None
    if not (installed and facts.pgss_loaded):
        return no_statements(whom, installed=installed)
    return old_statements(whom) if facts.pgss_outdated else None


def _lasts(facts: Facts) -> float:
    counts = facts.pgss_schema is not None and facts.pgss_loaded and not facts.pgss_outdated
    complete = facts.reads_all_stats and counts and facts.schema_exists
    return FACTS_SECONDS if complete else LACK_SECONDS


def _user(url: str) -> str:
    return str(conninfo_to_dict(url).get("user") or Whom.role)


def place(url: str) -> str:
    """Where an address leads, for people: host and port, without user, password and parameters."""
    told = conninfo_to_dict(url)
    host, port = told.get("host") or told.get("hostaddr") or "local", told.get("port")
    return f"{host}:{port}" if port else str(host)
