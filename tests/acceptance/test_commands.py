"""What people type is answered, wherever they type it, and only where it belongs."""

import pytest
from stage_fixture import ALERTS, ANA, BEN, DAN, GUEST, PRIVATE, SHARED, STAGING, STRANGER, Scene, buttons

from practice.slack.elements import each_element
from practice.slack.text import as_text

DIRECT = "D0ANA"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/scout status", ("*Status*", "Service levels", "Data freshness", "Connection slots taken")),
        ("/scout slow", ("*Slow statements*", "Statement")),
        ("/scout slow limit=3 by=calls", ("*Slow statements*", "number of calls")),
        ("/scout active", ("*Active sessions*", "Examined")),
        ("/scout connections", ("*Connections*", "scout_app", "Examined")),
        ("/scout help", ("*Help*", "/scout slow [limit=10] [by=total]")),
        ("/scout help refresh", ("*Help: refresh*", "Usage", "Grade")),
        ("/scout history", ("*History*", "own memory")),
        ("/scout SLOW Limit=2", ("*Slow statements*",)),
        ("/scout slow queries", ("*Slow statements*",)),
        ("/scout what is running", ("*Active sessions*",)),
        ("/scout how is it", ("*Status*",)),
        ("/scout status on scout", ("*Status*",)),
        ("/scout   status   on   staging  ", ("*Status*",)),
    ],
)
def test_a_question_is_answered_to_the_asker(scene: Scene, text: str, words: tuple[str, ...]) -> None:
    scene.until(
        lambda: scene.value("select count(*) from pg_stat_activity where usename = 'scout_app'"), "the application"
    )
    answer = scene.ask(ANA, text)
    assert [word for word in words if word not in as_text(answer)] == []
    assert answer["text"].strip()


def test_a_mention_in_a_channel_is_answered_to_the_asker(scene: Scene) -> None:
    assert "*Status*" in as_text(scene.ask(ANA, "@Scout status"))


def test_a_mention_in_a_thread_is_answered_in_that_thread(scene: Scene) -> None:
    root = scene.slack.say(ANA, scene.room, "is the database slow?")["ts"]
    answer = scene.whisper(ANA, lambda: scene.slack.say(ANA, scene.room, "@Scout status", root))
    assert answer["thread_ts"] == root


def test_a_mention_in_the_alert_channel_is_answered_to_all(scene: Scene) -> None:
    assert scene.say(ANA, "@Scout connections", ALERTS, "*Connections*", f"<@{ANA}>")


def test_chatter_is_left_alone(scene: Scene) -> None:
    before = len(scene.slack.calls("chat.postEphemeral")) + len(scene.said(scene.room))
    scene.slack.say(ANA, scene.room, "the status of the slow queries is what I wonder about")
    scene.ask(ANA, "/scout help")  # asked later, so answered later
    assert len(scene.slack.calls("chat.postEphemeral")) + len(scene.said(scene.room)) == before


@pytest.mark.parametrize("text", ["status", "/scout status", "@Scout status"])
def test_a_direct_message_is_answered_there(scene: Scene, text: str) -> None:
    assert scene.say(ANA, text, DIRECT, "*Status*")


def test_the_bare_command_opens_a_menu_whose_buttons_answer(scene: Scene) -> None:
    menu = scene.ask(ANA, "/scout")
    assert {"Status", "Slow", "Active", "Help", "Emergency"} <= set(buttons(menu))
    assert "*Slow statements*" in as_text(scene.press(ANA, menu, "scout_command", "Slow"))
    assert "*Help*" in as_text(scene.press(ANA, menu, "scout_command", "Help"))


def test_the_menu_offers_only_what_the_asker_may_do(scene: Scene) -> None:
    menu = scene.ask(DAN, "/scout")
    assert "Status" in buttons(menu)
    assert "Emergency" not in buttons(menu)
    assert "/scout refresh" not in as_text(scene.ask(DAN, "/scout help"))


def test_buttons_of_an_answer_ask_about_the_database_of_the_answer(scene: Scene) -> None:
    answer = scene.ask(ANA, "/scout status on staging")
    typed = [one for _, one in each_element(answer["blocks"]) if one["action_id"].startswith("scout_command")]
    texts = [option["value"] for one in typed for option in one.get("options", [one])]
    assert [text for text in texts if not text.endswith(" on staging")] == []
    pressed = scene.press(ANA, answer, "scout_command", "Connections")
    assert "staging" in str(pressed["blocks"])


def test_a_metric_of_a_status_answer_opens_its_chart(scene: Scene) -> None:
    answer = scene.ask(ANA, "/scout status")
    chart = scene.press(ANA, answer, "scout_command", "Cache hit ratio")
    assert "Cache hit ratio, last 24h" in as_text(chart)
    longer = scene.press(ANA, chart, "scout_command", "Last 7d")
    assert "Cache hit ratio, last 7d" in as_text(longer)


def test_a_channel_has_its_own_database(scene: Scene) -> None:
    scene.do("create materialized view scout.mv_only_here as select 1 as one")
    try:
        assert "mv_only_here" in as_text(scene.ask(ANA, "/scout refresh nothing", scene.room))
        elsewhere = as_text(scene.ask(ANA, "/scout refresh nothing", STAGING))
        assert "There is no materialized view" in elsewhere
        assert "mv_only_here" not in elsewhere
    finally:
        scene.do("drop materialized view scout.mv_only_here")


def test_what_is_asked_in_the_alert_channel_is_for_all(scene: Scene) -> None:
    answer = scene.say(ANA, "/scout status", ALERTS, "*Status*", f"<@{ANA}>")
    assert "Share" not in buttons(answer)
    typed = [one["text"] for one in scene.slack.messages(ALERTS) if one.get("is_command")]
    assert "/scout status" in typed


def test_a_mistake_in_the_alert_channel_is_told_only_to_who_made_it(scene: Scene) -> None:
    assert "Did you mean" in as_text(scene.ask(ANA, "/scout statos", ALERTS))


def test_a_private_answer_can_be_shared_once_asked(scene: Scene) -> None:
    answer = scene.ask(ANA, "/scout connections")
    assert "Share" in buttons(answer)
    shared = scene.post(lambda: scene.slack.click(ANA, answer, "scout_share"), scene.room, "*Connections*")
    assert f"<@{ANA}>" in str(shared["blocks"])
    assert "Share" not in buttons(shared)


def test_an_answer_shared_by_two_presses_is_posted_once(scene: Scene) -> None:
    answer = scene.ask(ANA, "/scout help slow")
    scene.post(lambda: scene.slack.click(ANA, answer, "scout_share"), scene.room, "Help: slow")
    scene.press(ANA, answer, "scout_share")
    scene.press(ANA, answer, "scout_share")
    assert len(scene.said(scene.room, "Help: slow")) == 1


def test_a_private_channel_without_the_bot_gets_its_answer(scene: Scene) -> None:
    assert "*Status*" in as_text(scene.ask(ANA, "/scout status", PRIVATE))


def test_sharing_where_the_bot_cannot_post_says_so(scene: Scene) -> None:
    answer = scene.ask(ANA, "/scout connections", PRIVATE)
    assert "/invite" in as_text(scene.press(ANA, answer, "scout_share"))


def test_a_channel_that_another_company_reads_gets_nothing(scene: Scene) -> None:
    answer = scene.ask(ANA, "/scout status", SHARED)
    assert "Another company reads this channel" in as_text(answer)
    assert "Service levels" not in as_text(answer)


def test_a_guest_is_refused_with_the_reason(scene: Scene) -> None:
    answer = as_text(scene.ask(GUEST, "/scout status"))
    assert "You are a guest" in answer
    assert "Service levels" not in answer


def test_a_stranger_gets_nothing_from_a_mention(scene: Scene) -> None:
    before = len(scene.slack.ephemerals(BEN))
    scene.slack.say(STRANGER, SHARED, "@Scout status")
    scene.ask(ANA, "/scout help")
    assert not [one for one in scene.slack.messages(SHARED) if one.get("bot_id")]
    assert not [one for one in scene.slack.ephemerals(STRANGER) if "Service levels" in as_text(one)]
    assert len(scene.slack.ephemerals(BEN)) == before
