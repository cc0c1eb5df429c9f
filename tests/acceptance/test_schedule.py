"""What recurs, through Slack: silent while it goes well, paused and run by people, once over two replicas, and told in the morning."""

import subprocess
import sys
from collections.abc import Generator

import pytest
from stage_fixture import ANA, Scene, home

from bot.store import Store
from bot.timetable import Ran
from practice.settings import ALERTS, Settings
from practice.slack.text import as_text
from practice.stage import Stage

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def recurring(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Scene, Store]]:
    """A stage whose views are refreshed every ten seconds by the schedule."""
    store = f"sqlite:///{tmp_path_factory.mktemp('store')}/scout.db"
    settings = Settings(tick=0.5, alert_for=1, long_query=30, idle=5, scheduled=True, views_every=10)
    with Stage(home(), settings, store_url=store) as stage:
        opened = Store.open(store)
        yield Scene(stage, room=ALERTS), opened
        opened.close()


def test_what_nobody_notices_runs_by_itself_without_a_card(recurring: tuple[Scene, Store]) -> None:
    scene, store = recurring
    assert scene.until(
        lambda: [one for one in store.job_runs("scout") if one.job == "views" and one.state.is_well], "a run", 60
    )
    cards = [one for one in scene.slack.messages(ALERTS) if "scout_stop" in str(one) or "refresh stale" in as_text(one)]
    assert cards == []
    said = scene.say(ANA, "/scout schedule", ALERTS, "Schedule")
    assert "views, every 10 s" in as_text(said)


def test_a_person_pauses_and_runs_it(recurring: tuple[Scene, Store]) -> None:
    scene, _ = recurring
    paused = scene.say(ANA, '/scout schedule pause views for=2h why="moving disks"', ALERTS, "Paused until")
    assert "views on scout" in as_text(paused)
    listed = scene.say(ANA, "/scout schedule", ALERTS, "paused by")
    assert "schedule resume views" in str(listed)
    scene.say(ANA, "/scout schedule run views", ALERTS, "efresh")
    scene.say(ANA, "/scout schedule resume views", ALERTS, "Resumed")


def test_the_day_is_told_when_somebody_asks(recurring: tuple[Scene, Store]) -> None:
    scene, _ = recurring
    told = as_text(scene.say(ANA, "/scout morning", ALERTS, "Service levels, last 24 h", within=20))
    assert "service levels had a good day" in told


def test_two_replicas_run_each_time_once_and_one_goes_on_when_the_other_dies(
    recurring: tuple[Scene, Store],
) -> None:
    scene, _ = recurring
    with scene.admin() as admin:
        admin.execute("create database scout_rota owner scout_owner")
    scene.restart(SCOUT_STORE_URL=scene.stage.database.url("scout_owner", "scout_rota"))
    other = subprocess.Popen([sys.executable, "-m", "bot", "run"], env=scene.stage.environment())
    store = Store.open(scene.stage.database.url("scout_owner", "scout_rota"))
    try:
        scene.until(lambda: len(well(store)) >= 2, "two runs", 60)
        scene.stage.kill_bot()
        so_far = len(well(store))
        scene.until(lambda: len(well(store)) >= so_far + 2, "two more", 60)
        of_runs = [one.approval for one in store.job_runs("scout") if one.approval]
        of_plans = [one.id for one in store.approvals() if one.job == "views"]
        assert sorted(of_runs) == sorted(of_plans)
    finally:
        store.close()
        other.kill()
        other.wait()


def well(store: Store) -> list[Ran]:
    """The runs that went well."""
    return [one for one in store.job_runs("scout") if one.job == "views" and one.state.is_well]
