"""The watch tells of each incident once, on a card that goes on with it, and wakes people only when it must."""

import time

import pytest
from stage_fixture import ALERTS, ANA, ANSWERED, BEN, CORA, DAN, Scene, buttons, cards, typed

from practice.slack.text import as_text
from practice.slack.wire import Json

TITLES = ("ALERT", "PAGE", "RECOVERED", "NO DATA")


def below(scene: Scene, card: Json) -> list[Json]:
    """The messages in the thread of a card."""
    return [one for one in scene.said(ALERTS) if one.get("thread_ts") == card["ts"] != one["ts"]]


def thread(scene: Scene, card: Json) -> str:
    """What was said below a card."""
    return "\n".join(as_text(one) for one in below(scene, card))


def opened(scene: Scene, title: str, since: int, within: float = 20) -> Json:
    """Wait for the card of a metric."""
    return scene.found(lambda: cards(scene, title, since), within, f"a card about {title}")


@pytest.mark.parametrize(
    ("fault", "title"),
    [
        ("lock-queue", "Blocked sessions"),
        ("stale-data", "Data freshness"),
        ("connections", "Idle in transaction"),
        ("bloat", "Tables overdue for vacuum"),
        ("invalid-index", "Invalid indexes"),
    ],
)
def test_a_fault_has_one_card_that_goes_on_until_it_is_over(scene: Scene, fault: str, title: str) -> None:
    since = len(scene.said(ALERTS))
    scene.slack.fault(fault).start()
    card = opened(scene, title, since)
    assert as_text(card).split("*")[1] in TITLES
    scene.slack.fault(fault).undo()
    scene.becomes(card, "RECOVERED", "lasted", within=20)
    scene.until(lambda: "has recovered" in thread(scene, card), "the recovery in the thread")
    assert len(cards(scene, title, since)) == 1
    assert "scout_ack" not in str(scene.now(card))


def test_a_page_wakes_people_and_an_alert_does_not(scene: Scene) -> None:
    since = len(scene.said(ALERTS))
    scene.slack.fault("connections").start()
    calm = opened(scene, "Idle in transaction", since)
    assert "subteam" not in str(calm)
    assert "subteam" not in str(below(scene, calm))
    scene.slack.fault("connections").undo()
    scene.slack.fault("lock-queue").start()
    urgent = scene.becomes(opened(scene, "Blocked sessions", since), "PAGE", within=15)
    scene.until(lambda: "subteam" in str(below(scene, urgent)), "the page")
    assert len([one for one in below(scene, urgent) if "<!subteam^S0DBA>" in str(one)]) == 1


def test_the_button_on_the_card_opens_the_plan_and_the_repair_ends_the_incident(scene: Scene) -> None:
    since = len(scene.said(ALERTS))
    scene.slack.fault("lock-queue").start()
    card = opened(scene, "Blocked sessions", since)
    asked = scene.press(ANA, card, "scout_command", "Emergency")
    dialog = scene.dialog(ANA, asked, "scout_why")
    said = typed(reason="nobody gets through")
    plan = scene.post(lambda: scene.slack.submit(ANA, dialog["id"], said), ALERTS, "scout_approve")
    assert "asked by @Ana" in as_text(plan)
    scene.press(BEN, plan, "scout_approve")
    scene.becomes(plan, "Done", within=20)
    scene.becomes(card, "RECOVERED", within=20)


def test_the_card_and_the_list_of_what_burns_open_the_chart_of_their_metric(scene: Scene) -> None:
    since = len(scene.said(ALERTS))
    scene.slack.fault("lock-queue").start()
    card = opened(scene, "Blocked sessions", since)
    asked = scene.post(lambda: scene.slack.click(BEN, card, "scout_command", "Chart"), ALERTS, "last 24h")
    assert "Blocked sessions" in as_text(asked)
    listed = scene.ask(BEN, "/scout alerts")
    chosen = scene.press(BEN, listed, "scout_command", "Blocked sessions on scout")
    assert "Blocked sessions, last 24h" in as_text(chosen)


def test_a_card_is_acknowledged_once_and_silenced_by_operators_only(scene: Scene) -> None:
    since = len(scene.said(ALERTS))
    scene.slack.fault("invalid-index").start()
    card = opened(scene, "Invalid indexes", since)
    assert "Only operators" in as_text(scene.press(DAN, card, "scout_ack"))
    assert "Acknowledged" in as_text(scene.press(ANA, card, "scout_ack"))
    shown = scene.becomes(card, "@Ana")
    assert "Acknowledge" not in buttons(shown)
    assert "Already acknowledged by Ana" in as_text(scene.press_late(BEN, card, "scout_ack"))
    assert "nobody's any more" in as_text(scene.press(BEN, shown, "scout_unack"))
    scene.until(lambda: "Acknowledge" in buttons(scene.now(card)), "a card without an owner")
    silenced_in_its_dialog(scene, scene.now(card))
    scene.slack.fault("invalid-index").undo()
    scene.becomes(card, "RECOVERED", within=20)
    assert "over" in as_text(scene.press_late(CORA, card, "scout_ack"))


def silenced_in_its_dialog(scene: Scene, card: Json) -> None:
    """Silence an incident from its card, and let the button that takes its place end that."""
    assert "Only operators" in as_text(scene.dialog(DAN, card, "scout_silence"))
    told = scene.fill(ANA, scene.dialog(ANA, card, "scout_silence"), why="built anew at night")
    assert "Silenced until" in as_text(told)
    shown = scene.becomes(card, "silenced until", "built anew at night")
    scene.post(lambda: scene.slack.click(ANA, shown, "scout_command", "End silence"), ALERTS, "silence", "is over")


def test_a_silence_is_ordered_listed_and_ended_by_a_button(scene: Scene) -> None:
    assert "Only operators" in as_text(scene.ask(DAN, "/scout silence all for=1h"))
    assert "Nothing is silenced" in as_text(scene.ask(ANA, "/scout silences"))
    assert "There is no metric 'blokked'" in as_text(scene.ask(ANA, "/scout silence blokked"))
    said = as_text(scene.ask(ANA, '/scout silence "blocked sessions" for=30m why="moving disks" on staging'))
    assert "blocked_sessions on staging" in said
    listed = scene.ask(ANA, "/scout silences")
    assert "moving disks" in as_text(listed)
    assert "over" in as_text(scene.press(ANA, listed, "scout_command", "End blocked_sessions on staging"))
    assert "Nothing is silenced" in as_text(scene.ask(DAN, "/scout silences"))


def test_a_database_that_is_down_has_one_card_and_questions_get_a_sentence(scene: Scene) -> None:
    since = len(scene.said(ALERTS))
    scene.slack.fault("database-down").start()
    for question in ("status", "slow", "active", "connections", "emergency", "refresh all"):
        began = time.monotonic()
        answer = as_text(scene.ask(ANA, f"/scout {question}"))
        assert time.monotonic() - began < ANSWERED
        assert "scout does not answer" in answer
        assert "Check that the server runs" in answer
    card = opened(scene, "Database answers", since)
    assert "PAGE" in as_text(card)
    scene.slack.fault("database-down").undo()
    scene.becomes(card, "RECOVERED", within=20)
    assert "*Status*" in as_text(scene.ask(ANA, "/scout status"))
    fresh = [one for one in scene.said(ALERTS)[since:] if "lasted" in as_text(one) or "since" in as_text(one)]
    assert [one["ts"] for one in fresh] == [card["ts"]]


def test_help_and_history_answer_without_the_database(scene: Scene) -> None:
    scene.slack.fault("database-down").start()
    assert "*Help*" in as_text(scene.ask(ANA, "/scout help"))
    assert "*History*" in as_text(scene.ask(ANA, "/scout history"))


def test_staging_is_not_watched(scene: Scene) -> None:
    assert not [one for one in scene.said(ALERTS) if "on *staging*" in as_text(one) and "measured" in as_text(one)]
