"""The two logins that docs/database.md makes are enough for Scout, and no more than it says."""

import re
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from bot.database import Watched
from practice.database import PracticeDatabase

PAGE = Path(__file__).parents[2] / "docs" / "database.md"


@pytest.fixture
def granted(own_database: PracticeDatabase) -> PracticeDatabase:
    """A database in which the page's statements were run."""
    (statements,) = re.findall(r"```sql\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute(statements.encode())
        for role in ("scout_look", "scout_mend"):
            secret = conninfo_to_dict(own_database.url(role))["password"]
            admin.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(secret)))
    return own_database


@pytest.fixture
def watched(granted: PracticeDatabase) -> Generator[Watched]:
    database = Watched("scout", granted.url("scout_look"), granted.url("scout_mend"), "scout")
    yield database
    database.close()


def test_the_one_that_looks_sees_everything(watched: Watched) -> None:
    facts = watched.facts()
    assert facts.role == "scout_look"
    assert facts.reads_all_stats
    assert facts.schema_exists


def test_the_one_that_looks_changes_nothing(granted: PracticeDatabase) -> None:
    look = psycopg.connect(granted.url("scout_look"), autocommit=True)
    other = psycopg.connect(granted.url("scout_app"), autocommit=True)
    with look, other:
        assert look.execute("select exists (select from scout.bronze_transactions_raw)").fetchone() == (True,)
        look.execute("set default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            look.execute("delete from scout.bronze_transactions_raw")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            look.execute("select pg_terminate_backend(%s)", [other.info.backend_pid])


def test_the_one_that_mends_refreshes_and_ends_sessions(granted: PracticeDatabase) -> None:
    mend = psycopg.connect(granted.url("scout_mend"), autocommit=True)
    victim = psycopg.connect(granted.url("scout_app"), autocommit=True)
    with mend, victim:
        mend.execute("refresh materialized view scout.mv_store_daily_metrics")
        ended = mend.execute("select pg_terminate_backend(%s)", [victim.info.backend_pid]).fetchone()
        assert ended == (True,)
    victim.close()
