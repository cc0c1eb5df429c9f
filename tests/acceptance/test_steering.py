"""Steps are left out before anybody approves, and skipped while they run; how far a step is stands on the card."""

import psycopg
from stage_fixture import ANA, BEN, CORA, DAN, Scene, buttons

from practice.slack.text import as_text

BUILD = "/scout index create table=silver_transactions_cleaned columns=quantity"
BUILDING = "select count(*) from pg_stat_activity where query ilike 'create index%' and state = 'active'"
OLD = "select count(*) from pg_stat_activity where application_name = %s and state_change < now() - interval '2.1 s'"


def test_what_is_left_out_is_not_done_and_who_saw_the_whole_plan_approves_nothing(scene: Scene) -> None:
    spared, ended = scene.idles("spared"), scene.idles("ended")
    card = scene.propose(ANA, "/scout emergency")
    number = as_text(card).index("spared") > as_text(card).index("ended")  # the step of the one that is ended
    assert "Only operators may do that" in as_text(scene.press(DAN, card, "scout_tick", str(int(not number))))
    said = scene.press(ANA, card, "scout_tick", str(int(not number)))
    assert "without 2 of 3 steps" in as_text(said)
    smaller = scene.becomes(card, "Left out by Ana: End pid", "(scout_app, spared)")
    assert "This card shows another plan" in as_text(scene.press_late(BEN, card, "scout_approve"))
    scene.press(BEN, smaller, "scout_approve")
    scene.becomes(card, "Done", "1 of 1 steps done and verified")
    assert spared.execute("select 2").fetchone() == (2,)
    assert not scene.value("select count(*) from pg_stat_activity where pid = %s", ended.info.backend_pid)
    trail = as_text(scene.ask(DAN, "/scout history command=emergency"))
    assert "1 of 1 steps done and verified" in trail


def test_a_box_of_the_second_list_leaves_out_a_late_step_and_nothing_of_the_first_list(scene: Scene) -> None:
    ended = [scene.idles("ended", old=False) for _ in range(10)]
    scene.until(lambda: scene.value(OLD, "ended") == len(ended), "ten old transactions")
    spared = [scene.idles("spared") for _ in range(2)]  # younger, so their steps are the eleventh and the twelfth
    card = scene.propose(ANA, "/scout emergency")
    said = scene.press(ANA, card, "scout_tick", "12")  # the thirteenth stays ticked, of the second list nothing else
    assert "without 2 of 13 steps" in as_text(said)
    smaller = scene.becomes(card, "Left out by Ana: End pid", "(scout_app, spared)")
    scene.press(BEN, smaller, "scout_approve")
    scene.becomes(card, "Done", "11 of 11 steps done and verified", within=30)
    assert [one.execute("select 2").fetchone() for one in spared] == [(2,), (2,)]
    assert scene.value(OLD, "ended") == 0


def test_a_plan_that_changes_twice_at_once_changes_once(scene: Scene) -> None:
    scene.idles("one")
    scene.idles("two")
    card = scene.propose(ANA, "/scout emergency")
    scene.press(ANA, card, "scout_tick", "1")
    scene.becomes(card, "Left out by Ana")
    late = as_text(scene.press_late(BEN, card, "scout_tick", "0"))
    assert "This card shows another plan" in late


def test_the_step_at_work_is_told_in_phases_and_skipped_by_who_may(scene: Scene) -> None:
    with psycopg.connect(scene.stage.database.app_url) as writer:
        writer.execute("update scout.silver_transactions_cleaned set quantity = quantity where transaction_id = 1")
        card = scene.propose(ANA, BUILD)
        scene.press(ANA, card, "scout_approve")
        told = scene.becomes(card, "waiting for writers before build", f"waits for pid {writer.info.backend_pid}")
        assert buttons(told) == ["Stop", "Skip this step"]
        assert "Only operators may do that" in as_text(scene.press(DAN, told, "scout_skip"))
        assert "Skipping 'Build index" in as_text(scene.press(CORA, told, "scout_skip"))
        scene.until(lambda: scene.value(BUILDING) == 0, "the end of the statement")  # the card may be shown later
    skipped = "skipped by Cora before it was through"
    scene.becomes(card, "Stopped", "skipped: Build index", skipped, "skipped, not built; nothing of it is left")
    assert scene.value("select count(*) from pg_index where not indisvalid") == 0
    assert "is not at work any more" in as_text(scene.press_late(BEN, told, "scout_skip"))


def test_a_step_without_phases_is_told_by_what_is_usual(scene: Scene) -> None:
    for text in ("Done", "Done"):
        card = scene.propose(ANA, "/scout refresh gold_daily_aggregates")
        scene.press(BEN, card, "scout_approve")
        scene.becomes(card, text)
    with psycopg.connect(scene.stage.database.admin_url) as holder:
        holder.execute("lock table scout.silver_transactions_cleaned in access exclusive mode")
        card = scene.propose(ANA, "/scout refresh gold_daily_aggregates")
        scene.press(BEN, card, "scout_approve")
        shown = as_text(scene.becomes(card, f"waits for pid {holder.info.backend_pid}", "usual"))
    assert "Refresh gold_daily_aggregates" in shown
    scene.becomes(card, "Done", within=30)


def test_after_an_emergency_the_service_levels_are_told_once_more_in_its_thread(scene: Scene) -> None:
    scene.idles()
    card = scene.propose(ANA, "/scout emergency")
    scene.press(BEN, card, "scout_approve")
    scene.becomes(card, "Done", "Before and after")
    later = scene.found(
        lambda: scene.said(scene.room, "later", "Service level", "Before", "Now"), 20, "the second look"
    )
    assert later["thread_ts"] == card["ts"]
    assert "after 'emergency'" in as_text(later)
    scene.restart()
    assert len(scene.said(scene.room, "later", "Service level")) == 1
