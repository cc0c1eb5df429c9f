"""What a Redis and its keys are said to be; whatever they tell, it is a message that Slack takes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from message_fixture import slack_refuses

from bot.command import Key, Keys
from bot.report import Level
from commands.cache import Counted, Dangerous, Found, Redis, Told, report
from commands.redis_info import Info, by_prefix, facts

TEXT = st.text(max_size=30) | st.sampled_from(["<!channel>", '"Odd":`name`:1', "x" * 100_000, "", "a:\x00"])
COUNT = st.integers(min_value=0, max_value=2**62)
INFO = st.builds(
    Info,
    redis_version=TEXT, role=st.just("slave") | TEXT, db=COUNT, keys=COUNT, expires=COUNT, uptime_in_seconds=COUNT,
    keyspace_hits=COUNT, keyspace_misses=COUNT, evicted_keys=COUNT, expired_keys=COUNT, used_memory=COUNT,
    maxmemory=COUNT, maxmemory_policy=st.just("noeviction") | TEXT, rdb_last_bgsave_status=TEXT,
)  # fmt: skip
KEY = st.builds(Key, name=TEXT, size=st.none() | COUNT, ttl_s=st.none() | st.floats(0, 1e9))
KEYS = st.builds(Keys, keys=st.lists(KEY, max_size=30).map(tuple), complete=st.booleans())
FOUND = st.builds(
    Found, name=TEXT, locked=st.booleans(), readable=st.booleans(), filtered=st.booleans(), size=COUNT, about=COUNT, grant_select=TEXT
)  # fmt: skip
COUNTED = st.builds(
    Counted, kept=COUNT, expired=COUNT, for_ever=COUNT, hits=st.none() | COUNT, never_used=COUNT,
    longest_expired_s=st.floats(0, 1e12), statement=TEXT,
)  # fmt: skip
TOLD = st.builds(
    Told,
    redis=st.builds(Redis, INFO, KEYS) | TEXT,
    configured=st.booleans(),
    tables=st.lists(st.tuples(FOUND, COUNTED), max_size=2),
    why_not=st.lists(TEXT, max_size=2),
    functions=st.lists(st.builds(Dangerous, name=TEXT, is_public=st.booleans(), statement=TEXT, undo=TEXT), max_size=2),
)
CALM = Info(
    db=0, keys=5, expires=5, uptime_in_seconds=3600, keyspace_hits=9_000, keyspace_misses=1_000, evicted_keys=0,
    expired_keys=3, used_memory=50, maxmemory=100, maxmemory_policy="allkeys-lru",
)  # fmt: skip


def told(**changed: object) -> Told:
    return Told(
        Redis(CALM.model_copy(update=changed), Keys(keys=(), complete=True)),
        configured=True,
        tables=(),
        why_not=(),
        functions=(),
    )


@given(TOLD)
@settings(max_examples=25)
def test_anything_makes_a_message_that_slack_takes(anything: Told) -> None:
    assert slack_refuses(report(anything)) == []


def test_a_calm_redis_is_ok() -> None:
    said = report(told()).verdict
    assert (said.level, said.text) == (Level.OK, "Redis finds 90 % of 10,000 lookups, 5 keys in 50 bytes")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"keyspace_misses": 9_000}, "Redis: hit ratio 50.0 %"),
        ({"used_memory": 95, "maxmemory_policy": "noeviction"}, "Redis: memory 95 bytes of 100 bytes"),
        ({"rejected_connections": 2}, "Redis: turned away 2 connections"),
        ({"rdb_last_bgsave_status": "err"}, "Redis: last save failed"),
    ],
)
def test_what_is_worst_is_the_verdict(changed: dict[str, object], says: str) -> None:
    said = report(told(**changed)).verdict
    assert said.level is Level.ALERT
    assert said.text.startswith(says)


def test_evictions_are_an_alert_only_when_lookups_miss_too() -> None:
    assert report(told(evicted_keys=10)).verdict.level is Level.OK
    levels = {fact.name: fact.level for fact in facts(CALM.model_copy(update={"evicted_keys": 9, "keyspace_hits": 0}))}
    assert levels["Evicted"] is Level.ALERT


def test_a_prefix_that_begins_one_key_only_may_be_a_name_and_is_not_shown() -> None:
    names = ["metrics:1", "metrics:2", "maria:cart", "plain", "4711:a", "4711:b"]
    found = by_prefix([Key(name=name, size=None, ttl_s=1) for name in names])
    assert [(one.name, one.keys) for one in found] == [("(others)", 4), ("metrics", 2)]


def test_a_full_redis_that_may_evict_is_as_it_should_be() -> None:
    assert report(told(used_memory=100)).verdict.level is Level.OK


def test_a_cluster_and_a_replica_are_said() -> None:
    notes = " ".join(report(told(cluster_enabled=1, role="slave")).notes)
    assert "one node of a cluster" in notes
    assert "It is a replica" in notes
