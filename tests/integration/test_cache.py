"""Cache looks into a real Redis and into query_cache; one that does not answer leaves the other."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, house_of, table
from redis_server import RedisServer, running_redis

from bot.cache import Cache
from bot.errors import BadInput, Cannot, Unavailable
from bot.report import Facts, Level, Report
from practice.database import PracticeDatabase

FUNCTION = """
create function get_cached_query(p_query text, p_ttl interval default '5 minutes') returns jsonb
language sql as $$ select '1'::jsonb $$;
"""


@pytest.fixture(scope="module")
def server() -> Generator[RedisServer]:
    with running_redis() as running:
        yield running


@pytest.fixture
def redis(server: RedisServer) -> RedisServer:
    """The Redis, empty."""
    with server.client() as client:
        client.flushall()
        client.config_resetstat()
        client.config_set("maxmemory", 0)
    return server


@pytest.fixture
def house(practice_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path) as opened:
        yield opened


def facts(report: Report, title: str) -> dict[str, str]:
    (found,) = [part for part in report.parts if isinstance(part, Facts) and part.title == title]
    return {fact.name: fact.value for fact in found.facts}


def test_the_table_is_told_of_without_a_redis_and_the_setting_is_named(house: House) -> None:
    report = house.report("cache")
    assert report.verdict.level is Level.OK
    assert report.verdict.text.startswith("query_cache: 200 rows, used ")
    expired = int(facts(report, "query_cache")["Expired"].split()[0])
    assert 135 <= expired <= 200
    assert "No Redis is configured for scout: set SCOUT_REDIS_URL" in " ".join(report.notes)
    assert "delete from scout.query_cache where expires_at < now();" in str(report.more)


def test_hits_memory_and_prefixes_of_a_redis(house: House, redis: RedisServer) -> None:
    with redis.client() as client:
        for number in range(30):
            client.set(f"metrics:store:{number}", "x" * 1_000, ex=300)
        client.set("lock:maria@example.com", "1")
        client.set("session-of-maria", "1")
        for number in range(1_200):
            client.get(f"metrics:store:{number % 40}")
    house.cache = Cache(redis.url())
    report = house.report("redis")
    assert facts(report, "Redis")["Hit ratio"] == "75.0 %"
    assert report.verdict.level is Level.ALERT
    assert report.verdict.text.startswith("Redis: hit ratio 75.0 %; of 1,200 lookups in ")
    rows = table(report).rows
    assert [row[:2] for row in rows] == [("metrics", 30), ("(others)", 2)]
    assert rows[0][2] > 30_000  # type: ignore[operator] - a size
    assert [row[3] for row in rows] == [0, 2]
    assert 290 < float(str(rows[0][4])) <= 300
    assert "maria" not in str(report)
    assert "Examined: all 32 keys of database 0." in report.notes
    assert "2 keys without a time to live: (others)." in report.notes


def test_a_nearly_full_redis_that_evicts_nothing_is_an_alert(house: House, redis: RedisServer) -> None:
    with redis.client() as client:
        client.set("big:1", "x" * 3_000_000)
        client.config_set("maxmemory", 4_000_000)
    house.cache = Cache(redis.url())
    report = house.report("cache")
    assert report.verdict.level is Level.ALERT
    assert report.verdict.text.startswith("Redis: memory ")
    assert report.verdict.text.endswith("noeviction: when it is full, writes are refused")


def test_only_the_database_of_the_address_is_looked_at(house: House, redis: RedisServer) -> None:
    with redis.client(3) as client:
        client.set("here:1", "1")
        client.set("here:2", "1")
    house.cache = Cache(redis.url(database=3))
    assert "Examined: all 2 keys of database 3." in house.report("cache").notes
    house.cache = Cache(redis.url())
    assert "Examined: all 0 keys of database 0." in house.report("cache").notes


def test_many_keys_are_looked_at_up_to_a_number_and_a_time(redis: RedisServer) -> None:
    with redis.client() as client:
        client.mset({f"k:{number}": "v" for number in range(3_000)})
    cache = Cache(redis.url())
    some = cache.keys(most=1_000, seconds=30)
    assert (len(some.keys), some.complete) == (1_000, False)
    assert not cache.keys(most=5_000, seconds=0).complete
    everything = cache.keys(most=5_000, seconds=30)
    assert (len(everything.keys), everything.complete) == (3_000, True)


def test_keys_that_are_no_text_are_looked_at(redis: RedisServer) -> None:
    with redis.client() as client:
        client.set(b"\xff\xfe<!channel>", "1")
    (key,) = Cache(redis.url()).keys(10, 10).keys
    assert key.name.endswith("<!channel>")


def test_a_redis_that_does_not_answer_leaves_the_table(house: House) -> None:
    house.cache = Cache("redis://:hunter2@127.0.0.1:1/0")
    report = house.report("cache")
    assert report.verdict.level is Level.NO_DATA
    assert report.verdict.text == "Redis does not answer. Check that it runs, and its address in SCOUT_REDIS_URL."
    assert facts(report, "query_cache")["Rows"] == "200"
    assert "hunter2" not in str(report)


def test_a_login_without_rights_gets_the_order_that_gives_them(redis: RedisServer) -> None:
    with redis.client() as client:
        client.execute_command("ACL", "SETUSER", "blind", "on", ">see", "+ping", "~*")
        client.execute_command("ACL", "SETUSER", "looker", "on", ">see", "-@all")
        with pytest.raises(Cannot, match=r"\+select \+info \+scan") as refused:
            Cache(redis.url("blind:see")).info()
        client.execute_command("ACL", "SETUSER", "looker", *str(refused.value).split("`")[1].split()[3:])
        client.set("a:1", "1")
    looker = Cache(redis.url("looker:see"))
    assert looker.info()["keys"] == "1"
    assert looker.keys(10, 10).keys[0].size is not None


def test_a_wrong_password_and_a_wrong_address_are_said_and_not_shown(redis: RedisServer) -> None:
    with pytest.raises(Unavailable, match="refused Scout's login") as refused:
        Cache(redis.url("nobody:hunter2")).info()
    assert "hunter2" not in str(refused.value)
    with pytest.raises(BadInput, match="SCOUT_REDIS_URL is no address"):
        Cache("hunter2").info()


def test_the_runbooks_function_that_everybody_may_call_is_an_alert(house: House, admin: psycopg.Connection) -> None:
    admin.execute(FUNCTION)
    try:
        report = house.report("query cache")
    finally:
        admin.execute("drop function get_cached_query")
    assert report.verdict.level is Level.ALERT
    assert report.verdict.text.endswith("everybody may call public.get_cached_query, which runs any statement")
    assert "revoke execute on function public.get_cached_query(p_query text, p_ttl interval) from public;" in str(
        report.more
    )


def test_a_locked_table_is_left_out_and_named_at_once(house: House, admin: psycopg.Connection) -> None:
    with admin.transaction():
        admin.execute("lock table scout.query_cache in access exclusive mode")
        report = house.report("cache")
    assert "query_cache was not read: it is locked exclusively, or about to be (see active)." in report.notes
    assert report.verdict.level is Level.NO_DATA


def test_a_table_that_may_not_be_read_gets_the_grant(
    practice_database: PracticeDatabase, admin: psycopg.Connection, tmp_path: Path
) -> None:
    admin.execute("revoke select on scout.query_cache from scout_report")
    try:
        with house_of(practice_database, tmp_path, url=practice_database.report_url) as house:
            notes = house.report("cache").notes
    finally:
        admin.execute("grant select on scout.query_cache to scout_report")
    assert "query_cache was not read: run there: grant select on scout.query_cache to scout_report." in notes


def test_the_better_table_without_a_count_of_hits_is_told_of_too(house: House, admin: psycopg.Connection) -> None:
    admin.execute("create table scout.cached_query_result (name text, expires_at timestamptz not null)")
    admin.execute("grant select on scout.cached_query_result to scout_read")
    admin.execute("insert into scout.cached_query_result values ('a', now() - interval '1 hour'), ('b', 'infinity')")
    try:
        report = house.report("cache")
    finally:
        admin.execute("drop table scout.cached_query_result")
    assert "cached_query_result: 2 rows, 1 expired" in report.verdict.text
    assert "Used" not in facts(report, "cached_query_result")


def test_no_cache_at_all_is_no_data(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute("drop table scout.query_cache")
    with house_of(own_database, tmp_path) as house:
        assert house.report("cache").verdict.level is Level.NO_DATA
