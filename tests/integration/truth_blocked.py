"""Who blocks whom: lock queues of every kind at once, and sessions beside them that block nobody.

A server of its own, because prepared transactions must be allowed there.
"""

import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from bot.report import Cell, Report, Table
from practice.database import PracticeDatabase
from tests.accuracy import Score
from tests.integration.command_fixture import House, await_that, house_of

Edge = tuple[str, str]

SCHEMA = Path(__file__).with_suffix(".sql")
ROWS = '"Prepared ""Täble"" of rows"'

# name: statements; a session that ends with a statement that waits has its edges below. The index build comes first, because it waits
# for every snapshot that is open when it begins.
HOLDERS: dict[str, tuple[str, ...]] = {
    "old snapshot": ("begin isolation level repeatable read", "select 1 from truth_blocked.quiet"),
}
BUILD = {"index build": ("create index concurrently on truth_blocked.built (id)",)}
REST: dict[str, tuple[str, ...]] = {
    "row holder": ("begin", "update truth_blocked.row_chain set n = 1"),
    "reader before ddl": ("begin", "select 1 from truth_blocked.ddl_queue"),
    "advisory holder": ("begin", "select pg_advisory_xact_lock(4711)"),
    "pair holder": ("begin", "select pg_advisory_xact_lock(8, 15)"),
    "share holder": ("begin", "lock table truth_blocked.shared in share mode"),
    "first of two": ("begin", "select 1 from truth_blocked.two_holders"),
    "second of two": ("begin", "select 1 from truth_blocked.two_holders"),
    "parent deleter": ("begin", "delete from truth_blocked.parent"),
    "first twin": ("begin", "insert into truth_blocked.twins values (1)"),
    "serializable writer": ("begin isolation level serializable", "update truth_blocked.quiet set n = 1 where id = 1"),
    # beside the queues: these block nobody and wait for no lock
    "idle reader": ("begin", "select 1 from truth_blocked.row_chain"),
    "other row": ("begin", "update truth_blocked.quiet set n = 1 where id = 2"),
    "sleeper": ("select pg_sleep(600)",),
    "other advisory holder": ("begin", "select pg_advisory_xact_lock(47, 11)"),
    "holder of the pair's bits as one number": ("begin", "select pg_advisory_xact_lock((8::bigint << 32) | 15)"),
    "key sharer": ("begin", "select 1 from truth_blocked.quiet where id = 2 for key share"),
}
PREPARED = (
    ("prepare truth 'row'", f"update truth_blocked.{ROWS} set n = 1"),  # noqa: S608 - a name of the fixture
    ("prepared lock", "lock table truth_blocked.prepared_lock in share row exclusive mode"),
    ("prepared beside", "lock table truth_blocked.prepared_lock in access share mode"),
)
WAITERS: dict[str, tuple[str, ...]] = {
    "second for the row": ("update truth_blocked.row_chain set n = 2",),
    "third for the row": ("update truth_blocked.row_chain set n = 3",),
    "ddl": ("alter table truth_blocked.ddl_queue add n int",),
    "reader behind ddl": ("select 1 from truth_blocked.ddl_queue",),
    "advisory waiter": ("select pg_advisory_xact_lock(4711)",),
    "pair waiter": ("select pg_advisory_xact_lock(8, 15)",),
    "updater": ("update truth_blocked.shared set id = 1",),
    "behind prepared row": (f"update truth_blocked.{ROWS} set n = 2",),  # noqa: S608 - a name of the fixture
    "truncater": ("truncate truth_blocked.two_holders",),
    "behind prepared lock": ("insert into truth_blocked.prepared_lock values (1)",),
    "child inserter": ("insert into truth_blocked.child values (1)",),
    "second twin": ("insert into truth_blocked.twins values (1)",),
    "deferrable reader": ("begin isolation level serializable read only deferrable", "select 1"),
}
NINE: frozenset[Edge] = frozenset(
    {
        ("second for the row", "row holder"),
        ("third for the row", "second for the row"),
        ("ddl", "reader before ddl"),
        ("reader behind ddl", "ddl"),
        ("advisory waiter", "advisory holder"),
        ("index build", "old snapshot"),
        ("behind prepared row", "prepared 'prepare truth 'row''"),
        ("updater", "share holder"),
        ("child inserter", "parent deleter"),
    }
)
"""The kinds of section 18 of the notes to the runbook."""
MORE: frozenset[Edge] = frozenset(
    {
        ("truncater", "first of two"),
        ("truncater", "second of two"),
        ("behind prepared lock", "prepared 'prepared lock'"),
        ("second twin", "first twin"),
        ("pair waiter", "pair holder"),
        ("deferrable reader", "serializable writer"),
    }
)
"""Others: two holders at once, the right one of two prepared transactions on a table, a unique key, a pair of numbers, a safe snapshot."""
HEADS = {"row holder": 2, "reader before ddl": 2, "first of two": 1, "prepared 'prepared lock'": 1}
"""Some heads with how many wait behind them, directly or not."""

WAITING = """
select exists (
  select from pg_stat_activity as a
  where a.pid = %s
    and (exists (select from pg_locks as l where l.pid = a.pid and not l.granted) or a.wait_event = 'SafeSnapshot')
)
"""


@dataclass
class Stage:
    """The sessions of the fixture by name, each with a connection, those that wait with a thread."""

    practice: PracticeDatabase
    connections: dict[str, psycopg.Connection] = field(default_factory=dict[str, psycopg.Connection])
    threads: list[threading.Thread] = field(default_factory=list[threading.Thread])

    def set(self) -> None:
        """Build all queues, in the order that makes them what they are."""
        self._admin(SCHEMA.read_text(encoding="utf-8"))
        self._all(HOLDERS)
        self._all(BUILD, waits=True)
        for gid, statement in PREPARED:
            self._admin(f"begin; {statement}; prepare transaction '{_doubled(gid)}'")
        self._all({name: script for name, script in REST.items() if name != "sleeper"})
        self._start("sleeper", REST["sleeper"])
        self._all(WAITERS, waits=True)

    def strike(self) -> None:
        """End every session and every prepared transaction."""
        for gid, _ in PREPARED:
            with suppress(psycopg.errors.UndefinedObject):
                self._admin(f"rollback prepared '{_doubled(gid)}'")
        pids = [connection.info.backend_pid for connection in self.connections.values()]
        with psycopg.connect(self.practice.admin_url, autocommit=True) as admin:
            admin.execute("select pg_terminate_backend(pid) from unnest(%s::int[]) as pid", (pids,))
        for thread in self.threads:
            thread.join(10)
        for connection in self.connections.values():
            connection.close()

    def names(self) -> Mapping[str, str]:
        """The fixture's name of a session by the label that Scout gives it."""
        return {str(connection.info.backend_pid): name for name, connection in self.connections.items()}

    def _all(self, scripts: Mapping[str, Sequence[str]], *, waits: bool = False) -> None:
        for name, script in scripts.items():
            self._start(name, script)
            if waits:
                self._until_waiting(name)
            else:
                self.threads[-1].join(10)

    def _start(self, name: str, script: Sequence[str]) -> None:
        connection = psycopg.connect(self.practice.admin_url, autocommit=True, application_name=name)
        self.connections[name] = connection
        self.threads.append(threading.Thread(target=_run, args=(connection, script), name=name, daemon=True))
        self.threads[-1].start()

    def _until_waiting(self, name: str) -> None:
        pid = self.connections[name].info.backend_pid
        with psycopg.connect(self.practice.admin_url, autocommit=True) as admin:
            await_that(lambda: admin.execute(WAITING, (pid,)).fetchone() == (True,))

    def _admin(self, statements: str) -> None:
        with psycopg.connect(self.practice.admin_url, autocommit=True) as admin:
            admin.execute(statements.encode())


def _doubled(gid: str) -> str:
    return gid.replace("'", "''")


def _run(connection: psycopg.Connection, script: Sequence[str]) -> None:
    with suppress(psycopg.Error):  # its end, when the queues are broken up
        for statement in script:
            connection.execute(statement.encode())


@contextmanager
def stage() -> Generator[tuple[House, Stage]]:
    """A server with all the queues, and Scout beside it."""
    with PracticeDatabase(settings={"max_prepared_transactions": "5"}) as practice, TemporaryDirectory() as folder:
        queues = Stage(practice)
        try:
            queues.set()
            with house_of(practice, Path(folder)) as house:
                yield house, queues
        finally:
            queues.strike()


def rows(report: Report, names: Mapping[str, str]) -> list[tuple[str, tuple[str, ...], Cell]]:
    """Who, behind whom, and how many it holds up, by the names of the fixture."""
    tables = [part for part in (*report.parts, *report.more) if isinstance(part, Table)]
    found = [row for table in tables for row in table.rows]
    return [(_name(str(row[0]), names), _names(str(row[1]), names), row[2]) for row in found]


def edges(report: Report, names: Mapping[str, str]) -> frozenset[Edge]:
    """Every edge that the answer shows."""
    return frozenset((one, blocker) for one, blockers, _ in rows(report, names) for blocker in blockers)


def _names(cell: str, names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(_name(label, names) for label in cell.split(", ") if label)


def _name(label: str, names: Mapping[str, str]) -> str:
    plain = label.strip("\u00a0\u2514 ")
    return names.get(plain, plain)


def score(database: PracticeDatabase) -> Iterable[Score]:  # noqa: ARG001 - its server allows no prepared transactions
    """Ask over the queues, and compare what is shown with what was built."""
    with stage() as (house, queues):
        found = edges(house.report("blocked"), queues.names())
    false = len(found - NINE - MORE)
    yield Score("who blocks whom", len(NINE), len(found & NINE), false, others="9 of 9 (0 false) to 1; 6 with 7 false")
    yield Score("who blocks whom, more kinds", len(MORE), len(found & MORE), false)
