"""Replication tells lag, slots and conflicts, from the primary's side and from the standby's."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from bot.report import Code, Level
from practice.database import PracticeDatabase
from tests.integration.command_fixture import House, await_that, house_of
from tests.integration.standby_fixture import PRIMARY, SLOT, standby_of


@dataclass
class Pair:
    """A primary with its standby, each with Scout beside it."""

    database: PracticeDatabase
    primary: House
    standby: House

    def run(self, statement: str) -> None:
        """Run something on the primary as superuser."""
        with psycopg.connect(self.database.admin_url, autocommit=True) as admin:
            admin.execute(statement.encode())


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
    pair.run("alter system set max_slot_wal_keep_size = '1MB'")
    pair.run("select pg_reload_conf()")
    try:
        for _ in range(3):
            pair.run("create table scout.lost as select g, repeat('x', 500) from generate_series(1, 10000) as g")
            pair.run("drop table scout.lost; select pg_switch_wal()")
        pair.run("checkpoint")
        await_that(lambda: "has lost its log" in pair.primary.report("replication").verdict.text, 20)
        assert pair.primary.report("replication").verdict.level is Level.ALERT
    finally:
        pair.run("alter system reset max_slot_wal_keep_size")
        pair.run("select pg_reload_conf()")
        pair.run("select pg_drop_replication_slot('too_late')")


def test_the_commands_answer_on_a_standby(pair: Pair) -> None:
    pair.standby.tick(ago_s=60)
    for text in ("active", "blocked", "slow", "hitratio", "tps", "settings", "connections"):
        assert pair.standby.report(text).verdict.text


def test_commits_that_wait_for_a_standby_that_is_not_there_wake_somebody(pair: Pair) -> None:
    pair.run("alter system set synchronous_standby_names = 'somebody_else'")
    pair.run("select pg_reload_conf()")
    try:
        await_that(lambda: pair.primary.report("replication").verdict.level is Level.PAGE)
        assert "every commit waits" in pair.primary.report("replication").verdict.text
    finally:
        pair.run("alter system reset synchronous_standby_names")
        pair.run("select pg_reload_conf()")
