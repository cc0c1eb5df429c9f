"""How a command asks a database: questions with typed rows, several in one round trip."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from bot.errors import ScoutError
from bot.sql import Statement

R = TypeVar("R", bound=BaseModel)


class Row(BaseModel):
    """A row of a statement: its fields are the statement's column aliases."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(Generic[R]):
    """The rows of one question, once its pipeline has been through."""

    def __init__(self) -> None:
        self._rows: list[R] | None = None
        self.error: ScoutError | None = None

    def settle(self, rows: list[R] | None, error: ScoutError | None) -> None:
        """Keep what came back; called by the database."""
        self._rows, self.error = rows, error

    @property
    def rows(self) -> list[R]:
        """The rows.

        Raises:
            ScoutError: the statement failed; the others of its pipeline may have answered.
        """
        if self.error is not None:
            raise self.error
        if self._rows is None:
            raise RuntimeError("asked before the pipeline was through")
        return self._rows

    @property
    def row(self) -> R:
        """The only row."""
        (row,) = self.rows
        return row


class Together(Protocol):
    """Questions that go to the database in one round trip."""

    def ask(
        self, statement: Statement, row: type[R], names: Mapping[str, str] | None = None, **values: object
    ) -> Answer[R]:
        """Queue one question; the answer is there when the `with` block has ended."""
        ...


class Facts(Row):
    """What Scout learned about a database when it connected."""

    server_version: int
    is_replica: bool
    role: str
    reads_all_stats: bool
    pgss_schema: str | None
    pgss_loaded: bool
    schema_exists: bool
    pgss_outdated: bool = False
    pgsm_schema: str | None = None


class Database(Protocol):
    """A database in Scout's care, for reading: short limits of time, read-only, own statements named."""

    @property
    def name(self) -> str:
        """The name that people type after `on`."""
        ...

    @property
    def schema(self) -> str:
        """The schema that the runbook is about."""
        ...

    def facts(self) -> Facts:
        """What is installed and allowed; learned at connect and every ten minutes."""
        ...

    def together(self, limit_s: float | None = None) -> AbstractContextManager[Together]:
        """Ask several questions in one round trip, the server working on each for at most so many seconds."""
        ...

    def rows(
        self, statement: Statement, row: type[R], names: Mapping[str, str] | None = None, **values: object
    ) -> list[R]:
        """Ask one question.

        Raises:
            ScoutError: the database is down, too slow, or something is missing.
        """
        ...
