"""Questions that wait for their round trip, and the words of a statement once its names are put in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from pydantic import BaseModel

from bot.command import Answer, R
from bot.sql import Statement

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
        return "{pgss}" in self.statement.text

    def text(self, known: Mapping[str, str]) -> bytes:
        """The statement with identifiers quoted; percent signs are doubled as everywhere in a `.sql` file."""
        names = {**known, **self.names}

        def quoted(found: re.Match[str]) -> str:
            if found[1] not in names:
                raise LookupError(f"{self.statement.name} needs the name {found[1]}")
            return sql.Identifier(names[found[1]]).as_string(None).replace("%", "%%")

        return _NAME.sub(quoted, self.statement.text).encode()


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
