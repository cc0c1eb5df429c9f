"""What can be wrong with the data: stale, missing in the views, bloated, indexed half-way."""

from contextlib import suppress
from typing import Any

import psycopg

from bot.sql import queries
from practice.database import PracticeDatabase
from practice.session_faults import wait_until
from practice.template import refresh_views
from practice.workload import Workload

SQL = queries(__file__)


class Patient:
    """The practice database as the superuser sees it: what faults do and ask."""

    def __init__(self, database: PracticeDatabase) -> None:
        self._database = database

    def connect(self) -> psycopg.Connection:
        """Log in as the superuser, who also gets in when the connections are used up."""
        return psycopg.connect(
            self._database.admin_url, autocommit=True, connect_timeout=5, options="-c lock_timeout=5s"
        )

    def do(self, *names: str, **values: object) -> None:
        """Run named statements one after another."""
        with self.connect() as admin:
            for name in names:
                run(admin, name, **values)

    def is_so(self, name: str) -> bool:
        """Ask a yes-or-no question; while nobody can be asked, what was so is still so."""
        try:
            with self.connect() as admin:
                return bool(run(admin, name)[0])
        except psycopg.OperationalError:
            return True


class StaleData:
    """The loader stands still, and the newest raw row is two and a half hours old."""

    def __init__(self, database: PracticeDatabase, workload: Workload) -> None:
        self._database = database
        self._patient = Patient(database)
        self._workload = workload
        self._aged: list[int] = []

    @property
    def is_on(self) -> bool:
        """Whether the newest raw row is more than two hours old."""
        return self._patient.is_so("is_stale")

    def start(self) -> None:
        """Pause the loader and age what it wrote lately."""
        self._workload.pause_loader()
        with self._patient.connect() as admin:
            self._aged += run(admin, "age")[0]
        wait_until(lambda: self.is_on)  # a sale that was under way

    def undo(self) -> None:
        """Let the loader go on and give the rows their time back."""
        self._workload.resume_loader()
        ids, self._aged = self._aged, []
        self._database.when_up(lambda: self._patient.do("rejuvenate", ids=ids))


class UnrefreshedViews:
    """The materialized views show the state of three hours ago, as if their refresh had failed since."""

    def __init__(self, database: PracticeDatabase) -> None:
        self._database = database
        self._patient = Patient(database)

    @property
    def is_on(self) -> bool:
        """Whether one of the gold views lacks the sales of the last two hours."""
        return self._patient.is_so("is_behind")

    def start(self) -> None:
        """Make the views without the latest sales, in one transaction that nobody sees the inside of."""
        with self._patient.connect() as admin:
            admin.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ  # blind to what the loader adds meanwhile
            with admin.transaction():
                run(admin, "hold_back")
                refresh_views(admin)
                run(admin, "put_back")

    def undo(self) -> None:
        """Refresh the views."""
        self._database.when_up(self._refresh)

    def _refresh(self) -> None:
        with self._patient.connect() as admin:
            refresh_views(admin)


class Bloat:
    """Every raw row was updated, autovacuum is off on the table, and the dead rows stay."""

    def __init__(self, database: PracticeDatabase) -> None:
        self._database = database
        self._patient = Patient(database)

    @property
    def is_on(self) -> bool:
        """Whether the dead rows are still there."""
        return self._patient.is_so("is_bloated")

    def start(self) -> None:
        """Turn autovacuum off on the table and rewrite each of its rows."""
        self._patient.do("disable_autovacuum", "churn")
        wait_until(lambda: self.is_on)  # the counters arrive when the session is gone

    def undo(self) -> None:
        """Rewrite the table without its dead rows and let autovacuum look after it again."""
        self._database.when_up(self._clean)

    def _clean(self) -> None:
        self._patient.do("enable_autovacuum", "rewrite")
        wait_until(lambda: not self.is_on)


class InvalidIndex:
    """An index build ran into its lock timeout and left an index that costs writes and serves nobody."""

    def __init__(self, database: PracticeDatabase) -> None:
        self._database = database
        self._patient = Patient(database)

    @property
    def is_on(self) -> bool:
        """Whether the index is there and invalid."""
        return self._patient.is_so("is_invalid")

    def start(self) -> None:
        """Build the index while an old snapshot is held, for longer than the builder will wait."""
        self._patient.do("drop_index")
        owner = self._database.owner_url
        with (
            self._patient.connect() as reader,
            psycopg.connect(owner, autocommit=True, options="-c lock_timeout=300ms") as builder,
        ):
            reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            with reader.transaction():
                run(reader, "hold_snapshot")
                with suppress(psycopg.errors.LockNotAvailable):
                    run(builder, "build_index")

    def undo(self) -> None:
        """Drop the index, mended or not."""
        self._database.when_up(lambda: self._patient.do("drop_index"))


class DatabaseDown:
    """The server is stopped."""

    def __init__(self, database: PracticeDatabase) -> None:
        self._database = database

    @property
    def is_on(self) -> bool:
        """Whether nobody can connect."""
        return not self._database.is_up

    def start(self) -> None:
        """Stop the server."""
        self._database.stop()

    def undo(self) -> None:
        """Start it again."""
        self._database.start()


def run(connection: psycopg.Connection, name: str, **values: object) -> tuple[Any, ...]:
    """Run a named statement and give its first row, empty when it returns none."""
    cursor = connection.execute(SQL[name].text.encode(), values or None)
    return (cursor.fetchone() or ()) if cursor.description else ()
