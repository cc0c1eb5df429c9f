"""What the replicas that the settings name say counts: an index is not unused while one of them reads it, or does not answer."""

from collections.abc import Generator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from bot.command import Limits
from bot.database import Watched, place
from bot.report import Level
from commands import elsewhere
from commands.elsewhere import Identity
from practice.database import PracticeDatabase
from tests.integration.command_fixture import House, await_that, house_of, table
from tests.integration.standby_fixture import PRIMARY, standby_of

ENOUGH = Limits(evidence_days=0)
THERE = "select count(*) from scout.silver_transactions_cleaned where payment_method = 'nobody pays so'"


@dataclass
class Pair:
    """A primary in Scout's care that knows its standby."""

    database: PracticeDatabase
    house: House
    standby: str
    open_: ExitStack

    def with_replicas(self, *urls: str, limits: Limits = ENOUGH) -> House:
        """The same house with these replicas."""
        return replace(self.house, limits=limits, replicas=tuple(self.watched(url) for url in urls))

    def watched(self, url: str) -> Watched:
        """A replica as the settings make it, closed with the fixture."""
        return self.open_.enter_context(closing(Watched(place(url), url, url, "scout")))


@pytest.fixture(scope="module")
def pair() -> Generator[Pair]:
    with (
        PracticeDatabase(settings=PRIMARY) as database,
        TemporaryDirectory() as folder,
        standby_of(database) as standby,
        house_of(database, Path(folder), limits=ENOUGH) as house,
        ExitStack() as opened,
    ):
        yield Pair(database, house, standby, opened)


def droppable(house: House) -> set[object]:
    return {row[0] for part in house.report("indexes unused").parts for row in getattr(part, "rows", ())}


def test_without_its_replica_nothing_is_judged_and_with_it_the_list_is_the_same(pair: Pair) -> None:
    assert "replicas are not configured" in pair.house.report("indexes unused").verdict.text
    report = pair.with_replicas(pair.standby).report("indexes unused")
    assert report.verdict.level is Level.INFO
    assert table(report).rows
    assert f"Asked too: replica {place(pair.standby)}." in report.notes


def test_an_index_that_only_the_replica_reads_is_not_droppable(pair: Pair) -> None:
    house = pair.with_replicas(pair.standby)
    assert "idx_transactions_payment" in droppable(house)
    with psycopg.connect(pair.standby, autocommit=True) as there:
        there.execute("set enable_seqscan = off")
        there.execute(THERE)
    await_that(lambda: "idx_transactions_payment" not in droppable(house), 20)
    said = house.report("index drop idx_transactions_payment").verdict.text
    assert f"is not read here, but stays: read on replica {place(pair.standby)}" in said
    assert any(f"read on replica {place(pair.standby)} 1" in note for note in house.report("indexes unused").notes)


def test_a_replica_that_does_not_answer_is_named_and_nothing_is_judged_or_dropped(pair: Pair) -> None:
    dead = make_conninfo(pair.standby, port="1")
    house = pair.with_replicas(pair.standby, dead)
    said = house.report("indexes unused").verdict
    assert said.level is Level.NO_DATA
    assert said.text.startswith("Cannot judge: replica 127.0.0.1:1 does not answer (connection refused)")
    assert (
        "replica 127.0.0.1:1 does not answer" in house.report("index drop idx_transactions_region_value").verdict.text
    )


def test_a_replica_whose_login_is_refused_is_named(pair: Pair) -> None:
    house = pair.with_replicas(make_conninfo(pair.standby, password="wrong"))
    assert "Cannot judge: replica 127.0.0.1:" in house.report("indexes unused").verdict.text
    assert "refused Scout's login" in house.report("indexes unused").verdict.text


def test_another_database_of_the_standby_is_not_believed(pair: Pair) -> None:
    house = pair.with_replicas(pair.standby, make_conninfo(pair.standby, dbname="postgres"))
    assert "is no physical replica of this database" in house.report("indexes unused").verdict.text


def test_the_primary_itself_named_as_its_replica_is_seen_through(pair: Pair) -> None:
    house = pair.with_replicas(pair.database.read_url)
    assert "is no replica any more: it takes writes of its own" in house.report("indexes unused").verdict.text


def test_a_replica_that_counts_too_shortly_makes_judging_impossible(pair: Pair) -> None:
    house = pair.with_replicas(pair.standby, limits=Limits(evidence_days=0.001))
    with psycopg.connect(pair.database.admin_url, autocommit=True) as admin:
        admin.execute("select 1")
    said = " ".join([house.report("indexes unused").verdict.text, *house.report("indexes unused").notes])
    assert f"replica {place(pair.standby)} counts scans for " in said


def test_more_replicas_than_are_named_are_counted(pair: Pair) -> None:
    with psycopg.connect(pair.database.admin_url, autocommit=True) as admin:
        admin.execute("select pg_create_physical_replication_slot('another')")
        try:
            said = pair.with_replicas(pair.standby).report("indexes unused").verdict.text
        finally:
            admin.execute("select pg_drop_replication_slot('another')")
    assert "usage on 1 more replica is not seen, because only 1 of them are configured" in said


def test_an_identity_is_that_of_the_server_and_the_database(pair: Pair) -> None:
    (here,) = pair.house.database.rows(elsewhere.SQL["identity"], Identity)
    (there,) = pair.watched(pair.standby).rows(elsewhere.SQL["identity"], Identity)
    assert elsewhere.stranger(here, there) == ""
    assert (here.is_replica, there.is_replica) == (False, True)
