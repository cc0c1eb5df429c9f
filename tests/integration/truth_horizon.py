"""Who holds the horizon back, by name: sessions, standby feedback with and without a slot, slots, prepared transactions.

A server of its own, with the lines of wraparound as low as they go, because ages are made by burning transactions.
"""

import struct
from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg import pq

from bot.report import Report, Table
from practice.database import PracticeDatabase
from tests.accuracy import Score
from tests.integration.command_fixture import House, await_that, house_of

SETTINGS = {
    "max_prepared_transactions": "5",
    "wal_level": "logical",
    "autovacuum": "off",
    "autovacuum_freeze_max_age": "100000",
    "autovacuum_multixact_freeze_max_age": "10000",
}
BURN = """
do $$ begin for i in 1..{} loop perform txid_current(); commit; end loop; end $$
"""
FEEDBACK = struct.Struct("!cqIIII")
HERE = frozenset(
    {
        "session reads in a snapshot",
        "session has written and idles",
        "session runs for long",
        "prepared transaction a 'prepared' one",
        "replication slot logical_slot (inactive)",
        "replication slot fed_back (standby standby_with_slot)",
        "standby feedback standby_alone",
    }
)
"""What holds this database, by kind and name, sessions by their application."""
ELSEWHERE = frozenset({"session reads in another database", "prepared transaction prepared elsewhere"})
"""What holds another database only: no matter for vacuum here, but for wraparound."""
BESIDE = ("idles without a transaction", "idles in a transaction without a snapshot", "lost_slot")


@dataclass(frozen=True)
class Stage:
    """A house, and the names of the sessions by how the command calls them."""

    house: House
    names: dict[str, str]

    def holders(self, text: str) -> frozenset[str]:
        """Whom a command names as holding something back."""
        report = self.house.report(text)
        named = [str(row[0]) for row in rows(report, "What holds the horizon back")]
        return frozenset(
            f"session {self.names[one]}" if one in self.names else one.split(" at 127")[0] for one in named
        )


@contextmanager
def stage() -> Generator[Stage]:
    """A server with a holder of every kind, and others beside them that hold nothing."""
    with PracticeDatabase(settings=SETTINGS) as practice, TemporaryDirectory() as folder, ExitStack() as ends:
        with psycopg.connect(practice.admin_url, autocommit=True) as admin:
            admin.execute("create database elsewhere")
            admin.execute("create table scout.made_first (id int, body text)")
            admin.execute("insert into scout.made_first values (1, 'x')")
            admin.execute("create materialized view scout.a_view as select 1 as one")
            _lose_a_slot(admin)
            admin.execute("select pg_create_logical_replication_slot('logical_slot', 'pgoutput')")
            admin.execute("select pg_create_physical_replication_slot('fed_back', true)")
        names = {f"session pid {pid}": name for pid, name in _sessions(practice, ends)}
        _feed_back(practice, ends)
        with psycopg.connect(practice.admin_url, autocommit=True) as admin:
            admin.execute(BURN.format(140_000).encode())
            _multixacts(practice)
            with house_of(practice, Path(folder)) as house:
                yield Stage(house, names)
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'runs for long'"
            )


def _lose_a_slot(admin: psycopg.Connection) -> None:
    """A logical slot whose log is gone: it still shows its catalog_xmin, and holds nothing."""
    admin.execute("select pg_create_logical_replication_slot('lost_slot', 'pgoutput')")
    admin.execute("alter system set max_slot_wal_keep_size = '1MB'")
    admin.execute("select pg_reload_conf()")
    lost = b"select wal_status from pg_replication_slots where slot_name = 'lost_slot'"

    def is_lost() -> bool:
        admin.execute("create table scout.written as select repeat('x', 500) from generate_series(1, 10000)")
        admin.execute("drop table scout.written")
        admin.execute("select pg_switch_wal()")
        admin.execute("checkpoint")
        return admin.execute(lost).fetchone() == ("lost",)

    await_that(is_lost, 60)
    admin.execute("alter system reset max_slot_wal_keep_size")
    admin.execute("select pg_reload_conf()")


def _sessions(practice: PracticeDatabase, ends: ExitStack) -> Iterable[tuple[int, str]]:
    elsewhere = practice.url("postgres", "elsewhere")
    for name, url, statements in (
        (
            "reads in a snapshot",
            practice.admin_url,
            ("begin isolation level repeatable read", "select 1 from pg_class"),
        ),
        ("has written and idles", practice.admin_url, ("begin", "insert into scout.made_first values (2, 'y')")),
        ("reads in another database", elsewhere, ("begin isolation level repeatable read", "select 1 from pg_class")),
        (BESIDE[0], practice.admin_url, ("select 1",)),
        (BESIDE[1], practice.admin_url, ("begin", "select 1 from pg_class")),
    ):
        session = ends.enter_context(_session(url, name))
        for statement in statements:
            session.execute(statement.encode())
        yield session.info.backend_pid, name
    for url, name in ((practice.admin_url, "a 'prepared' one"), (elsewhere, "prepared elsewhere")):
        with psycopg.connect(url) as preparing:
            preparing.execute("select txid_current()")
            preparing.execute(f"prepare transaction '{name.replace(chr(39), chr(39) * 2)}'".encode())
    running = ends.enter_context(_session(practice.admin_url, "runs for long"))
    running.pgconn.send_query(b"select pg_sleep(600) from pg_class limit 1")
    yield running.info.backend_pid, "runs for long"


@contextmanager
def _session(url: str, name: str) -> Generator[psycopg.Connection]:
    connection = psycopg.connect(url, autocommit=True, application_name=name)
    try:
        yield connection
    finally:
        connection.close()


def _feed_back(practice: PracticeDatabase, ends: ExitStack) -> None:
    """Two standbys that say which rows their readers need, one of them through a slot."""
    for name, slot in (("standby_alone", b""), ("standby_with_slot", b"SLOT fed_back ")):
        line = pq.PGconn.connect(f"{practice.admin_url}?replication=true&application_name={name}".encode())
        ends.callback(line.finish)
        at = line.exec_(b"IDENTIFY_SYSTEM").get_value(0, 2) or b"0/0"
        started = line.exec_(b"START_REPLICATION " + slot + b"PHYSICAL " + at)
        assert started.status == pq.ExecStatus.COPY_BOTH, started.error_message
        with psycopg.connect(practice.admin_url, autocommit=True) as admin:
            next_one = admin.execute("select txid_snapshot_xmin(txid_current_snapshot())").fetchone()
        assert next_one is not None
        line.put_copy_data(FEEDBACK.pack(b"h", 0, int(next_one[0]), 0, 0, 0))
        line.flush()
    with psycopg.connect(practice.admin_url, autocommit=True) as admin:
        seen = b"""
            select (select count(*) from pg_stat_activity where backend_type = 'walsender' and backend_xmin is not null)
              + (select count(*) from pg_replication_slots where slot_name = 'fed_back' and xmin is not null)
        """
        await_that(lambda: admin.execute(seen).fetchone() == (2,))


def _multixacts(practice: PracticeDatabase) -> None:
    """Rows that two lock at once, each a new multixact."""
    with psycopg.connect(practice.admin_url) as one, psycopg.connect(practice.admin_url) as other:
        for connection in (one, other):
            connection.execute("select 1 from scout.dim_store order by store_id limit 50 for key share")


def rows(report: Report, title: str) -> list[tuple[object, ...]]:
    """The rows of the tables whose title begins so, on the screen and behind it."""
    tables = [part for part in (*report.parts, *report.more) if isinstance(part, Table)]
    return [row for table in tables if table.title.startswith(title) for row in table.rows]


def score(database: PracticeDatabase) -> Iterable[Score]:  # noqa: ARG001 - its server has slots and lower lines
    """Ask over the stage."""
    with stage() as built:
        vacuum, wraparound = built.holders("vacuum"), built.holders("wraparound")
    others = "one kind or none named"
    yield Score("who holds vacuum back", len(HERE), len(vacuum & HERE), len(vacuum - HERE), others=others)
    every = HERE | ELSEWHERE
    others = "xid only, this database only"
    yield Score(
        "who holds wraparound back", len(every), len(wraparound & every), len(wraparound - every), others=others
    )
