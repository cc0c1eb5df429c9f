"""Repairs of one thing that somebody picked, from the question in Slack to the proof on its card."""

from stage_fixture import ANA, BEN, DAN, Scene

from practice.slack.text import as_text


def test_a_session_that_somebody_picked_is_ended_by_another_persons_approval(scene: Scene) -> None:
    idle, bystander = scene.idles("forgotten"), scene.idles("bystander")
    card = scene.propose(ANA, f"/scout terminate {idle.info.backend_pid}")
    shown = as_text(card)
    assert "DISRUPT" in shown
    assert f"End pid {idle.info.backend_pid} (scout_app, forgotten)" in shown
    scene.press(BEN, card, "scout_approve")
    scene.becomes(card, "Done", "Approved by @Ben", "the session is gone")
    assert bystander.execute("select 1").fetchone() == (1,)


def test_a_session_that_works_on_meanwhile_is_not_ended(scene: Scene) -> None:
    idle = scene.idles("awake")
    card = scene.propose(ANA, f"/scout terminate {idle.info.backend_pid}")
    idle.execute("select 'at work again'")
    scene.press(BEN, card, "scout_approve")
    scene.becomes(card, "Void, nothing was run")
    assert idle.execute("select 1").fetchone() == (1,)


def test_vacuum_looks_for_everybody_and_vacuums_a_table_for_operators_only(scene: Scene) -> None:
    assert "Vacuum" in as_text(scene.ask(DAN, "/scout vacuum"))
    assert "Only operators may do that" in as_text(scene.ask(DAN, "/scout vacuum dim_store"))
    card = scene.propose(ANA, "/scout vacuum dim_store")
    assert "Confirmation needed" in as_text(card)
    scene.press(ANA, card, "scout_approve")
    scene.becomes(card, "Done", "Confirmed by @Ana", "vacuumed and analyzed", within=30)


def test_tuning_without_the_right_fails_with_a_sentence_and_changes_nothing(scene: Scene) -> None:
    card = scene.propose(ANA, "/scout tune scout_report work_mem=64MB")
    assert "Undo: alter role scout_report in database" in as_text(card).replace("`", "")
    scene.press(ANA, card, "scout_approve")
    scene.becomes(card, "may not do this")
    assert scene.value("select count(*) from pg_db_role_setting where 'work_mem=64MB' = any(setconfig)") == 0
