"""Keys of a real Redis are removed by what they begin with, and written from one query; whatever is cut off is done again."""

import threading
from collections.abc import Callable, Generator
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, await_that, house_of
from conducting import Conductor
from redis_server import RedisServer, running_redis

from bot.approval import State
from bot.cache import Cache
from bot.command import Risk, Warm, Warmth
from bot.errors import BadInput, Cannot, StepFailed, Unavailable
from practice.database import PracticeDatabase

STORES = Warmth(
    relation="dim_store", key="store_id", columns=("store_id", "region"), prefix="store:", interval_seconds=100
)
ODD = ("store:*", "store:?", "store:[a]", "store:\\", "store:ñandú:1", "store:😀", "store:a-z", "store:^x")
ORDER = Warm(statement="", prefix="s:", ttl_s=10, most=5000)
ROWS = [(f"{n}", f"value {n}") for n in range(2000)]


@pytest.fixture
def redis() -> Generator[RedisServer]:
    with running_redis() as running:
        yield running


@pytest.fixture
def house(practice_database: PracticeDatabase, redis: RedisServer, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path) as opened:
        opened.cache = Cache(redis.url())
        yield opened


@pytest.fixture
def conductor(house: House, redis: RedisServer) -> Conductor:
    return Conductor(house, cache=Cache(redis.url()))


def fill(redis: RedisServer, *names: str, ttl: int | None = 600) -> None:
    with redis.client() as client:
        for name in names:
            client.set(name, "x", ex=ttl)


def names(redis: RedisServer) -> set[str]:
    with redis.client() as client:
        return {name.decode() for name in client.scan_iter()}


def once(do: Callable[[], object]) -> Callable[[str], None]:
    """A listener to a step's progress that does something the first time."""
    told: list[str] = []

    def tell(said: str) -> None:
        told.append(said)
        if len(told) == 1:
            do()

    return tell


# --- clear


def test_only_what_begins_so_goes_and_the_count_is_shown_before_and_after(
    house: House, conductor: Conductor, redis: RedisServer
) -> None:
    fill(redis, *(f"store:{n}" for n in range(1200)), "stores:1", "a:store:1", "other")
    plan = house.plan("cache clear store:")
    assert plan.risk is Risk.DISRUPT
    assert plan.summary.startswith("Remove 1,200 keys from Redis; every lookup")
    ended = conductor.run(plan)
    assert ended.state is State.DONE
    assert conductor.said(ended.id) == ["1,200 keys removed, none is left"]
    assert names(redis) == {"stores:1", "a:store:1", "other"}
    assert house.report("cache clear store:").verdict.text == "No key begins with store:"


@pytest.mark.parametrize("odd", ODD)
def test_what_means_something_in_a_pattern_is_a_letter_like_others(
    house: House, conductor: Conductor, redis: RedisServer, odd: str
) -> None:
    fill(redis, *ODD, "store:b", "store:az")
    quoted = odd.replace("\\", "\\\\")
    ended = conductor.run(house.plan(f'cache clear "{quoted}"'))
    assert ended.state is State.DONE
    assert names(redis) == {*ODD, "store:b", "store:az"} - {odd}


def test_keys_that_never_expire_are_told_because_they_may_be_data(house: House, redis: RedisServer) -> None:
    fill(redis, "session:1", "session:2", ttl=None)
    fill(redis, "session:3")
    assert house.plan("cache clear session:").notes[0].startswith("2 keys of them never expire: that may be data")


@pytest.mark.parametrize("typed", ["cache clear", "cache clear ab", "cache clear '   '", "cache clear *"])
def test_a_prefix_that_means_nothing_in_particular_is_refused(house: House, typed: str) -> None:
    with pytest.raises(BadInput, match="in 3 characters or more"):
        house.ask(typed)


def test_a_control_character_is_refused(house: House) -> None:
    with pytest.raises(BadInput, match="printable"):
        house.ask("cache clear 'sto\x07re'")


def test_keys_that_vanish_and_keys_that_come_meanwhile_are_fine(redis: RedisServer) -> None:
    fill(redis, *(f"store:{n}" for n in range(2000)))
    said = Cache(redis.url()).clear("store:", 60, threading.Event(), once(lambda: fill(redis, "store:late")))
    assert said == "2,001 keys removed, none is left"
    assert names(redis) == set()


def test_when_redis_goes_in_the_middle_it_is_said_how_far_it_came(redis: RedisServer) -> None:
    fill(redis, *(f"store:{n}" for n in range(2000)))
    with pytest.raises(Unavailable, match=r"^[\d,]+ keys were removed, then: Redis does not answer"):
        Cache(redis.url()).clear("store:", 60, threading.Event(), once(redis.end))


def test_it_can_be_stopped_and_has_a_limit_of_time(redis: RedisServer) -> None:
    fill(redis, *(f"store:{n}" for n in range(2000)))
    stopped = threading.Event()
    with pytest.raises(StepFailed, match="keys were removed, then: it was stopped"):
        Cache(redis.url()).clear("store:", 60, stopped, once(stopped.set))
    with pytest.raises(StepFailed, match="its time was up"):
        Cache(redis.url()).clear("store:", 0, threading.Event(), once(stopped.set))


def test_a_run_that_was_killed_in_the_middle_is_resumed_and_ends_the_same(
    house: House, conductor: Conductor, redis: RedisServer
) -> None:
    fill(redis, "store:1", "store:2")
    plan = house.plan("cache clear store:")
    approval = conductor.left_at(plan)
    with redis.client() as client:
        client.unlink("store:1")
    conductor.another("two").recover({"one"})
    assert conductor.approval(approval).state is State.INTERRUPTED
    assert "Resume does it again" in conductor.said(approval)[0]


def test_a_wrong_password_and_a_login_that_may_not_are_said(redis: RedisServer) -> None:
    fill(redis, "store:1")
    with redis.client() as client:
        client.acl_setuser(
            "looker", enabled=True, passwords=["+look"], keys=["*"], commands=["+select", "+scan", "+pttl"]
        )
    with pytest.raises(Unavailable, match="Redis refused Scout's login") as failure:
        Cache(redis.url("looker:hunter2")).count("store:", 1)
    assert "hunter2" not in str(failure.value)
    with pytest.raises(Cannot, match=r"`cache clear` also `\+unlink`"):
        Cache(redis.url("looker:look")).clear("store:", 60, threading.Event(), lambda _: None)
    assert names(redis) == {"store:1"}


# --- warm


def test_one_query_writes_every_row_over_what_is_there_and_each_outlives_the_next_warm_up(
    house: House, conductor: Conductor, redis: RedisServer, practice_database: PracticeDatabase
) -> None:
    house.warmth = STORES
    fill(redis, "store:1", ttl=5)
    plan = house.plan("cache warm")
    assert plan.risk is Risk.MEND
    ended = conductor.run(plan)
    assert ended.state is State.DONE
    (said,) = conductor.said(ended.id)
    with psycopg.connect(practice_database.admin_url) as root:
        count, region = root.execute(
            "select count(*), max(region) filter (where store_id = 1) from scout.dim_store"
        ).fetchone() or (0, "")
    assert said.startswith(f"{count:,} keys, ")
    with redis.client() as client:
        assert client.get("store:1") == f'{{"region": "{region}", "store_id": 1}}'.encode()
        lives = [client.ttl(name) for name in client.keys("store:*")]
    assert len(lives) == count
    assert min(lives) >= 195
    assert max(lives) <= 220
    assert len(set(lives)) > 3
    assert "scout:warming:store:" not in names(redis)


def test_while_one_warms_another_is_refused_but_the_same_run_gets_in_again(redis: RedisServer) -> None:
    first, second = Cache(redis.url()), Cache(redis.url())
    with first.alone("s:", "run 1", 60):
        with pytest.raises(StepFailed, match="Somebody else warms these keys"), second.alone("s:", "run 2", 60):
            pass
        with second.alone("s:", "run 1", 60):
            pass
    with second.alone("s:", "run 2", 60):
        assert names(redis) == {"scout:warming:s:"}


def test_a_lock_that_is_somebody_elses_by_now_is_left_alone(redis: RedisServer) -> None:
    with Cache(redis.url()).alone("s:", "run 1", 60), redis.client() as client:
        client.set("scout:warming:s:", "run 2")
    assert names(redis) == {"scout:warming:s:"}


def test_redis_down_in_the_middle_of_warming_is_said_with_how_far_it_came(redis: RedisServer) -> None:
    with pytest.raises(Unavailable, match=r"^500 of 2,000 keys were written, then: Redis does not answer"):
        Cache(redis.url()).write(ORDER, ROWS, 60, threading.Event(), once(redis.end))


def test_more_rows_than_agreed_are_not_written(redis: RedisServer) -> None:
    small = ORDER.model_copy(update={"most": 1000})
    with pytest.raises(StepFailed, match="more than 1,000 rows; nothing was written"):
        Cache(redis.url()).write(small, ROWS, 60, threading.Event(), lambda _: None)
    assert names(redis) == set()


def test_with_redis_down_the_database_is_not_asked(house: House, conductor: Conductor, redis: RedisServer) -> None:
    house.warmth = STORES
    plan = house.plan("cache warm")
    redis.end()
    ended = conductor.run(plan)
    assert ended.state is State.FAILED
    assert conductor.said(ended.id) == [
        "Redis does not answer. Check that it runs, and its address in SCOUT_REDIS_URL."
    ]
    await_that(lambda: redis.server.poll() is not None)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"relation": "dim_stor"}, "no relation dim_stor in the schema scout"),
        ({"relation": "dim_store; drop table x"}, "no relation"),
        ({"key": "id"}, "has no column id"),
        ({"columns": ("region", "regio", "ctid")}, "has no column ctid, regio"),
    ],
)
def test_what_the_settings_name_has_to_be_in_the_catalog(house: House, changed: dict[str, object], said: str) -> None:
    house.warmth = STORES.model_copy(update=changed)
    with pytest.raises(BadInput, match=said):
        house.ask("cache warm")


def test_without_a_redis_or_something_to_warm_the_setting_is_named(house: House) -> None:
    with pytest.raises(Cannot, match=r"\[databases.scout.cache_warm\]"):
        house.ask("cache warm")
    house.cache = None
    with pytest.raises(Cannot, match="SCOUT_REDIS_URL"):
        house.ask("cache warm")
    with pytest.raises(Cannot, match="SCOUT_REDIS_URL"):
        house.ask("cache clear store:")
