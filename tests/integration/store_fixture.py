"""A store on each of the two engines, and records to put into it."""

import sqlite3
import uuid
from collections.abc import Generator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from bot.approval import Approval, seal
from bot.chat import Asked, Card, Lane, Notice, Person, Place, Post
from bot.command import Plan, Risk, Sql, Step
from bot.report import Level, Report, Verdict
from bot.store import Store
from practice.database import PracticeDatabase

AT = datetime(2026, 3, 1, 3, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(scope="session")
def store_database(practice_database: PracticeDatabase) -> str:
    """The address of a database for stores, beside the one in Scout's care."""
    with psycopg.connect(practice_database.admin_url, autocommit=True) as admin:
        admin.execute("create database scout_stores owner scout_owner")
    return practice_database.url("scout_owner", "scout_stores")


@pytest.fixture
def postgres_url(store_database: str) -> str:
    """The address of a store that does not exist yet, in a schema of its own because that is made faster than a database."""
    name = f"store_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(store_database, autocommit=True) as owner:
        owner.execute(sql.SQL("create schema {}").format(sql.Identifier(name)))
    return f"{store_database}?options=-csearch_path%3D{name}"


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a store that does not exist yet, in a file."""
    return f"sqlite:///{tmp_path}/scout.db"


@pytest.fixture(params=["sqlite_url", "postgres_url"], ids=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a store that does not exist yet, once on each engine."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def store(store_url: str) -> Generator[Store]:
    """An empty store, once on each engine."""
    opened = Store.open(store_url)
    yield opened
    opened.close()


def tamper(url: str, *statements: str) -> None:
    """Change a store behind its back, as somebody could who owns the database: the guards are taken away first."""
    if url.startswith("sqlite:"):
        guards = ("audit_no_update", "audit_no_delete", "audit_head_stays", "audit_head_grows")
        run_raw(url, *[f"drop trigger if exists {guard}" for guard in guards], *statements)
    else:
        tables = ("audit", "audit_head")
        run_raw(url, *[f"alter table {table} disable trigger user" for table in tables], *statements)


def run_raw(url: str, *statements: str) -> None:
    """Run statements on a store's database without the store."""
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            for statement in statements:
                file.execute(statement)
            file.commit()
    else:
        with psycopg.connect(url) as owner:
            for statement in statements:
                owner.execute(statement.encode())


def asked(id: str, text: str = "status", at: datetime = AT) -> Asked:  # noqa: A002 - the record's own word
    return Asked(id=id, at=at, person=Person(id="U1"), place=Place(channel="C1"), text=text)


def plan(*titles: str) -> Plan:
    steps = tuple(Step(title=title, do=Sql(statement="select 1"), locks="none", timeout_s=5) for title in titles)
    return Plan(summary="mend it", risk=Risk.MEND, steps=steps)


def approval(id: str, command: str = "vacuum", at: datetime = AT, database: str = "main") -> Approval:  # noqa: A002 - the record's own word
    what = plan("first", "second")
    return Approval(
        id=id,
        text=f"{command} on {database}",
        command=command,
        database=database,
        plan=what,
        seal=seal(what),
        requester="U1",
        channel="C1",
        asked_at=at,
        expires_at=at + timedelta(minutes=15),
    )


def report(text: str = "all is well") -> Report:
    return Report(title="Status", verdict=Verdict(level=Level.OK, text=text))


def post(id: str, lane: Lane = Lane.ANSWER, due: datetime = AT, text: str = "hello") -> Notice:  # noqa: A002 - the record's own word
    return Notice(id=id, lane=lane, message=Post(channel="C1", report=report(text)), due=due)


def card(id: str, key: str = "run-1", lane: Lane = Lane.PROGRESS, due: datetime = AT) -> Notice:  # noqa: A002 - the record's own word
    return Notice(id=id, lane=lane, message=Card(key=key, channel="C1"), due=due)
