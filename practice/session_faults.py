"""What sessions can do to a database: sleep in a query, queue for a lock, use up the connections."""

import time
from collections.abc import Callable

import psycopg

from practice.database import PracticeDatabase
from practice.sessions import Session, end_all

_SERIAL = "-c max_parallel_workers_per_gather=0"  # parallel workers would sleep too, and be sessions of their own
_HOURS = 14400  # seconds that a long query would run

_LONG_QUERIES = (
    f"select s.region, sum(s.peso_value) from scout.silver_transactions_cleaned s, pg_sleep({_HOURS}) group by s.region",  # noqa: S608 - constant
    f"select count(distinct s.customer_id) from scout.silver_transactions_cleaned s, pg_sleep({_HOURS}) where s.peso_value > 100",  # noqa: S608 - constant
    f"select b.payload ->> 'pay', count(*) from scout.bronze_transactions_raw b, pg_sleep({_HOURS}) group by 1",  # noqa: S608 - constant
)
_BUSY = "select pg_sleep(0.2 + 0.3 * random())"
_HOLD = "update scout.silver_transactions_cleaned set quantity = quantity where transaction_id = 4711"
_ALTER = "alter table scout.silver_transactions_cleaned add column loyalty_points integer"
_VICTIM = "select count(*), sum(peso_value) from scout.silver_transactions_cleaned where store_id = {store} and deleted_at is null"
_VICTIMS = 8


class LongQueries:
    """Three queries of the application and of a report that would run for hours."""

    def __init__(self, database: PracticeDatabase) -> None:
        self._database = database
        self._sessions: list[Session] = []

    @property
    def is_on(self) -> bool:
        """Whether any of them still runs."""
        return any(session.is_alive for session in self._sessions)

    def start(self) -> None:
        """Send the queries and see them run."""
        urls = (self._database.app_url, self._database.app_url, self._database.report_url)
        names = ("scout-api", "scout-api", "report")
        self._sessions = [
            Session(url, name, (query,), options=_SERIAL)
            for url, name, query in zip(urls, names, _LONG_QUERIES, strict=True)
        ]
        for session in self._sessions:
            session.start()
        _await(self._database, "wait_event = 'PgSleep'", self._sessions)

    def undo(self) -> None:
        """End them."""
        end_all(self._sessions, self._database.admin_url)


class LockQueue:
    """A forgotten transaction, a migration that waits for it, and the application that waits for the migration."""

    def __init__(self, database: PracticeDatabase) -> None:
        self._database = database
        self._sessions: list[Session] = []

    @property
    def is_on(self) -> bool:
        """Whether the root of the queue still sits there."""
        return bool(self._sessions) and self._sessions[0].is_alive

    def start(self) -> None:
        """Build the queue from its head and see it stand."""
        app = self._database.app_url
        root = Session(app, "scout-api", (_HOLD,))
        migration = Session(self._database.owner_url, "scout-migration", (_ALTER,), leaves=True)
        victims = [
            Session(app, "scout-api", (_VICTIM.format(store=store),), leaves=True) for store in range(1, _VICTIMS + 1)
        ]
        self._sessions = [root, migration, *victims]
        root.start()
        root.settle()
        migration.start()
        _await(self._database, "wait_event_type = 'Lock'", [migration])
        for victim in victims:
            victim.start()
        _await(self._database, "wait_event_type = 'Lock'", victims)

    def undo(self) -> None:
        """End the queue from its tail, so that the migration never gets its turn."""
        end_all(self._sessions[::-1], self._database.admin_url)


class Connections:
    """An application that takes connections and does not give them back: three fifths of all there are."""

    def __init__(self, database: PracticeDatabase) -> None:
        self._database = database
        self._sessions: list[Session] = []

    @property
    def is_on(self) -> bool:
        """Whether a third of them is still there."""
        alive = sum(session.is_alive for session in self._sessions)
        return alive * 3 > len(self._sessions)

    def start(self) -> None:
        """Take the connections: a quarter of them busy with one short statement after another, the others idle in a transaction."""
        app = self._database.app_url
        lookup = "select * from scout.dim_store where store_id = {number}"
        self._sessions = [
            Session(app, "scout-api", (_BUSY,), repeats=True)
            if number % 4 == 0
            else Session(app, "scout-api", (lookup.format(number=number),))
            for number in range(self._wanted())
        ]
        for session in self._sessions:
            session.start()
        _await(self._database, "state = 'idle in transaction' or query ~ 'pg_sleep'", self._sessions)

    def undo(self) -> None:
        """Give them back."""
        end_all(self._sessions, self._database.admin_url)

    def _wanted(self) -> int:
        with psycopg.connect(self._database.admin_url) as admin:
            row = admin.execute("select current_setting('max_connections')::int * 3 / 5").fetchone()
        return int(row[0]) if row else 0


def _await(database: PracticeDatabase, condition: str, sessions: list[Session]) -> None:
    """Wait until all the sessions are in a state that a condition on `pg_stat_activity` describes."""
    pids = [session.pid for session in sessions]
    text = f"select count(*) from pg_stat_activity where pid = any(%s) and ({condition})"  # noqa: S608 - our own conditions
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        wait_until(lambda: admin.execute(text.encode(), (pids,)).fetchone() == (len(pids),))


def wait_until(reached: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: It is not so after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            message = "The fault did not take hold in time."
            raise TimeoutError(message)
        time.sleep(0.02)
