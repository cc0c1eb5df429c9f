"""A practice database of each version that the structural repairs are tried on."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest

from practice.database import PracticeDatabase

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="module", params=["18", "15"])
def either_database(request: pytest.FixtureRequest) -> Generator[PracticeDatabase]:
    """A practice database of PostgreSQL 18, then one of 15, which the tests of a module share and may break."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "15":
            if not DEBIAN_15.exists():
                pytest.skip("needs Debian's postgresql-15")
            patch.setenv("PG", str(DEBIAN_15))
        with PracticeDatabase(settings={"wal_level": "logical"}) as database:
            yield database


@pytest.fixture
def boss(either_database: PracticeDatabase) -> Generator[psycopg.Connection]:
    """The superuser, for what a test arranges and looks up."""
    with psycopg.connect(either_database.admin_url, autocommit=True) as connection:
        yield connection
