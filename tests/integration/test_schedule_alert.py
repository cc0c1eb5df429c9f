"""A recurring job that failed or was missed is an incident of its database, with the repair as a button, until it goes well."""

from collections.abc import Generator
from datetime import timedelta

import pytest
from store_fixture import AT

from bot.alert import Alert, Rule
from bot.command import Limits
from bot.database import Watched
from bot.report import Level
from bot.rota import Rota
from bot.store import Store
from bot.telling import Telling
from bot.timetable import Job, Paused, Ran, RunState, Standing
from bot.watch import SCHEDULE, Gauge, Judging, Watch
from practice.database import PracticeDatabase

JOB = Job(database="scout", name="views", command="refresh stale", every_seconds=1800)
HASTY = Rule(alert_for=60, page_for=60, calm_for=60)


@pytest.fixture
def watch(store: Store, practice_database: PracticeDatabase) -> Generator[Watch]:
    database = Watched("scout", practice_database.read_url, practice_database.operate_url, "scout")
    telling = Telling(lambda _, name: SCHEDULE if name == SCHEDULE.name else None, "C0ALERTS")
    gauges = {"scout": Gauge(database, Limits(), [])}
    yield Watch(store, gauges, Judging(store, HASTY, telling), failing=Rota(store, {"scout": (JOB,)}).failing)
    database.close()


def ran(store: Store, minutes: float, state: RunState, said: str = "") -> None:
    slot = AT + timedelta(minutes=minutes)
    with store.change() as change:
        change.add_job_run(Ran(database="scout", job="views", slot=slot, state=state, said=said, at=slot))


def watched(watch: Watch, minutes: float) -> Alert:
    """What is known of the jobs after a look at a minute."""
    watch.tick(AT + timedelta(minutes=minutes), watch.store.share("one", ["scout"], 60))
    return next(one for one in watch.store.alerts("scout") if one.metric == SCHEDULE.name)


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.MISSED])
def test_a_job_that_went_badly_is_an_incident_until_it_goes_well(store: Store, watch: Watch, state: RunState) -> None:
    ran(store, 0, state, "main.daily could not be refreshed")
    assert watched(watch, 1).level is Level.OK
    burning = watched(watch, 2)
    assert (burning.level, burning.on_card) == (Level.ALERT, True)
    assert burning.last is not None
    assert "views: main.daily could not be refreshed" in str(burning.last.measured)
    assert SCHEDULE.repairs[0] == "schedule run"
    ran(store, 30, RunState.DONE)
    watched(watch, 31)
    assert watched(watch, 32).level is Level.OK


def test_a_job_that_is_paused_is_nobodys_trouble(store: Store, watch: Watch) -> None:
    ran(store, 0, RunState.FAILED, "no")
    paused = Paused(person="U0ANA", since=AT)
    with store.change() as change:
        change.put_standing(
            Standing(database="scout", job="views", defined=JOB.defined, since=AT - timedelta(days=1), paused=paused)
        )
    assert {watched(watch, minute).level for minute in range(1, 5)} == {Level.OK}
