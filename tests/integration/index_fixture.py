"""A database of its own for the indexes: counters that nobody else moves, read by Scout as everywhere."""

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import psycopg
from psycopg import sql

from bot.command import Limits, Sources, Together
from practice.database import PracticeDatabase
from tests.accuracy import Score
from tests.integration.command_fixture import House, await_that, house_of

Answered = TypeVar("Answered")
HERE = Path(__file__).parent
TOLD = "select coalesce(sum(n_tup_ins), 0) > 0 from pg_stat_user_tables where relname = 'told'"
"""Whether the last that the session which filled it did is counted: on PostgreSQL 14 a process of its own does that, a little later."""
ANY_EVIDENCE = Limits(evidence_days=0)


@contextmanager
def index_house(practice: PracticeDatabase, fixture: str, limits: Limits = ANY_EVIDENCE) -> Generator[House]:
    """A house around a fresh database that holds a fixture, a `.sql` file beside this module."""
    make(practice, fixture)
    with (
        TemporaryDirectory() as folder,
        house_of(practice, Path(folder), practice.url("scout_read", fixture), limits) as house,
    ):
        yield house


def make(practice: PracticeDatabase, fixture: str) -> None:
    """Create the database anew and fill it."""
    with psycopg.connect(practice.admin_url, autocommit=True) as admin:
        name = sql.Identifier(fixture)
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(name))
        admin.execute(sql.SQL("create database {}").format(name))
    with admin_of(practice, fixture) as inside:
        inside.execute(
            "create schema scout; grant usage on schema scout to scout_read; set search_path = scout, public"
        )
        inside.execute("alter default privileges in schema scout grant select on tables to scout_read")
        inside.execute((HERE / f"{fixture}.sql").read_bytes())
        inside.execute("vacuum analyze")
        inside.execute("create table public.told as select 1 as number")
    with admin_of(practice, fixture) as inside:
        await_that(lambda: inside.execute(TOLD).fetchone() == (True,))


def admin_of(practice: PracticeDatabase, fixture: str) -> psycopg.Connection:
    """The superuser in the fixture's database."""
    return psycopg.connect(practice.url("postgres", fixture), autocommit=True)


def asked(house: House, ask: Callable[[Together, Sources], Answered]) -> Answered:
    """What a command asked the database, on its way back."""
    with house.database.together() as questions:
        return ask(questions, house.sources())


def scored(diagnosis: str, named: Iterable[str], truth: frozenset[str], others: str) -> Score:
    """How a command did: the names it gave against those that are true."""
    found = frozenset(named)
    return Score(diagnosis, len(truth), len(found & truth), len(found - truth), others=others)
