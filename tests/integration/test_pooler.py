"""The admin console of a real pgbouncer takes a few orders and tells its state."""

import socket
from collections.abc import Generator

import psycopg
import pytest
from pgbouncer import Bouncer, running_bouncer

from bot.command import Pooler as Order
from bot.command import Row
from bot.database import Watched
from bot.errors import BadInput, Unavailable
from bot.pooler import Pooler
from bot.sql import Statement
from practice.database import PracticeDatabase


class One(Row):
    n: int


@pytest.fixture(scope="module")
def bouncer(practice_database: PracticeDatabase) -> Generator[Bouncer]:
    with running_bouncer(practice_database.read_url) as bouncer:
        yield bouncer


def backend(client: psycopg.Connection) -> tuple[int]:
    return client.execute("select pg_backend_pid()").fetchone() or (0,)


def test_reconnect_moves_the_clients_to_new_backends_and_drops_none(bouncer: Bouncer) -> None:
    with psycopg.connect(bouncer.url("app", "app", "scout"), autocommit=True, prepare_threshold=None) as client:
        before = backend(client)
        assert Pooler(bouncer.admin_url).order('RECONNECT "scout"') == []
        assert backend(client) != before


@pytest.mark.parametrize("name", ["shop-2", "Shop", "4711", "shop.x"])
def test_a_database_of_the_pooler_may_be_called_whatever_it_likes(
    practice_database: PracticeDatabase, name: str
) -> None:
    also = f"[databases]\n{name} = host=127.0.0.1 dbname=scout"
    with running_bouncer(practice_database.read_url, also) as there:
        pooler = Pooler(there.admin_url)
        pooler.order(Order.about("PAUSE", name).order)
        assert [row["name"] for row in pooler.rows("SHOW DATABASES") if row["paused"]] == [name]
        assert pooler.resume(name)


def test_show_tells_the_pools(bouncer: Bouncer) -> None:
    pools = Pooler(bouncer.admin_url).rows("SHOW POOLS")
    assert {"database", "cl_active", "cl_waiting"} <= set(pools[0])
    assert "pgbouncer" in [pool["database"] for pool in pools]


def test_pause_and_resume(bouncer: Bouncer) -> None:
    pooler = Pooler(bouncer.admin_url)
    pooler.order('PAUSE "scout"')
    (database,) = [row for row in pooler.rows("SHOW DATABASES") if row["name"] == "scout"]
    assert database["paused"] == 1
    pooler.order('RESUME "scout"')


@pytest.mark.parametrize(
    "order",
    [
        "SHUTDOWN",
        "KILL scout",
        "RELOAD",
        "SET x = 1",
        "RECONNECT scout",
        'RECONNECT "scout"; SHUTDOWN',
        'RECONNECT "scout" "',
        'RECONNECT "scout\nSHUTDOWN"',
        'reconnect "scout"',
        'RECONNECT "scout"\n',
        'RECONNECT ""',
        "",
    ],
)
def test_only_three_orders_are_taken(bouncer: Bouncer, order: str) -> None:
    with pytest.raises(BadInput, match="RECONNECT, PAUSE and RESUME"):
        Pooler(bouncer.admin_url).order(order)


@pytest.mark.parametrize("show", ["RECONNECT scout", "SHOW POOLS; SHUTDOWN", "SHOW pools", "SHOW"])
def test_only_shows_are_asked(bouncer: Bouncer, show: str) -> None:
    with pytest.raises(BadInput):
        Pooler(bouncer.admin_url).rows(show)


def test_what_the_console_refuses_is_said(bouncer: Bouncer) -> None:
    with pytest.raises(Unavailable, match='The pooler refused RECONNECT "nowhere"'):
        Pooler(bouncer.admin_url).order('RECONNECT "nowhere"')
    with pytest.raises(Unavailable, match='The pooler refused RECONNECT "scout"'):
        Pooler(bouncer.url("pgb_stats", "only-look")).order('RECONNECT "scout"')


def test_a_wrong_password_is_not_shown(bouncer: Bouncer) -> None:
    with pytest.raises(Unavailable) as failure:
        Pooler(bouncer.url("pgb_admin", "hunter2")).rows("SHOW POOLS")
    assert "hunter2" not in str(failure.value)
    assert failure.value.__suppress_context__


def test_a_console_that_is_not_there_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(Unavailable, match="does not answer"):
        Pooler(f"postgresql://pgb_admin:hunter2@127.0.0.1:{port}/pgbouncer").rows("SHOW POOLS")


def test_scout_can_read_by_way_of_a_pooler_too(bouncer: Bouncer) -> None:
    url = bouncer.url("app", "app", "scout")
    watched = Watched("main", url, url, "scout")
    with watched.together() as together:
        answers = [together.ask(Statement("test.one", "select %(n)s::int as n"), One, n=n) for n in range(3)]
    assert [answer.row.n for answer in answers] == [0, 1, 2]
    watched.close()
