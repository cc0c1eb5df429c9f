"""What the replicas that the settings name say counts: an index is not unused while one of them reads it, or does not answer."""

from collections.abc import Generator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.command import Limits
from bot.database import Watched, place
from bot.doctor import examine
from bot.registry import discover
from bot.report import Level
from bot.settings import load
from commands import elsewhere
from commands.elsewhere import Identity
from practice.database import PracticeDatabase
from tests.integration.command_fixture import House, await_that, house_of, table
from tests.integration.standby_fixture import PRIMARY, standby_of

ENOUGH = Limits(evidence_days=0)
BURN = "do $$ begin for i in 1..10100 loop perform pg_current_xact_id(); commit; end loop; end $$"
NO_SLACK = {"SLACK_API_URL": "http://127.0.0.1:9/api/", "SLACK_BOT_TOKEN": "xoxb-none", "SLACK_APP_TOKEN": "xapp-none"}
THERE = "select count(*) from scout.silver_transactions_cleaned where payment_method = 'nobody pays so'"


@dataclass
class Pair:
    """A primary in Scout's care that knows its standby."""

    database: PracticeDatabase
    house: House
    standby: str
    open_: ExitStack

    @property
    def port(self) -> str:
        """The port of the standby."""
        return str(conninfo_to_dict(self.standby)["port"])

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


def test_replication_asks_each_replica_itself_and_names_the_one_that_is_dead(pair: Pair) -> None:
    house = pair.with_replicas(pair.standby)
    await_that(lambda: house.report("replication").verdict.level is Level.OK, 30)
    assert f"('{place(pair.standby)}', 'running', " in str(house.report("replication").parts)
    said = pair.with_replicas(make_conninfo(pair.standby, port="1")).report("replication")
    assert said.verdict.level is Level.ALERT
    assert said.verdict.text.startswith("Replica 127.0.0.1:1 does not answer")


def test_who_is_behind_the_feedback_of_a_standby_is_named(pair: Pair) -> None:
    boss = make_conninfo(pair.database.admin_url, port=pair.port)
    with psycopg.connect(boss, autocommit=True) as there, psycopg.connect(boss, application_name="report") as reader:
        there.execute("alter system set hot_standby_feedback = on")
        there.execute("alter system set wal_receiver_status_interval = '1s'")
        there.execute("select pg_reload_conf()")
        reader.execute("set transaction isolation level repeatable read")
        reader.execute("select count(*) from scout.dim_store")
        pid = reader.info.backend_pid
        with psycopg.connect(pair.database.admin_url, autocommit=True) as admin:
            admin.execute(BURN)
        house = pair.with_replicas(pair.standby)
        named = f"The oldest on replica {place(pair.standby)}: pid {pid} (postgres, idle in transaction)"
        await_that(lambda: named in " ".join(house.report("wraparound").notes), 30)
        assert named in " ".join(house.report("vacuum").notes)
        dead = pair.with_replicas(make_conninfo(pair.standby, port="1")).report("wraparound").notes
        assert "Who holds rows back on replica 127.0.0.1:1 is not known" in " ".join(dead)
        reader.rollback()
        there.execute("alter system reset hot_standby_feedback")
        there.execute("select pg_reload_conf()")


def test_the_doctor_examines_every_replica(pair: Pair, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    dead = make_conninfo(pair.standby, port="1")
    urls = "\n".join(f"postgresql://{_as_url(url)}" for url in (pair.standby, dead, pair.database.read_url))
    told = {"DATABASE_URL": pair.database.read_url, "DATABASE_REPLICA_URLS": urls}
    examine(load({**NO_SLACK, "SCOUT_STORE_URL": f"sqlite:///{tmp_path}/store", **told}), discover("commands").metrics)
    said = capsys.readouterr().out
    assert f"ok       replica 127.0.0.1:{pair.port} of scout: answers, as scout_read" in said
    assert "failure  replica 127.0.0.1:1 of scout: 127.0.0.1:1 does not answer" in said
    assert f"replica 127.0.0.1:{pair.database.port} of scout: it is no replica: it takes writes of its own" in said


def _as_url(described: str) -> str:
    told = conninfo_to_dict(described)
    return f"{told['user']}:{told['password']}@{told['host']}:{told['port']}/{told['dbname']}"
