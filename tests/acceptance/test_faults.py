"""Every fault of *Break something* has one card; its button mends it, and the card says recovered with the duration."""

from collections.abc import Iterator

import pytest
from stage_fixture import ALERTS, ANA, BEN, Scene, entered, home, typed

from practice.database import PracticeDatabase
from practice.faults import database_faults
from practice.slack.text import as_text
from practice.slack.wire import Json
from practice.stage import Stage, as_practised
from practice.workload import Workload

pytestmark = pytest.mark.slow

MENDED = {
    "long-query": ("Longest running query", "Emergency"),
    "lock-queue": ("Blocked sessions", "Unblock"),
    "stale-data": ("Data freshness", ""),
    "unrefreshed-views": ("Oldest materialized view", "Refresh stale"),
    "connections": ("Idle in transaction", "Emergency"),
    "bloat": ("Tables overdue for vacuum", "Maintenance"),
    "invalid-index": ("Invalid indexes", "Reindex invalid"),
    "database-down": ("Database answers", ""),
}
"""The title of each fault's card, and its button that mends; empty where Scout has no hands: it starts no server and loads no data."""
WHOLE = {"connections": "*45*"}
"""What a card says once all of a fault is there, where that takes a while on a busy machine: a plan of before would leave the rest."""
DISRUPTIVE = {"Emergency", "Unblock", "Refresh stale"}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """What `make practice` starts, with its patience, its schedule and its census."""
    with as_practised(home()) as there:
        yield there


@pytest.fixture
def calm(stage: Stage) -> Iterator[Scene]:
    """The stage, calm before and after."""
    scene = entered(stage)
    yield scene
    scene.calm()
    scene.until(lambda: burns_nothing(scene), "calm", 60)


def burns_nothing(scene: Scene) -> bool:
    """Whether no incident is open."""
    return "Nothing burns" in as_text(scene.ask(ANA, "/scout alerts"))


def roots(scene: Scene, since: int) -> list[Json]:
    """The incident cards since a moment."""
    said = [one for one in scene.said(ALERTS)[since:] if not one.get("thread_ts") or one["thread_ts"] == one["ts"]]
    return [one for one in said if "incident:" in str(one.get("metadata"))]


def test_every_fault_is_in_the_table() -> None:
    database = PracticeDatabase(cache=home())
    faults = database_faults(database, Workload("", ""))
    assert {fault.name for fault in faults} == set(MENDED)


@pytest.mark.timeout(300)  # the ages of views are looked at once a minute
@pytest.mark.parametrize("name", MENDED)
def test_a_fault_has_one_card_that_its_button_mends(calm: Scene, name: str) -> None:
    title, button = MENDED[name]
    since = len(calm.said(ALERTS))
    calm.slack.fault(name).start()
    card = calm.found(lambda: [one for one in roots(calm, since) if title in as_text(one)], 90, f"a card about {title}")
    calm.becomes(card, WHOLE.get(name, ""), within=60)
    mend(calm, card, name, button)
    calm.becomes(card, "RECOVERED", "lasted", within=90)
    calm.until(lambda: burns_nothing(calm), "nothing that follows from it", 90)
    assert [as_text(one).partition("\n")[0] for one in roots(calm, since)] == [
        as_text(calm.now(card)).partition("\n")[0]
    ]


def mend(scene: Scene, card: Json, name: str, button: str) -> None:
    """Press the button and have the plan approved, or take the fault away where no button can."""
    if not button:
        scene.slack.fault(name).undo()
        return
    plan = scene.post(lambda: asked(scene, card, button), ALERTS, "scout_approve", within=30)
    scene.press(BEN, plan, "scout_approve", within=30)
    scene.becomes(plan, "Done", within=90)


def asked(scene: Scene, card: Json, button: str) -> None:
    """Press the button, and say why where it can stop somebody's work."""
    if button not in DISRUPTIVE:
        scene.slack.click(ANA, card, "scout_command", button)
        return
    dialog = scene.dialog(ANA, scene.press(ANA, card, "scout_command", button), "scout_why")
    scene.slack.submit(ANA, dialog["id"], typed(reason="the fault is on"))
