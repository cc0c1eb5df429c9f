"""A press opens a dialog in time, and what is sent off in it is written down, authorised anew and counted once."""

import pytest
from stage_fixture import ANA, BEN, CORA, DAN, GUEST, Scene, typed

from practice.slack import interactions
from practice.slack.text import as_text

DAILY = "refresh gold_daily_aggregates"


def test_the_dialog_opens_before_anything_is_looked_up(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    with scene.slack.inject("delay", methods=["views.update"], seconds=1, times=1):
        scene.slack.click(BEN, card, "scout_deny")
        waiting = scene.found(lambda: scene.slack.views(BEN), 3, "an empty dialog")
        assert "One moment" in as_text(waiting)
    dialog = scene.opened(BEN)
    assert dialog["id"] == waiting["id"]
    assert DAILY in as_text(dialog)


def test_it_carries_ids_only(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    carried = scene.dialog(BEN, card, "scout_deny")["private_metadata"]
    assert "refresh" not in carried
    assert scene.room in carried


def test_a_reason_of_blanks_is_refused_at_its_field(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    dialog = scene.dialog(BEN, card, "scout_deny")
    assert scene.slack.submit(BEN, dialog["id"], typed(reason=" \n ")) == {"reason": "Say it in a few words."}
    assert scene.slack.submit(BEN, dialog["id"], typed(reason="")) == {"reason": "Please complete this required field."}
    scene.fill(BEN, dialog, reason="the shop is open")
    scene.becomes(card, "Denied by @Ben", "the shop is open")


def test_a_reason_survives_whole_and_does_nothing(scene: Scene) -> None:
    reason = 'cause: `ls` & <!channel> <@U0ANA> *bold* it\'s "late" ` 100 % {x} \\n &amp;'
    card = scene.propose(ANA, f"/scout {DAILY}")
    scene.deny(BEN, card, reason)
    shown = scene.becomes(card, "Denied by @Ben")
    assert f"Ben: {reason}" in as_text(shown)


def test_a_dialog_that_slack_opens_too_late_is_told(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    with scene.slack.inject("error", methods=["views.open"], error="expired_trigger_id", times=1):
        assert "could not be opened in time" in as_text(scene.press(BEN, card, "scout_deny"))
    assert "Confirmation needed" in as_text(scene.now(card))


def test_who_may_not_is_told_in_the_dialog(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    dialog = scene.dialog(DAN, card, "scout_deny")
    assert "Only operators may do that" in as_text(dialog)
    assert dialog["submit"] is None


@pytest.mark.parametrize(("user", "words"), [(DAN, "Only operators may do that"), (GUEST, "You are a guest")])
def test_what_is_sent_off_is_authorised_anew(scene: Scene, user: str, words: str) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    view = scene.dialog(BEN, card, "scout_deny")
    view["state"]["values"] = typed(reason="forged")
    payload = interactions.interaction("view_submission", scene.slack.house.workspace.users[user]) | {"view": view}
    told = scene.whisper(user, lambda: scene.slack.send_envelope("interactive", payload))
    assert words in as_text(told)
    assert "Confirmation needed" in as_text(scene.now(card))


def test_somebody_was_faster_while_the_dialog_was_open(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    dialog = scene.dialog(BEN, card, "scout_deny")
    scene.press(CORA, card, "scout_approve")
    assert "Already approved by Cora" in as_text(scene.fill(BEN, dialog, reason="too late"))
    scene.becomes(card, "Done")


def test_a_note_stands_beside_the_approval(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    scene.fill(BEN, scene.dialog(BEN, card, "scout_note"), reason="agreed on the phone")
    scene.becomes(card, "Done", "Confirmed by @Ben", "agreed on the phone")


def test_a_dialog_that_slack_sends_twice_counts_once(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    dialog = scene.dialog(BEN, card, "scout_deny")
    scene.slack.send_twice()
    told = scene.fill(BEN, dialog, reason="once")
    assert "Denied" in as_text(told)
    scene.becomes(card, "Denied by @Ben")
    here = [one for one in scene.slack.ephemerals(BEN) if one["channel"] == scene.room]
    assert [one for one in here if "Already denied" in as_text(one)] == []
