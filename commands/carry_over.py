"""What a relation has beside its columns, as the statements that give the same to another one."""

from collections.abc import Sequence
from typing import Literal

from bot.command import Answer, Database, Row, Together
from bot.sql import queries

SQL = queries(__file__)
Kind = Literal["table", "materialized view"]


class Written(Row):
    """A statement that the database wrote."""

    statement: str


def quietly(questions: Together) -> None:
    """Let the statements that are asked for in this round trip name everything with its schema, whoever runs them."""
    questions.ask(SQL["quiet"], Quiet)


class Quiet(Row):
    """What the search path is now."""

    path: str


def carried(database: Database, source: str, target: str, kind: Kind, parts: Sequence[str]) -> list[str]:
    """The statements that give some `parts` of what `source` has to `target`, of the same schema; in the order of the parts."""
    with database.together() as questions:
        quietly(questions)
        asked = [_ask(questions, database.schema, source, target, kind, part) for part in parts]
    return [one.statement for answer in asked for one in answer.rows]


def _ask(questions: Together, schema: str, source: str, target: str, kind: Kind, part: str) -> Answer[Written]:
    return questions.ask(SQL[part], Written, schema=schema, source=source, target=target, kind=kind)
