"""What the rooms of the store ask of a database engine, and the few things in which values differ between the two."""

import json
import re
import threading
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel

from bot.errors import Unavailable
from bot.sql import Statement

Value = str | int | float | None | tuple[str, ...]
Bound = str | int | float | None
Row = dict[str, Any]

GONE = "Scout's own store cannot be reached now. Try again in a minute."
_BUSY = "Scout's own store is busy. Try again in a minute."
_PATIENCE_S = 5


class Session(Protocol):
    """Statements inside one transaction."""

    def rows(self, statement: Statement, **values: Value) -> list[Row]:
        """Run one statement and fetch what it returns."""
        ...

    def now(self) -> datetime:
        """The store's clock, the same moment for the whole transaction."""
        ...


class Engine(Protocol):
    """A database that keeps the store; `dialect` names the schema's parts that only this one understands."""

    dialect: ClassVar[str]

    def now(self) -> datetime:
        """The store's clock."""
        ...

    def ask(self, statement: Statement, **values: Value) -> list[Row]:
        """Read with one statement, outside of any change."""
        ...

    def tell(self, statement: Statement, **values: Value) -> list[Row]:
        """Write with one statement that is a transaction of its own."""
        ...

    def changing(self) -> AbstractContextManager[Session]:
        """One write transaction; all such transactions of a store run one after another."""
        ...

    def claim(self) -> bool:
        """Take the store for this process alone; False on an engine that several processes may share.

        Raises:
            Unavailable: another process has it.
        """
        ...

    def close(self) -> None:
        """Let go of all connections."""
        ...


class Room:
    """A part of the store that reads, and writes what needs no other part."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine


class Hand:
    """A part of a change: it writes inside the transaction that others share."""

    def __init__(self, session: Session) -> None:
        self._session = session


@contextmanager
def turn(lock: threading.Lock) -> Generator[None]:
    """Wait for this thread's turn to write, but not for ever.

    Raises:
        Unavailable: the others have not finished in time.
    """
    if not lock.acquire(timeout=_PATIENCE_S):
        raise Unavailable(_BUSY)
    try:
        yield
    finally:
        lock.release()


def in_time(answer: "Future[list[Row]]") -> list[Row]:
    """What another thread brings from its turn, waited for as long as for a turn of one's own.

    Raises:
        Unavailable: nobody had a turn in time; nobody will carry it out later.
    """
    try:
        return answer.result(_PATIENCE_S)
    except TimeoutError:
        if answer.cancel():  # else another thread is at it, or has done it
            raise Unavailable(_BUSY) from None
    return answer.result()


def as_text(moment: datetime) -> str:
    """A moment as UTC ISO text with microseconds, so that texts compare as moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def as_moment(text: str) -> datetime:
    """The moment that `as_text` wrote."""
    return datetime.fromisoformat(text)


def as_body(record: BaseModel) -> str:
    """A record as the JSON text that is kept of it; infinity and not-a-number survive, NUL is escaped by JSON itself."""
    return json.dumps(record.model_dump(mode="json"), ensure_ascii=False)


def clean(text: str) -> str:
    """A text as both engines can keep it: PostgreSQL has no NUL in texts, neither has half a surrogate pair."""
    return text.replace("\x00", "\N{SYMBOL FOR NULL}").encode(errors="replace").decode()


def bind(statement: Statement, values: Mapping[str, Value]) -> tuple[str, dict[str, Bound]]:
    """The text and the values of a statement; a tuple of values stands for the list inside `in (…)`."""
    text, bound = statement.text, dict[str, Bound]()
    for name, value in values.items():
        if isinstance(value, tuple):
            text = text.replace(f"%({name})s", _placeholders(name, value))
            bound |= {f"{name}_{place}": clean(item) for place, item in enumerate(value)}
        else:
            bound[name] = clean(value) if isinstance(value, str) else value
    return text, bound


def in_colons(text: str) -> str:
    """The placeholders as SQLite writes them."""
    return re.sub(r"%\((\w+)\)s", r":\1", text).replace("%%", "%")


def _placeholders(name: str, value: Sequence[str]) -> str:
    return ", ".join(f"%({name}_{place})s" for place in range(len(value))) or "null"
