"""A practice database on each of the two servers that are here: PostgreSQL 18, and Debian's 15."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from practice.database import PracticeDatabase

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


@contextmanager
def running(version: str) -> Generator[PracticeDatabase]:
    """A practice database of a version; where Debian's is not installed the test is skipped."""
    with pytest.MonkeyPatch.context() as patch:
        if version == "15" and not DEBIAN_15.exists():
            pytest.skip("PostgreSQL 15 is not installed (Debian package postgresql-15)")
        if version == "15":
            patch.setenv("PG", str(DEBIAN_15))
        with PracticeDatabase() as database:
            yield database
