"""The practice database for tests: one server per worker, a connection per role."""

from collections.abc import Generator

import psycopg
import pytest

from practice.database import PracticeDatabase


@pytest.fixture(scope="session")
def practice_database() -> Generator[PracticeDatabase]:
    """A running practice database that the tests of a worker share; leave it as you found it."""
    with PracticeDatabase() as database:
        yield database


@pytest.fixture
def own_database() -> Generator[PracticeDatabase]:
    """A running practice database for one test alone, which may break it."""
    with PracticeDatabase() as database:
        yield database


@pytest.fixture
def read(practice_database: PracticeDatabase) -> Generator[psycopg.Connection]:
    """A connection as `scout_read`, the role that Scout looks with."""
    with psycopg.connect(practice_database.read_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def operate(practice_database: PracticeDatabase) -> Generator[psycopg.Connection]:
    """A connection as `scout_operate`, the role that Scout mends with."""
    with psycopg.connect(practice_database.operate_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def app(practice_database: PracticeDatabase) -> Generator[psycopg.Connection]:
    """A connection as `scout_app`, the application."""
    with psycopg.connect(practice_database.app_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def admin(practice_database: PracticeDatabase) -> Generator[psycopg.Connection]:
    """A connection as the superuser, for what a test has to arrange."""
    with psycopg.connect(practice_database.admin_url, autocommit=True) as connection:
        yield connection
