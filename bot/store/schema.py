"""The store's schema, brought forward in numbered steps; nothing goes back."""

import re
import sqlite3
from collections.abc import Iterator, Mapping

from bot.errors import Unavailable
from bot.sql import Statement, queries
from bot.store.engine import Engine, Session

SQL = queries(__file__)


def migrate(engine: Engine, steps: Mapping[str, Statement] = SQL) -> None:
    """Bring the schema to the newest step, in one transaction: a second process waits, then finds it done.

    Raises:
        Unavailable: a newer Scout has been here.
    """
    newest = _newest(steps)
    with engine.changing() as session:
        session.rows(SQL["exists"])
        found = next((row["version"] for row in session.rows(SQL["version"])), 0)
        if found > newest:
            raise Unavailable(
                f"Scout's own store has schema {found}, this Scout knows up to {newest}; start the newer Scout."
            )
        for number in range(found + 1, newest + 1):
            _apply(session, steps, (f"step_{number}", f"step_{number}_{engine.dialect}"))
        session.rows(SQL["set_version"], version=newest)


def _apply(session: Session, steps: Mapping[str, Statement], names: tuple[str, str]) -> None:
    for name in names:
        for text in pieces(steps[name].text if name in steps else ""):
            session.rows(Statement(name, text.replace("%", "%%")))


def _newest(steps: Mapping[str, Statement]) -> int:
    numbers = (re.fullmatch(r"step_(\d+)", name) for name in steps)
    return max(int(found[1]) for found in numbers if found)


def pieces(text: str) -> Iterator[str]:
    """Single statements; SQLite knows where a trigger ends, and a function's body between dollars is one piece as well."""
    waiting = ""
    for line in text.splitlines(keepends=True):
        waiting += line
        if sqlite3.complete_statement(waiting) and waiting.count("$$") % 2 == 0:
            yield waiting
            waiting = ""
    if waiting.strip():
        yield waiting
