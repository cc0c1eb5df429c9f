"""A day of Scout's in Slack, with a secret in everything that may hold one: none is in anything that Slack, a terminal or a disk was given."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict
from stage_fixture import ALERTS, ANA, BEN, Scene, entered, opened

from bot.command import Risk
from bot.registry import discover
from practice.slack.text import as_text
from practice.stage import Stage, free_port
from tests.integration.test_every_question import NEEDED
from tests.unit.hostile_fixture import SECRET as IN_A_STATEMENT

pytestmark = pytest.mark.slow

LOOKS = [NEEDED.get(one.name, one.name) for one in discover("commands").commands if one.risk is Risk.LOOK]
PORT = free_port()
PLANTED = {
    "SCOUT_REDIS_URL": "redis://:PlantRedis@127.0.0.1:9/0",
    "SCOUT_POOLER_URL": "postgresql://admin:PlantPooler@127.0.0.1:9/pgbouncer",
    "DATABASE_REPLICA_URLS": "postgresql://somebody:PlantReplica@127.0.0.1:9/scout",
    "SCOUT_DEAD_MAN_URL": "http://127.0.0.1:9/PlantDeadMan",
    "SCOUT_WEBHOOK_URL": "http://127.0.0.1:9/PlantHook",
    "SCOUT_WEBHOOK_SECRET": "PlantSignature",
    "SCOUT_PROMETHEUS_URL": "http://127.0.0.1:9",
    "SCOUT_PROMETHEUS_TOKEN": "PlantBearer",
    "SCOUT_QUESTIONS_PER_MINUTE": "6000",
    "SCOUT_QUESTION_BURST": "1000",
}
"""Nobody answers there, so that each has its error told somewhere."""
BUSY = f"select '{IN_A_STATEMENT}', pg_sleep(0.01) /* {IN_A_STATEMENT} */"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with opened(
        {**PLANTED, "SCOUT_LISTEN": f"127.0.0.1:{PORT}", "SCOUT_TERMINAL": f"{os.environ.get('USER', 'root')}={ANA}"}
    ) as there:
        there._extra["DATABASE_URL"] = there.database.read_url  # pyright: ignore[reportPrivateUsage] - only then the environment speaks of it
        there.stop_bot()
        there.start_bot()
        yield there


def secrets(stage: Stage) -> dict[str, str]:
    """What must be read nowhere, by what it is."""
    urls = {"look": stage.database.read_url, "mend": stage.database.operate_url}
    passwords = {what: str(conninfo_to_dict(url)["password"]) for what, url in urls.items()}
    told = stage.environment()
    tokens = {name: told[name] for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")}
    planted = {
        name: word
        for name in PLANTED
        for word in PLANTED[name].replace("@", "/").replace(":", "/").split("/")
        if "Plant" in word
    }
    return {**passwords, **tokens, **planted, "a statement": IN_A_STATEMENT}


def found_in(text: str, wanted: Mapping[str, str]) -> list[str]:
    return [what for what, word in wanted.items() if word.lower() in text.lower()]


def spend_a_day(scene: Scene) -> None:
    """Ask everything, open and send everything, have a repair done and one denied; then let the database be gone."""
    scene.idles(old=False).execute(BUSY.encode())
    for text in LOOKS:
        answer = scene.ask(ANA, f"/scout {text}")
        for action in ("scout_more", "scout_sheet", "scout_share"):
            if action in str(answer):
                scene.press(ANA, answer, action)
    for text in ("status on nowhere", "slow limit=x", "refresh nothing", "pool pause", "cache clear query:", "undo"):
        scene.slack.say(ANA, scene.room, f"/scout {text}")
    denied = scene.propose(ANA, "/scout refresh mv_store_daily_metrics")
    scene.deny(BEN, denied)
    scene.idles()
    card = scene.propose(ANA, "/scout emergency")
    scene.press(BEN, card, "scout_approve")
    scene.becomes(card, "Approved")
    scene.slack.open_home(ANA)
    scene.until(lambda: scene.slack.home(ANA), "a home tab")
    scene.stage.database.stop()
    scene.until(lambda: scene.said(ALERTS), "an incident", 30)
    assert as_text(scene.ask(ANA, "/scout status"))
    scene.stage.database.start()
    for session in scene.left_open:
        session.close()


def on_the_terminal(stage: Stage) -> str:
    """What `scout` says to a person at the machine."""
    words = (
        ["ask", "active"],
        ["ask", "--json", "status"],
        ["ask", "cache"],
        ["doctor"],
        ["doctor", "--json"],
        ["audit", "verify"],
    )
    done = [
        subprocess.run(
            [sys.executable, "-m", "bot", "--verbose", *one], env=stage.environment(), capture_output=True, text=True, timeout=90, check=False
        )
        for one in words
    ]  # fmt: skip
    return "".join(one.stdout + one.stderr for one in done)


def page(path: str) -> str:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
        f"http://127.0.0.1:{PORT}{path}", timeout=10
    ) as answer:
        return answer.read().decode()


@pytest.mark.timeout(300)
def test_no_secret_is_in_anything_that_was_given_out(stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    scene = entered(stage)
    spend_a_day(scene)
    slack, files = scene.slack, scene.slack.house.workspace.files
    told = {
        "calls": json.dumps([[one.method, one.args, one.answer] for one in slack.calls()], default=str),
        "files": json.dumps(list(files.values()), default=str),
        "transcript": slack.transcript(),
        "metrics": page("/metrics") + page("/healthz"),
        "terminal": on_the_terminal(stage),
    }
    stage.stop_bot()
    store = Path(stage.environment()["SCOUT_STORE_URL"].removeprefix("sqlite:///"))
    told["store"] = b"".join(one.read_bytes() for one in store.parent.glob(f"{store.name}*")).decode(errors="replace")
    heard = capfd.readouterr()
    told["log"] = heard.out + heard.err
    methods = {one.method for one in slack.calls()}
    assert {"chat.postMessage", "chat.update", "views.open", "views.publish", "files.completeUploadExternal"} <= methods
    assert slack.ephemerals(ANA)
    assert files
    assert "emergency" in told["store"]
    assert {where: found for where, text in told.items() if (found := found_in(text, secrets(stage)))} == {}


def test_one_that_was_given_out_would_be_found(stage: Stage) -> None:
    wanted = secrets(stage)
    assert found_in(
        json.dumps(stage.environment()) + Path(stage.environment()["SCOUT_CONFIG"]).read_text(encoding="utf-8") + BUSY,
        wanted,
    ) == list(wanted)
