"""Repairs that stop others, through Slack: a window that is waited for, a pause that ends, keys that go; with pgbouncer and Redis real."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from stage_fixture import ANA, BEN, CORA, DAN, Scene, entered

from bot.pooler import Pooler
from practice.slack.text import as_text
from practice.stage import Stage
from tests.integration.pgbouncer import Bouncer, running_bouncer
from tests.integration.redis_server import RedisServer, running_redis

pytestmark = pytest.mark.slow

LIMITS = """[databases.scout.limits]
pooler_database = "scout"
rewrite_bytes = 1000000
window = "{window}"
"""
BLOATED = """
create extension if not exists pgstattuple;
set role scout_owner;
create table scout.bloated with (autovacuum_enabled = off)
  as select n as id, repeat('x', 200) as filling from generate_series(1, 20000) as n;
delete from scout.bloated where id % 3 > 0;
"""


ALWAYS = "daily 00:00-24:00"


def tomorrow() -> str:
    """A window that opens in about a day."""
    day = datetime.now(UTC) + timedelta(days=1)
    return f"{day:%a} 02:00-06:00"


def told(stage: Stage, folder: Path, bouncer: Bouncer, redis: RedisServer, window: str) -> Path:
    """The settings of the stage with a pooler, a Redis and a window beside."""
    words = Path(stage.environment()["SCOUT_CONFIG"]).read_text(encoding="utf-8")
    beside = {
        "[databases.scout]\n": f'[databases.scout]\npooler_url = "{bouncer.admin_url}"\nredis_url = "{redis.url()}"\n',
        "[databases.scout.limits]\n": LIMITS.format(window=window),
    }
    for section, more in beside.items():
        assert words.count(section) == 1
        words = words.replace(section, more)
    file = folder / "scout.toml"
    file.write_text(words, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def bouncer(shared_stage: Stage) -> Iterator[Bouncer]:
    with running_bouncer(shared_stage.database.read_url) as bouncer:
        yield bouncer


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with running_redis() as redis:
        yield redis


@pytest.fixture(scope="module")
def outfitted(
    shared_stage: Stage, bouncer: Bouncer, redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """The stage with all of it, and afterwards as it was."""
    stage = Scene(shared_stage)
    try:
        folder = tmp_path_factory.mktemp("told")
        stage.restart(SCOUT_CONFIG=str(told(shared_stage, folder, bouncer, redis, tomorrow())))
        yield shared_stage
    finally:  # the other files play on with the same stage
        stage.restart()


@pytest.fixture
def scene(outfitted: Stage) -> Iterator[Scene]:
    there = entered(outfitted)
    yield there
    there.calm()
    there.seemly()


@pytest.fixture
def bloated(scene: Scene) -> Iterator[Scene]:
    """The scene with a table that is worth a rewrite."""
    with scene.admin() as root:
        root.execute(BLOATED)
    with psycopg.connect(scene.stage.database.owner_url, autocommit=True) as owner:
        owner.execute("vacuum analyze scout.bloated")
    yield scene
    scene.do("drop table scout.bloated")


def test_a_rewrite_is_approved_before_its_window_waits_for_it_and_can_be_called_off(bloated: Scene) -> None:
    card = bloated.propose(ANA, "/scout vacuum full bloated")
    shown = as_text(card)
    assert "Runs only in the window" in shown
    assert "02:00 to 06:00 UTC" in shown
    assert "vacuum (full, analyze) scout.bloated" in shown
    assert "who approves confirms to have looked" in shown
    bloated.press_late(BEN, card, "scout_approve")
    bloated.press_late(CORA, card, "scout_approve")
    waiting = bloated.becomes(card, "Approved, waits for the window", "02:00 UTC")
    bloated.stage.stop_bot()
    bloated.stage.start_bot()
    told = as_text(bloated.press(BEN, waiting, "scout_stop"))
    assert "Called off before it began; nothing was done." in told
    bloated.becomes(card, "Stopped", "Called off before it began")


@pytest.fixture
def in_window(bloated: Scene, tmp_path: Path) -> Iterator[Scene]:
    """The same while the window is open."""
    usual = bloated.stage.environment()["SCOUT_CONFIG"]
    words = Path(usual).read_text(encoding="utf-8")
    file = tmp_path / "open.toml"
    file.write_text(words.replace(tomorrow(), ALWAYS), encoding="utf-8")
    bloated.restart(SCOUT_CONFIG=str(file))
    yield bloated
    bloated.restart(SCOUT_CONFIG=usual)


def test_a_table_is_rewritten_when_the_second_of_two_different_people_agrees(in_window: Scene) -> None:
    file = "select pg_relation_filenode('scout.bloated')"
    rows, before = in_window.value("select count(*) from scout.bloated"), in_window.value(file)
    size = in_window.value("select pg_relation_size('scout.bloated')")
    card = in_window.propose(ANA, "/scout vacuum full bloated")
    assert "2 other people approve" in as_text(card)
    assert "Only approvers may do that" in as_text(in_window.press(ANA, card, "scout_approve"))
    assert "1 of 2" in as_text(in_window.press(BEN, card, "scout_approve"))
    assert "You approved it already" in as_text(in_window.press(BEN, card, "scout_approve"))
    in_window.becomes(card, "1 of 2", "needs another")
    assert in_window.value(file) == before
    in_window.press(CORA, card, "scout_approve")
    done = as_text(in_window.becomes(card, "Done", "Approved by @Ben", "Approved by @Cora", within=60))
    assert "1 of 1 steps done and verified" in done
    assert in_window.value(file) != before
    assert in_window.value("select count(*) from scout.bloated") == rows
    assert in_window.value("select pg_relation_size('scout.bloated')") < size / 2


def test_a_pause_is_approved_by_another_person_and_ends_by_itself(scene: Scene, bouncer: Bouncer) -> None:
    card = scene.propose(ANA, "/scout pool pause seconds=2")
    assert "Only approvers may do that" in as_text(scene.press(DAN, card, "scout_approve"))
    scene.press(BEN, card, "scout_approve")
    scene.becomes(card, "Done", "paused for 2 s and resumed")
    assert not [one for one in Pooler(bouncer.admin_url).rows("SHOW DATABASES") if one["paused"]]


def test_stop_ends_a_pause_and_the_card_says_who(scene: Scene, bouncer: Bouncer) -> None:
    card = scene.propose(ANA, "/scout pool pause seconds=60")
    scene.press(BEN, card, "scout_approve")
    running = scene.becomes(card, "resumed in")
    scene.press(BEN, running, "scout_stop")
    scene.becomes(card, "Stop asked by @Ben", "then stopped and resumed")
    assert not [one for one in Pooler(bouncer.admin_url).rows("SHOW DATABASES") if one["paused"]]


def test_a_killed_scout_leaves_no_pause_behind(scene: Scene, bouncer: Bouncer) -> None:
    card = scene.propose(ANA, "/scout pool pause seconds=60")
    scene.press(BEN, card, "scout_approve")
    scene.becomes(card, "resumed in")
    scene.stage.kill_bot()
    assert [one for one in Pooler(bouncer.admin_url).rows("SHOW DATABASES") if one["paused"]]
    scene.stage.start_bot()
    scene.becomes(card, "Interrupted", "the pooler is resumed", within=40)
    assert not [one for one in Pooler(bouncer.admin_url).rows("SHOW DATABASES") if one["paused"]]


def test_keys_are_counted_before_and_after(scene: Scene, redis: RedisServer) -> None:
    with redis.client() as client:
        client.mset({f"store:{n}": n for n in range(30)} | {"other": 1})
        card = scene.propose(ANA, "/scout cache clear store:")
        shown = as_text(card)
        assert "Remove 30 keys from Redis" in shown
        assert "SCAN MATCH store:*; UNLINK" in shown
        assert "30 keys of them never expire" in shown
        scene.press(BEN, card, "scout_approve")
        scene.becomes(card, "Done", "30 keys removed, none is left")
        assert client.dbsize() == 1
