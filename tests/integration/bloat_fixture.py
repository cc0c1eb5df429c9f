"""A database of its own for bloat: built in several sessions, asked with and without pgstattuple, rewritten to know the truth."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg import sql

from bot.report import Report, Table
from bot.sql import queries
from practice.database import PracticeDatabase
from tests.integration.command_fixture import House, house_of

HERE = Path(__file__).parent
STAGES = ("built", "vacuumed", "changed", "analyzed")
NEAR = 5.0
"""A figure this many points from the truth is right."""


@dataclass(frozen=True)
class Figure:
    """What the command said of one table or index."""

    percent: float | None
    how: str

    @property
    def is_certain(self) -> bool:
        """Whether the command vouches for it."""
        return self.how.startswith(("measured", "estimate, reliable", "empty"))


def build(practice: PracticeDatabase, fixture: str) -> None:
    """Create the database anew and fill it, every stage in a session of its own."""
    with psycopg.connect(practice.admin_url, autocommit=True) as admin:
        name = sql.Identifier(fixture)
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(name))
        admin.execute(sql.SQL("create database {}").format(name))
    with admin_of(practice, fixture) as inside:
        inside.execute("create schema scout; grant usage on schema scout to scout_read")
        inside.execute("alter default privileges in schema scout grant select on tables to scout_read")
    stages = queries(str(HERE / f"{fixture}.py"))
    for stage in (stages[one] for one in STAGES if one in stages):
        with admin_of(practice, fixture) as inside:
            for statement in stage.text.split(";\n"):
                inside.execute(statement.encode())


def admin_of(practice: PracticeDatabase, fixture: str) -> psycopg.Connection:
    """The superuser in the fixture's database."""
    connection = psycopg.connect(practice.url("postgres", fixture), autocommit=True)
    connection.execute("set search_path = scout, public")
    return connection


@contextmanager
def bloat_house(practice: PracticeDatabase, fixture: str) -> Generator[House]:
    """A house around the fixture's database."""
    url = practice.url("scout_read", fixture)
    with TemporaryDirectory() as folder, house_of(practice, Path(folder), url) as house:
        yield house


def figures(report: Report, what: str) -> Mapping[str, Figure]:
    """What was said of every table, or of every index, on the screen and behind it."""
    tables = [part for part in (*report.parts, *report.more) if isinstance(part, Table)]
    rows = [row for part in tables if part.columns[0].title == what for row in part.rows]
    return {str(name): Figure(_number(percent), str(how)) for name, percent, _, _, how in rows}


def _number(cell: object) -> float | None:
    return cell if isinstance(cell, float) else None


def errors(said: Mapping[str, Figure], truth: Mapping[str, float]) -> dict[str, float]:
    """By how many points each figure that was given is off."""
    return {
        name: figure.percent - truth[name]
        for name, figure in said.items()
        if name in truth and figure.percent is not None
    }


def mean(off: Mapping[str, float]) -> float:
    """The mean of the errors, whichever way they go."""
    return sum(map(abs, off.values())) / max(1, len(off))
