"""Everything is wrong at once: one plan of what is needed, in the runbook's order, carried out with a real pooler and proved."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from stage_fixture import ANA, BEN, Scene, entered

from bot.command import Plan
from bot.store import Store
from practice.slack.text import as_text
from practice.stage import Stage
from tests.integration.pgbouncer import Bouncer, running_bouncer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

FAULTS = ("bloat", "invalid-index", "long-query", "lock-queue")
"""The queue last: what comes after it would wait in it."""
LIMITS = """[databases.scout.limits]
pooler_database = "scout"
pooler_restart = ["true"]
"""
ORDER = (
    "Reconnect the pooler", "Vacuum bronze_transactions_raw", "Rebuild index at_once",
    "Delete expired rows of query_cache", "Restart the pooler", "Ask the pooler",
)  # fmt: skip
INVALID = "set role scout_owner; create index at_once on scout.dim_store (city); reset role"
MARKED = "update pg_index set indisvalid = false where indexrelid = 'scout.at_once'::regclass"
OLD = "select exists (select from pg_locks where not granted and waitstart < now() - interval '5.5 s')"


@pytest.fixture(scope="module")
def bouncer(shared_stage: Stage) -> Iterator[Bouncer]:
    with running_bouncer(shared_stage.database.app_url) as bouncer:
        yield bouncer


@pytest.fixture(scope="module")
def outfitted(shared_stage: Stage, bouncer: Bouncer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The stage with a pooler and less patience, and afterwards as it was."""
    words = Path(shared_stage.environment()["SCOUT_CONFIG"]).read_text(encoding="utf-8")
    beside = {
        "[databases.scout]\n": f'[databases.scout]\npooler_url = "{bouncer.admin_url}"\n',
        "[databases.scout.limits]\n": LIMITS,
        "long_query_seconds = 30\n": "long_query_seconds = 3\n",
    }
    for section, more in beside.items():
        assert words.count(section) == 1
        words = words.replace(section, more)
    file = tmp_path_factory.mktemp("told") / "scout.toml"
    file.write_text(words, encoding="utf-8")
    stage = Scene(shared_stage)
    try:
        stage.restart(SCOUT_CONFIG=str(file))
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
def burning(scene: Scene) -> Iterator[Scene]:
    """The scene with every trouble that the steps are about."""
    scene.do("update scout.query_cache set expires_at = now() - interval '1 hour'", INVALID, MARKED)
    for fault in FAULTS:
        scene.slack.fault(fault).start()
    scene.idles("forgotten")
    scene.until(lambda: scene.value(OLD), "a queue that counts", 60)
    yield scene
    scene.do("update scout.query_cache set expires_at = now() + interval '1 hour'", "drop index scout.at_once")


def newest(scene: Scene) -> Plan:
    """The plan that was proposed last."""
    with closing(Store.open(scene.stage.environment()["SCOUT_STORE_URL"])) as store:
        return store.approvals(limit=1)[0].plan


def test_one_plan_deals_with_all_of_it_in_the_runbooks_order(burning: Scene) -> None:
    card = burning.propose(ANA, "/scout emergency")
    plan = newest(burning)
    titles = [step.title for step in plan.steps]
    missing = [words for words in ORDER if not any(title.startswith(words) for title in titles)]
    assert not missing, titles
    places = [next(at for at, title in enumerate(titles) if title.startswith(words)) for words in ORDER]
    assert places == sorted(places), titles
    assert {title.split(" pid")[0] for title in titles[: places[0]]} == {"End", "Cancel"}
    assert "idx_transactions_customer" in " ".join(plan.notes), plan.notes  # its table is about to be locked
    assert [title for title in titles if "pg_stat_reset" in title] == []
    assert "No pg_stat_reset(): it resets no connection" in " ".join(plan.notes)
    spared = {one.why for one in plan.spared}
    assert any(why.startswith("only waits for pid") for why in spared)

    burning.press(BEN, card, "scout_approve")
    over = as_text(burning.becomes(card, "Done", "Before and after", within=90))
    assert "failed" not in over
    burning.until(
        lambda: len(burning.said(burning.room, "Before the run: ", card["ts"])) == len(plan.evidence),
        "the evidence",
        30,
    )
    burning.found(lambda: burning.said(burning.room, "later", "Service level", "Now"), 30, "the second look")
    assert burning.value("select indisvalid from pg_index where indexrelid = 'scout.at_once'::regclass")
    assert burning.value("select count(*) from scout.query_cache where expires_at < now()") == 0
    assert burning.value("select count(*) from pg_stat_activity where application_name = 'forgotten'") == 0
    assert burning.value("select count(*) from pg_stat_activity where wait_event_type = 'Lock'") == 0
