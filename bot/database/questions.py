"""Questions that wait for their round trip, and the words of a statement once its names are put in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row
from pydantic import BaseModel

from bot.command import Answer, R
from bot.database.lines import Connection
from bot.sql import Statement, identifier

_NAME = re.compile(r"\{([a-z_]\w*)\}")


@dataclass(frozen=True)
class Question:
    """A statement with its names and values, and where its answer goes."""

    statement: Statement
    row: type[BaseModel]
    names: Mapping[str, str]
    values: Mapping[str, object]
    answer: Answer[Any]

    @property
    def reads_statements(self) -> bool:
        """Whether the statement wants to know where pg_stat_statements lives."""
        return "{pgss}" in self.statement.text and not self.statement.written

    @property
    def reads_monitor(self) -> bool:
        """Whether the statement wants to know where pg_stat_monitor lives."""
        return "{pgsm}" in self.statement.text and not self.statement.written

    def text(self, known: Mapping[str, str]) -> bytes:
        """The statement with identifiers quoted; percent signs are doubled as everywhere in a `.sql` file."""
        if self.statement.written:
            return self.statement.text.replace("%", "%%").encode()
        names = {name: value.replace("%", "%%") for name, value in {**known, **self.names}.items()}
        return named(self.statement.text, names).encode()


def named(text: str, names: Mapping[str, str]) -> str:
    """A statement with its `{identifiers}` put in and quoted.

    Raises:
        LookupError: one is not given.
    """

    def quoted(found: re.Match[str]) -> str:
        if found[1] not in names:
            raise LookupError(f"the statement needs the name {found[1]}")
        return identifier(names[found[1]])

    return _NAME.sub(quoted, text)


class Batch:
    """The questions of one `with` block."""

    def __init__(self) -> None:
        self.questions: list[Question] = []

    def ask(
        self, statement: Statement, row: type[R], names: Mapping[str, str] | None = None, **values: object
    ) -> Answer[R]:
        """Queue one question; the answer is there when the `with` block has ended."""
        answer: Answer[R] = Answer()
        self.questions.append(Question(statement, row, names or {}, values, answer))
        return answer


_Cursor = psycopg.Cursor[dict[str, Any]]


class Asked:
    """A question on its way."""

    def __init__(self, question: Question, text: bytes) -> None:
        self.question = question
        self._text = text
        self._cursor: _Cursor | None = None

    @property
    def answered(self) -> bool:
        """Whether its rows came back."""
        return self._cursor is not None and self._cursor.pgresult is not None

    def send(self, connection: Connection) -> None:
        """Send it; in a pipeline the rows come later."""
        self._cursor = connection.cursor(row_factory=dict_row)
        self._cursor.execute(self._text, self.question.values)

    def settle(self) -> None:
        """Give the rows to who asked."""
        if self._cursor is None:
            raise RuntimeError("settled before it was sent")
        row = self.question.row
        self.question.answer.settle([row.model_validate(values) for values in self._cursor.fetchall()], None)


def pipelined(connection: Connection, asked: list[Asked]) -> psycopg.Error | None:
    """Send all and wait once; the first error is the one that counts, what follows it is only the pipeline's end."""
    failures: list[psycopg.Error] = []
    try:
        with connection.pipeline():
            _send(connection, asked, failures)
    except psycopg.Error as error:
        failures.append(error)
    return failures[0] if failures else None


def _send(connection: Connection, asked: list[Asked], failures: list[psycopg.Error]) -> None:
    for one in asked:
        try:
            one.send(connection)
        except psycopg.Error as error:
            failures.append(error)
            return
