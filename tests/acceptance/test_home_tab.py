"""The home tab: how everything is, kept true while somebody may look at it, with buttons that are answered directly."""

import time

import pytest
from stage_fixture import ALERTS, ANA, DAN, GUEST, Scene, cards, typed

from practice.slack import interactions
from practice.slack.elements import each_element
from practice.slack.hands import chosen, pick
from practice.slack.text import as_text
from practice.slack.wire import Json

LOOK = 30.0
"""Seconds in which a change comes to a page that somebody has open."""


def home(scene: Scene, user: str, *words: str, within: float = LOOK) -> Json:
    """A person's home tab, once it holds all the words."""

    def fitting() -> list[Json]:
        view = scene.slack.home(user)
        return [view] if view and all(word in as_text(view) + str(view["blocks"]) for word in words) else []

    return scene.found(fitting, within, f"{words} on the home tab")


def broken(scene: Scene, fault: str, title: str) -> None:
    """Break something, and wait until the watch has told of it."""
    since = len(scene.said(ALERTS))
    scene.slack.fault(fault).start()
    scene.until(lambda: cards(scene, title, since), f"a card about {title}", LOOK)


def press_late(scene: Scene, user: str, seen: Json, action: str) -> None:
    """Press a button of a page as it was, on a screen that has not heard of the new one yet."""
    press_what(scene, user, seen, *pick(seen, action, None))


def press_what(scene: Scene, user: str, seen: Json, block: Json, element: Json) -> None:
    """The same with one certain button."""
    payload = interactions.interaction("block_actions", scene.slack.house.workspace.users[user])
    payload |= {
        "container": {"type": "view", "view_id": seen["id"]},
        "view": seen,
        "actions": [interactions.action(block, element, chosen(element, None))],
        "trigger_id": f"late.{time.monotonic_ns()}",
    }
    assert scene.slack.send_envelope("interactive", payload)


def said_of(scene: Scene, seen: Json, block: Json, element: Json) -> str:
    """What Ana is told when she presses a button, with the button's label before it."""
    said = scene.post(lambda: press_what(scene, ANA, seen, block, element), direct(ANA))
    return f"{element['text']['text']}: {as_text(said)}"


def direct(user: str) -> str:
    """The channel of somebody's direct messages with Scout."""
    return f"D0{user[2:]}"


def test_it_shows_how_everything_is_and_the_menu(scene: Scene) -> None:
    scene.slack.open_home(ANA)
    shown = as_text(home(scene, ANA, "Databases", "scout_command", "status on scout", within=8))
    assert "staging" in shown
    assert "not watched" in shown
    assert "As of" in shown


@pytest.mark.slow
def test_what_breaks_comes_there_unasked_and_its_button_is_answered_directly(scene: Scene) -> None:
    scene.slack.open_home(ANA)
    home(scene, ANA, "Databases", within=8)
    scene.slack.fault("lock-queue").start()
    view = home(scene, ANA, "Open incidents", "Blocked sessions", "scout_ack")
    said = scene.post(lambda: scene.slack.click(ANA, view, "scout_ack"), direct(ANA), "it is yours")
    assert "Acknowledged" in as_text(said)
    home(scene, ANA, "owned by Ana", "Give back", within=8)
    again = scene.post(lambda: press_late(scene, ANA, view, "scout_ack"), direct(ANA), "Already acknowledged")
    assert "by Ana" in as_text(again)


@pytest.mark.slow
def test_every_button_there_is_answered_with_what_it_says(scene: Scene) -> None:
    broken(scene, "lock-queue", "Blocked sessions")
    scene.propose(ANA, "/scout refresh all")
    scene.slack.open_home(ANA)
    view = home(scene, ANA, "Blocked sessions", "scout_ack", "Open card", within=8)
    shown = [(block, one) for block, one in each_element(view["blocks"]) if "url" not in one]
    told = [said_of(scene, view, block, one) for block, one in shown]
    expected = {
        "Status": "*Status*", "Unblock": "Say why", "Chart": ", last 24h", "Acknowledge": "Acknowledged: it is yours",
        "Alerts": "*Alerts*", "Slow": "*Slow statements*", "Active": "*Active sessions*", "Connections": "*Connections*",
        "Refresh": "Say why", "Emergency": "Say why", "Help": "*Help*",
    }  # fmt: skip
    labels = [line.partition(":")[0] for line in told]
    assert set(labels) >= set(expected)
    wrong = [line for label, line in zip(labels, told, strict=True) if expected.get(label, "Say why") not in line]
    assert wrong == []
    (link,) = [(block, one) for block, one in each_element(view["blocks"]) if "url" in one]
    press_what(scene, ANA, view, *link)  # Slack follows it, and Scout acknowledges the press


def test_a_plan_asked_for_there_waits_in_the_alert_channel_and_on_the_page(scene: Scene) -> None:
    broken(scene, "stale-data", "Data freshness")
    scene.slack.open_home(ANA)
    view = home(scene, ANA, "Open incidents", "Data freshness", "refresh all", within=8)
    asks = scene.post(lambda: scene.slack.click(ANA, view, "scout_command", "Refresh all"), direct(ANA), "scout_why")
    dialog = scene.dialog(ANA, asks, "scout_why")
    sends = typed(reason="the views are stale")
    card = scene.post(lambda: scene.slack.submit(ANA, dialog["id"], sends), ALERTS, "scout_approve", "asked by")
    scene.slack.open_home(ANA)
    waiting = home(scene, ANA, "Waiting for a decision", "plan waits for a decision", "Open card", within=8)
    assert card["ts"].replace(".", "") in str(waiting["blocks"])
    assert scene.said(direct(ANA), "waits for a decision in the alert channel")


def test_who_may_order_nothing_has_no_such_buttons_and_is_refused_directly(scene: Scene) -> None:
    broken(scene, "lock-queue", "Blocked sessions")
    scene.slack.open_home(DAN)
    scene.slack.open_home(ANA)
    seen = home(scene, ANA, "scout_ack", within=8)
    shown = str(home(scene, DAN, "Open incidents", within=8)["blocks"])
    assert "scout_ack" not in shown
    assert "unblock" not in shown
    refused = scene.post(lambda: press_late(scene, DAN, seen, "scout_ack"), direct(DAN), "operators")
    assert "Only operators may do that" in as_text(refused)


def test_a_guest_finds_one_sentence_and_nothing_of_a_database(scene: Scene) -> None:
    scene.slack.open_home(GUEST)
    view = home(scene, GUEST, "You are a guest", within=8)
    assert len(view["blocks"]) == 1
    assert "status" not in str(view["blocks"])
