"""What can stop somebody's work is asked for with a reason, waits for as many as it needs, and everybody concerned is told."""

from stage_fixture import ANA, BEN, CORA, DAN, Scene, typed

from practice.slack.text import as_text

PLAIN = "refresh mv_store_daily_metrics"
REASON = 'cause: `ls` & <!channel> *bold* it\'s "late" 100 %'


def test_without_a_reason_scout_asks_why_and_then_proposes(scene: Scene) -> None:
    asked = scene.ask(ANA, f"/scout {PLAIN}")
    assert "say why" in as_text(asked)
    dialog = scene.dialog(ANA, asked, "scout_why")
    card = scene.post(lambda: scene.slack.submit(ANA, dialog["id"], typed(reason=REASON)), scene.room, "scout_approve")
    assert f"Reason: {REASON}" in as_text(card)
    assert "<!channel>" not in card["text"]


def test_a_typed_reason_stands_on_the_card_and_not_in_the_command(scene: Scene) -> None:
    scene.slack.say(ANA, scene.room, f"/scout {PLAIN} because {REASON}")
    card = scene.found(lambda: scene.said(scene.room, "scout_approve"), 10, "the card")
    assert f"Reason: {REASON}" in as_text(card)
    assert f"\u201c{PLAIN}\u201d" in as_text(card)


def test_another_person_does_not_answer_for_the_one_who_asked(scene: Scene) -> None:
    asked = scene.ask(ANA, f"/scout {PLAIN}")
    (block,) = [one for one in asked["blocks"] if one["type"] == "actions"]
    assert block["elements"][0]["text"]["text"] == "Say why\u2026"
    assert scene.said(scene.room, "scout_approve") == []


def test_two_have_to_agree_where_the_settings_say_so_and_all_are_told(scene: Scene) -> None:
    scene.restart(SCOUT_DISRUPT_APPROVALS="2", SCOUT_APPROVAL_SECONDS="30")
    try:
        card = scene.propose(ANA, f"/scout {PLAIN}")
        assert "2 other people approve" in as_text(card)
        assert "1 of 2" in as_text(scene.press(BEN, card, "scout_approve"))
        scene.becomes(card, "1 of 2", "approved by @Ben", "needs another")
        assert "You approved it already" in as_text(scene.press(BEN, card, "scout_approve"))
        scene.until(lambda: scene.said("D0CORA", "A plan waits for you", "needs another"), "a word to Cora", 30)
        assert scene.said("D0BEN", "A plan waits for you", "needs another") == []
        scene.press(CORA, card, "scout_approve")
        scene.becomes(card, "Done", "Approved by @Ben", "Approved by @Cora")
        scene.until(lambda: scene.said("D0ANA", "Approved by Ben and Cora"), "a word to Ana")
        scene.until(lambda: scene.said("D0ANA", "Done: '"), "another word to Ana")
        assert len(scene.said("D0CORA", "A plan waits for you", "needs another")) == 1
    finally:
        scene.restart()


def test_what_is_in_the_way_is_said_with_who_and_since_when(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {PLAIN}")
    told = as_text(scene.ask(BEN, f"/scout {PLAIN} because of it"))
    assert "asked by Ana" in told
    assert "waiting for a decision on its card" in told
    assert "You are next" in told
    assert "Only operators" in as_text(scene.ask(DAN, f"/scout {PLAIN} because of it"))
    scene.deny(BEN, card)
