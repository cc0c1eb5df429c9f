"""Whom a concurrent build or drop of an index has to wait for."""

from collections.abc import Sequence

from bot.command import Answer, Row, Together
from bot.sql import queries
from commands.wording import duration, listed

SQL = queries(__file__)
PATIENCE_S = 60
"""So long it waits for one of them before it gives up."""
BESIDE_OTHERS = "share update exclusive: neither reads nor writes wait; it waits for older transactions"


class Older(Row):
    """A transaction that has to end first; pid 0 is a prepared one."""

    pid: int
    role: str
    state: str
    age_s: float


def ask(questions: Together, schema: str, relations: Sequence[str]) -> Answer[Older]:
    """Queue the question for some tables."""
    return questions.ask(SQL["older"], Older, schema=schema, relations=list(relations))


def note(found: Sequence[Older]) -> str:
    """Who they are, or that there are none, in one sentence."""
    if not found:
        return "Nobody is in its way now: no transaction in this database is older than a second."
    who = listed([f"{_named(one)} for {duration(one.age_s)}" for one in found], 4)
    return f"It has to wait for {who}; after {PATIENCE_S} s of waiting for one of them it gives up."


def _named(one: Older) -> str:
    return f"pid {one.pid} ({one.role}, {one.state})" if one.pid else f"a transaction of {one.role}, {one.state},"
