"""The doctor looks at what this machine has: store, address, programs, accounts; and at pooler, cache and Prometheus."""

import getpass
import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pgbouncer import running_bouncer
from prometheus_server import Api, real_prometheus
from redis_server import running_redis

from bot.doctor import examine
from bot.registry import discover
from bot.settings import load
from bot.store import Store
from practice.database import PracticeDatabase

METRICS = discover("commands").metrics
NO_SLACK = {"SLACK_API_URL": "http://127.0.0.1:9/api/", "SLACK_BOT_TOKEN": "xoxb-none", "SLACK_APP_TOKEN": "xapp-none"}


class Examined:
    """The doctor at work on this machine."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self._capsys = home, capsys

    @property
    def store(self) -> str:
        """The address of the store."""
        return f"sqlite:///{self.home / 'store.sqlite3'}"

    def says(self, what: str, file: str = "", **told: str) -> str:
        """The line about something."""
        config = self.home / "scout.toml"
        config.write_text(file, encoding="utf-8")
        told = {"SCOUT_STORE_URL": self.store, "SCOUT_CONFIG": str(config), **NO_SLACK, **told}
        examine(load(told), METRICS, as_json=True)
        said = self._capsys.readouterr().out
        assert "planted" not in said
        return {one["what"]: f"{one['how']}: {one['said']}" for one in json.loads(said)}[what]


@pytest.fixture
def examined(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Examined:
    return Examined(tmp_path, capsys)


@pytest.fixture(scope="module")
def asked_prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prometheus that scrapes one API."""
    with real_prometheus({"shop": Api({"0.1": 5}, {"200": 5})}, tmp_path_factory.mktemp("prometheus")) as door:
        yield door.url


def test_a_store_whose_audit_was_changed_is_a_failure(examined: Examined) -> None:
    store = Store.open(examined.store)
    with store.change() as change:
        change.record("U1", "approved", "a1", {"text": "refresh"})
    store.close()
    assert "all 1 entries of the audit hold" in examined.says("store")
    with sqlite3.connect(examined.home / "store.sqlite3") as file:
        file.execute("drop trigger audit_no_update")
        file.execute("update audit set actor = 'U2'")
    file.close()
    assert examined.says("store").startswith("failure: its audit does not hold, entry 1 is changed")


def test_a_store_that_cannot_be_reached_is_a_failure(examined: Examined) -> None:
    assert examined.says("store", SCOUT_STORE_URL="postgresql://me:planted@127.0.0.1:9/x").startswith("failure: ")


def test_an_address_that_somebody_has_is_a_warning_and_an_impossible_one_a_failure(examined: Examined) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert examined.says(f"address 127.0.0.1:{port}", SCOUT_LISTEN=f"127.0.0.1:{port}").startswith(
            "warning: in use"
        )
    assert examined.says(f"address 127.0.0.1:{port}", SCOUT_LISTEN=f"127.0.0.1:{port}") == "ok: free"
    assert examined.says("address 192.0.2.1:9", SCOUT_LISTEN="192.0.2.1:9").startswith("failure: cannot be listened on")


def test_a_program_that_may_not_be_executed_is_a_failure(examined: Examined) -> None:
    there = examined.home / "restart"
    there.write_text("#!/bin/sh\n", encoding="utf-8")
    file = (
        f'[databases.main]\nurl = "postgresql://127.0.0.1:9/x"\n[databases.main.limits]\npooler_restart = ["{there}"]\n'
    )
    assert examined.says("pooler_restart of main", file).startswith(f"failure: {there} is not there, or may not")
    there.chmod(0o755)
    assert examined.says("pooler_restart of main", file) == f"ok: {there}"


def test_a_terminal_needs_two_people_one_of_whom_may_approve(examined: Examined) -> None:
    me = getpass.getuser()
    assert examined.says("terminal").startswith("warning: nobody can use `scout ask`")
    alone = {"SCOUT_TERMINAL": f"{me}=U0ANA", "SCOUT_APPROVERS": "U0ANA"}
    assert examined.says("terminal", **alone).startswith("warning: nobody could approve what another asks")
    two = {"SCOUT_TERMINAL": f"{me}=U0ANA,no-such-account=U0BEN", "SCOUT_APPROVERS": "U0BEN"}
    assert examined.says("terminal", **two).startswith("ok: 2 people")
    assert examined.says("account no-such-account", **two).startswith("warning: this machine does not know it")


def test_a_pooler_that_lets_the_login_only_look_is_a_warning(
    examined: Examined, practice_database: PracticeDatabase
) -> None:
    with running_bouncer(practice_database.read_url) as pool:
        database = {"DATABASE_URL": practice_database.read_url}
        well = examined.says("pooler of scout", **database, SCOUT_POOLER_URL=pool.admin_url)
        assert well.endswith("and takes orders of pgb_admin")
        looking = pool.url("pgb_stats", "only-look")
        assert "pgb_stats may only look" in examined.says("pooler of scout", **database, SCOUT_POOLER_URL=looking)
        pool.end()
        assert examined.says("pooler of scout", **database, SCOUT_POOLER_URL=pool.admin_url).startswith("failure: ")


def test_a_redis_that_is_gone_or_refuses_is_a_failure(examined: Examined, practice_database: PracticeDatabase) -> None:
    database = {"DATABASE_URL": practice_database.read_url}
    with running_redis("--requirepass", "planted") as cache:
        well = examined.says("Redis of scout", **database, SCOUT_REDIS_URL=cache.url(":planted"))
        assert well.startswith("ok: answers, version ")
        assert examined.says("Redis of scout", **database, SCOUT_REDIS_URL=cache.url()).startswith("failure: ")
        cache.end()
        gone = examined.says("Redis of scout", **database, SCOUT_REDIS_URL=cache.url(":planted"))
        assert gone.startswith("failure: ")


WARM = """\
[databases.scout]
url = "{url}"
redis_url = "{redis}"
[databases.scout.cache_warm]
relation = "dim_store"
key = "store_id"
columns = ["region"]
prefix = "shop:store:"
"""
LOOKS = "+select +info +scan +pttl +memory|usage"
WRITES = "+unlink +set +get +del +watch +unwatch +multi +exec"


@pytest.mark.parametrize(
    ("rights", "said"),
    [
        (f"{LOOKS} {WRITES} ~*", "ok: this login may clear and warm keys"),
        (
            f"{LOOKS} ~*",
            "warning: it may not unlink, set, get, del, watch, multi, so `cache clear` and `cache warm` would fail",
        ),
        (
            f"{LOOKS} +unlink ~*",
            "warning: it may not set, get, del, watch, multi, so `cache warm` would fail: `ACL SETUSER <login> +set",
        ),
        (f"{LOOKS} {WRITES} ~other:*", "warning: it may not unlink, set, get, del, watch, multi"),
    ],
)
def test_a_redis_that_lets_the_login_only_look_is_told_with_what_it_lacks(
    examined: Examined, practice_database: PracticeDatabase, rights: str, said: str
) -> None:
    with running_redis() as cache, cache.client() as boss:
        boss.execute_command("ACL", "SETUSER", "scout", "reset", "on", ">planted", *rights.split())
        told = {"DATABASE_URL": practice_database.read_url, "SCOUT_REDIS_URL": cache.url("scout:planted")}
        assert examined.says("writing to Redis of scout", **told).startswith(said)
        assert boss.dbsize() == 0


def test_what_a_cache_is_to_be_warmed_with_needs_its_own_prefix_only_and_is_a_failure_without(
    examined: Examined, practice_database: PracticeDatabase
) -> None:
    with running_redis() as cache, cache.client() as boss:
        file = WARM.format(url=practice_database.read_url, redis=cache.url("scout:planted"))
        rights = f"{LOOKS} {WRITES} ~shop:store:* ~scout:warming:shop:store:*".split()
        boss.execute_command("ACL", "SETUSER", "scout", "reset", "on", ">planted", *rights)
        assert examined.says("writing to Redis of scout", file).startswith("ok: ")
        boss.execute_command("ACL", "SETUSER", "scout", "-set")
        assert examined.says("writing to Redis of scout", file).startswith(
            "failure: it may not set, so `cache warm` would fail"
        )


def test_a_redis_that_takes_no_writes_is_told_why(examined: Examined, practice_database: PracticeDatabase) -> None:
    with running_redis() as cache, cache.client() as boss:
        told = {"DATABASE_URL": practice_database.read_url, "SCOUT_REDIS_URL": cache.url()}
        boss.execute_command("REPLICAOF", "127.0.0.1", "9")
        assert examined.says("writing to Redis of scout", **told).startswith("warning: Redis there is a replica")
        boss.execute_command("REPLICAOF", "NO", "ONE")
        boss.config_set("maxmemory", "1")
        assert examined.says("writing to Redis of scout", **told).startswith("warning: Redis is full")


SHOPS = """\
[prometheus]
url = "{url}"
selector = 'job="nobody"'
[databases.shop]
url = "postgresql://127.0.0.1:9/x"
prometheus_selector = 'job="shop"'
[databases.copy]
url = "postgresql://127.0.0.1:9/x"
[databases.wrong]
url = "postgresql://127.0.0.1:9/x"
[databases.wrong.queries]
api_p59 = "vector(1)"
"""


def test_each_database_is_asked_about_with_its_own_queries_and_selector(
    examined: Examined, asked_prometheus: str
) -> None:
    file = SHOPS.format(url=asked_prometheus)
    assert examined.says("Prometheus query of error_rate for shop", file).startswith("ok: ")
    assert examined.says("Prometheus query of error_rate for copy", file).startswith(
        "warning: Prometheus has no such series"
    )
    wrong = examined.says("Prometheus for wrong", file)
    assert wrong == "failure: The settings have a Prometheus query for api_p59, and there is no such metric."


def test_the_program_ends_with_1_when_something_is_broken_and_prints_json_alone(
    examined: Examined, asked_prometheus: str
) -> None:
    told = {**os.environ, **NO_SLACK, "SCOUT_STORE_URL": examined.store, "SCOUT_PROMETHEUS_URL": asked_prometheus}
    words = [sys.executable, "-m", "bot", "doctor"]
    lines = subprocess.run(words, env=told, capture_output=True, text=True, check=False, timeout=60)
    script = subprocess.run([*words, "--json"], env=told, capture_output=True, text=True, check=False, timeout=60)
    assert (lines.returncode, script.returncode) == (1, 1)
    found = json.loads(script.stdout)
    assert {one["how"] for one in found} <= {"ok", "warning", "failure"}
    assert [f"{one['how']:8} {one['what']}" for one in found] == [
        line.partition(": ")[0] for line in lines.stdout.splitlines()
    ]
    assert any(line.startswith("failure  databases: none; set DATABASE_URL") for line in lines.stdout.splitlines())


ASKED = """\
[prometheus]
url = "{url}"
selector = 'job="shop"'
[prometheus.queries]
api_p95 = '{query}'
[databases.shop]
url = "postgresql://127.0.0.1:9/x"
"""


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("min(up{<selector>})", "ok: 1"),
        ('min(up{job="nobody"})', "warning: Prometheus has no such series; check the query"),
        ("min(up{", "failure: "),
    ],
)
def test_a_query_without_a_series_is_a_warning_and_a_wrong_one_a_failure(
    query: str, said: str, examined: Examined, asked_prometheus: str
) -> None:
    file = ASKED.format(url=asked_prometheus, query=query)
    assert examined.says("Prometheus query of api_p95 for shop", file).startswith(said)
