"""Replication tells lag, slots and conflicts, from the primary's side and from the standby's."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.command import Value
from bot.report import Code, Level, Report, Table
from practice.database import PracticeDatabase
from tests.integration.command_fixture import House, await_that, house_of
from tests.integration.standby_fixture import PRIMARY, SLOT, standby_of

IDLES_OUT = 180_000
"""The first PostgreSQL that gives up slots which nobody uses."""
CAUGHT_UP = """
    select pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn) < 65536
    from pg_replication_slots as s
    where s.active
"""


@dataclass
class Pair:
    """A primary with its standby, each with Scout beside it."""

    database: PracticeDatabase
    primary: House
    standby: House

    def run(self, statement: str, port: str | None = None) -> None:
        """Run something as superuser, on the primary if no port is named."""
        with psycopg.connect(make_conninfo(self.database.admin_url, port=port), autocommit=True) as admin:
            admin.execute(statement.encode())

    def says(self, question: str) -> bool:
        """What the primary answers to a question."""
        with psycopg.connect(self.database.admin_url, autocommit=True) as admin:
            return admin.execute(question.encode()).fetchone() == (True,)

    @contextmanager
    def set(self, port: str | None = None, **wanted: str) -> Generator[None]:
        """Have settings for a while, on the primary if no port is named."""
        for name, value in wanted.items():
            self.run(f"alter system set {name} = '{value}'", port)
        self.run("select pg_reload_conf()", port)
        try:
            yield
        finally:
            for name in wanted:
                self.run(f"alter system reset {name}", port)
            self.run("select pg_reload_conf()", port)


@pytest.fixture(scope="module")
def pair() -> Generator[Pair]:
    with (
        PracticeDatabase(settings=PRIMARY) as database,
        TemporaryDirectory() as one,
        TemporaryDirectory() as other,
        standby_of(database) as standby_url,
        house_of(database, Path(one)) as primary,
        house_of(database, Path(other), url=standby_url) as standby,
    ):
        yield Pair(database, primary, standby)


def slots(answer: Report) -> list[tuple[object, ...]]:
    (found,) = [part for part in answer.parts if isinstance(part, Table) and part.title == "Slots"]
    return list(found.rows)


def test_a_standby_that_keeps_up_is_well_on_both_sides(pair: Pair) -> None:
    await_that(lambda: pair.primary.report("replication").verdict.level is Level.OK, 30)
    said = str(pair.primary.report("replication lag"))
    assert "first standby" in said
    assert SLOT in said
    await_that(lambda: pair.standby.report("replication").verdict.level is Level.OK, 30)
    assert "This is a standby, and it keeps up" in pair.standby.report("replication").verdict.text
    assert "streaming from 127.0.0.1" in str(pair.standby.report("replication").parts)


def test_a_slot_that_nobody_uses_is_named_with_the_statement_that_drops_it(pair: Pair) -> None:
    pair.run("select pg_create_physical_replication_slot('left_behind', true)")
    pair.run("select pg_create_logical_replication_slot('decoded', 'pgoutput')")
    try:
        answer = pair.primary.report("replication")
        assert answer.verdict.level is Level.INFO
        assert "Nobody uses slot" in answer.verdict.text
        assert "logical (pgoutput, scout)" in str(answer.parts)
        (code,) = [part for part in answer.parts if isinstance(part, Code)]
        assert "select pg_drop_replication_slot('left_behind');" in code.text
        assert SLOT not in code.text
        assert any("max_slot_wal_keep_size is off" in note for note in answer.notes)
    finally:
        pair.run("select pg_drop_replication_slot('left_behind'), pg_drop_replication_slot('decoded')")


def test_a_slot_that_lost_its_log_is_an_alert(pair: Pair) -> None:
    pair.run("select pg_create_physical_replication_slot('too_late', true)")
    try:
        with pair.set(max_slot_wal_keep_size="1MB"):
            for _ in range(3):
                pair.run("create table scout.lost as select g, repeat('x', 500) from generate_series(1, 10000) as g")
                pair.run("drop table scout.lost; select pg_switch_wal()")
            await_that(lambda: pair.says(CAUGHT_UP), 30)  # or the standby's own slot would be lost too
            pair.run("checkpoint")
            await_that(lambda: "has lost its log" in pair.primary.report("replication").verdict.text, 20)
            assert pair.primary.report("replication").verdict.level is Level.ALERT
    finally:
        pair.run("select pg_drop_replication_slot('too_late')")


def test_a_slot_that_was_given_up_for_idling_keeps_nothing(pair: Pair) -> None:
    if pair.primary.database.facts().server_version < IDLES_OUT:
        assert "idle_replication_slot_timeout" not in str(pair.primary.report("replication").notes)
        return
    pair.run("select pg_create_physical_replication_slot('idles', true)")
    try:
        with pair.set(idle_replication_slot_timeout="1s"):
            await_that(
                lambda: (
                    "idle_replication_slot_timeout ends it after 1s" in str(pair.primary.report("replication").notes)
                )
            )

            def given_up() -> bool:
                pair.run("checkpoint")
                return (
                    "slot idles has lost its log (idle_timeout)"
                    in pair.primary.report("replication").verdict.text.lower()
                )

            await_that(given_up, 30)
            pair.run("select pg_switch_wal()")
            (keeps,) = [row[3] for row in slots(pair.primary.report("replication")) if row[0] == "idles"]
            assert keeps is None
            kept = pair.primary.tick()["slot_wal"].measured
            assert isinstance(kept, Value)
            assert kept.note != "idles"
    finally:
        pair.run("select pg_drop_replication_slot('idles')")


def test_the_commands_answer_on_a_standby(pair: Pair) -> None:
    pair.standby.tick(ago_s=60)
    for text in ("active", "blocked", "slow", "hitratio", "tps", "settings", "connections"):
        assert pair.standby.report(text).verdict.text


def test_commits_that_wait_for_a_standby_that_is_not_there_wake_somebody(pair: Pair) -> None:
    with pair.set(synchronous_standby_names="somebody_else"):
        await_that(lambda: pair.primary.report("replication").verdict.level is Level.PAGE)
        assert (
            "No synchronous standby is connected: every commit waits" in pair.primary.report("replication").verdict.text
        )


def test_one_standby_of_the_two_that_commits_wait_for_is_too_few(pair: Pair) -> None:
    with pair.set(synchronous_standby_names='FIRST 2 ("first standby", somebody_else)'):
        await_that(
            lambda: (
                pair.primary.report("replication").verdict.text
                == "Only 1 of 2 synchronous standbys are connected: every commit waits"
            )
        )
        assert pair.primary.report("replication").verdict.level is Level.PAGE


def test_nobody_is_woken_for_standbys_that_no_commit_waits_for(pair: Pair) -> None:
    port = str(conninfo_to_dict(pair.standby.database._lines.url)["port"])  # pyright: ignore[reportPrivateUsage] - only the login of the standby knows its port
    names = "somebody_else"
    with pair.set(synchronous_standby_names=names, synchronous_commit="local"):
        await_that(lambda: pair.primary.report("replication").verdict.level is Level.OK, 30)
    with pair.set(port, synchronous_standby_names=names):
        with psycopg.connect(pair.standby.database._lines.url, autocommit=True) as line:  # pyright: ignore[reportPrivateUsage] - as above
            await_that(lambda: line.execute("show synchronous_standby_names").fetchone() == (names,))
        assert pair.standby.report("replication").verdict.level is Level.OK
