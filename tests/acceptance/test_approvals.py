"""What is proposed is shown whole, decided by who may, run once, and never when the database has changed."""

import re
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import repeat

import psycopg
import pytest
from stage_fixture import ALERTS, ANA, BEN, CORA, DAN, GUEST, PRIVATE, STRANGER, Scene, buttons

from practice.slack.text import as_text

DAILY = "refresh gold_daily_aggregates"
TEAM = (ANA, BEN, CORA)
PLAIN = "refresh mv_store_daily_metrics"


@contextmanager
def locked(scene: Scene) -> Generator[None]:
    """Nobody can read the sales as long as this lasts, so a refresh waits."""
    with psycopg.connect(scene.stage.database.admin_url) as holder:
        holder.execute("lock table scout.silver_transactions_cleaned in access exclusive mode")
        yield


# --- what is shown


def test_a_plan_shows_what_it_does_to_whom_and_for_how_long(scene: Scene) -> None:
    idle = scene.idles()
    card = as_text(scene.propose(ANA, "/scout emergency"))
    told = (
        "Approval needed",
        "DISRUPT",
        "asked by @Ana",
        "pg_terminate_backend",
        f"pid {idle.info.backend_pid}",
        "scout_app",
        "idle in transaction for",
        "Hits now",
        "locks:",
        "at most 10 s",
        "seal ",
        "expires ",
        "[Approve]",
        "[Deny\u2026]",
    )
    assert [words for words in told if words not in card] == []


def test_approve_asks_back_and_deny_asks_why(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    asked = [one["action_id"] for block in card["blocks"] for one in block.get("elements", []) if "confirm" in one]
    assert asked == ["scout_approve"]
    assert "Why not?" in as_text(scene.dialog(BEN, card, "scout_deny"))


def test_spared_sessions_are_shown_with_the_reason(scene: Scene) -> None:
    with scene.admin() as admin, admin.transaction():
        admin.execute("select 'the superuser forgot this one'")
        scene.idles()
        card = as_text(scene.propose(ANA, "/scout emergency"))
        spared = card.partition("Spared")[2]
        assert f"pid {admin.info.backend_pid}" in spared
        assert "superuser" in spared


def test_a_plan_asked_for_in_private_is_decided_where_others_see_it(scene: Scene) -> None:
    for channel in (PRIVATE, "D0ANA"):
        card = scene.propose(ANA, f"/scout {DAILY}", channel, ALERTS)
        scene.deny(BEN, card)


# --- who decides


@pytest.mark.parametrize(
    ("user", "words"),
    [
        (ANA, "Only approvers may do that"),
        (DAN, "Only approvers may do that"),
        (GUEST, "You are a guest"),
        (STRANGER, "own workspace"),
    ],
)
def test_who_may_not_decide_is_told_why(scene: Scene, user: str, words: str) -> None:
    before = scene.refreshes("mv_store_daily_metrics")
    card = scene.propose(ANA, f"/scout {PLAIN}")
    assert words in as_text(scene.press(user, card, "scout_approve"))
    assert words in as_text(scene.dialog(user, card, "scout_deny"))
    assert words in as_text(scene.dialog(user, card, "scout_note"))
    assert "Approval needed" in as_text(scene.now(card))
    assert scene.refreshes("mv_store_daily_metrics") == before


def test_the_requester_does_not_decide_a_disrupting_plan_even_as_an_approver(scene: Scene) -> None:
    card = scene.propose(BEN, f"/scout {PLAIN}")
    assert "another person decides" in as_text(scene.press(BEN, card, "scout_approve"))
    assert "Approval needed" in as_text(scene.now(card))


def test_who_is_no_operator_cannot_even_propose(scene: Scene) -> None:
    answer = as_text(scene.ask(DAN, f"/scout {DAILY}"))
    assert "Only operators may do that" in answer


def test_denied_is_denied(scene: Scene) -> None:
    before = scene.refreshes("gold_daily_aggregates")
    card = scene.propose(ANA, f"/scout {DAILY}")
    assert "Denied" in as_text(scene.deny(BEN, card))
    shown = scene.becomes(card, "Denied by @Ben")
    assert buttons(shown) == []
    assert "Already denied by Ben" in as_text(scene.press_late(CORA, card, "scout_approve"))
    assert scene.refreshes("gold_daily_aggregates") == before


def test_the_right_person_approves_and_the_run_is_proved(scene: Scene) -> None:
    idle = scene.idles()
    card = scene.propose(ANA, "/scout emergency")
    assert "Approved" in as_text(scene.press(BEN, card, "scout_approve"))
    shown = as_text(scene.becomes(card, "Done", "Approved by @Ben", "Before and after", "the session is gone"))
    assert "Idle in transaction" in shown
    assert not scene.value("select count(*) from pg_stat_activity where pid = %s", idle.info.backend_pid)
    assert scene.said(scene.room, "Before the run: Active sessions")  # the evidence


def test_an_operator_confirms_what_nobody_notices(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    assert "Confirmation needed" in as_text(card)
    scene.press(ANA, card, "scout_approve")
    scene.becomes(card, "Done", "Confirmed by @Ana")


# --- once


def test_a_second_press_is_told_who_was_first_and_when(scene: Scene) -> None:
    before = scene.refreshes("gold_daily_aggregates")
    card = scene.propose(ANA, f"/scout {DAILY}")
    scene.press(BEN, card, "scout_approve")
    told = as_text(scene.press_late(CORA, card, "scout_approve"))
    assert "Already approved by Ben at " in told
    assert "UTC" in told
    scene.becomes(card, "Done")
    assert scene.refreshes("gold_daily_aggregates") == before + 1


def test_two_presses_at_once_run_it_once(scene: Scene) -> None:
    before = scene.refreshes("gold_daily_aggregates")
    card = scene.propose(ANA, f"/scout {DAILY}")
    with ThreadPoolExecutor(len(TEAM)) as people:
        told = [as_text(one) for one in people.map(scene.press_late, TEAM, repeat(card), repeat("scout_approve"))]
    assert sum("Already approved" in one for one in told) == len(TEAM) - 1
    scene.becomes(card, "Done")
    assert scene.refreshes("gold_daily_aggregates") == before + 1


def test_approve_and_deny_at_once_have_one_winner(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    dialog = scene.dialog(CORA, card, "scout_deny")
    with ThreadPoolExecutor(2) as people:
        yes = people.submit(scene.press_late, BEN, card, "scout_approve")
        no = people.submit(scene.fill, CORA, dialog, reason="not now")
        told = as_text(yes.result()) + as_text(no.result())
    assert told.count("Already") == 1


def test_an_envelope_that_comes_twice_decides_once(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    before = scene.refreshes("gold_daily_aggregates")
    scene.slack.send_twice()
    scene.press(BEN, card, "scout_approve")
    scene.becomes(card, "Done")
    assert scene.refreshes("gold_daily_aggregates") == before + 1


def test_one_plan_at_a_time_for_a_command_and_a_database(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    told = as_text(scene.ask(BEN, f"/scout {DAILY}"))
    assert "asked by Ana" in told
    assert "one at a time" in told
    elsewhere = scene.propose(BEN, f"/scout {DAILY} on staging")
    scene.deny(CORA, elsewhere)
    scene.deny(CORA, card)
    again = scene.propose(BEN, f"/scout {DAILY}")
    assert again["ts"] != card["ts"]


# --- the world moves on


def test_a_new_victim_voids_the_approval_and_is_shown(scene: Scene) -> None:
    first = scene.idles()
    card = scene.propose(ANA, "/scout emergency")
    second = scene.idles("late-comer")
    scene.press(BEN, card, "scout_approve")
    shown = as_text(scene.becomes(card, "Void, nothing was run"))
    assert f"pid {second.info.backend_pid}" in shown
    assert "late-comer" in shown
    assert first.execute("select 2").fetchone() == (2,)


def test_a_victim_that_left_is_skipped_and_the_rest_is_done(scene: Scene) -> None:
    leaver, stayer = scene.idles("leaver", old=False), scene.idles("stayer")
    card = scene.propose(ANA, "/scout emergency")
    assert "leaver" in as_text(card)
    leaver.close()
    scene.press(BEN, card, "scout_approve")
    shown = as_text(scene.becomes(card, "Done", "Before and after"))
    assert "already gone" in shown
    assert "the session is gone" in shown
    assert not scene.value("select count(*) from pg_stat_activity where pid = %s", stayer.info.backend_pid)


def test_when_nothing_is_wrong_any_more_nothing_is_done(scene: Scene) -> None:
    idle = scene.idles()
    card = scene.propose(ANA, "/scout emergency")
    idle.close()
    scene.press(BEN, card, "scout_approve")
    shown = as_text(scene.becomes(card, "Void, nothing was run"))
    assert "Nothing needs an emergency repair" in shown
    assert "would also do" not in shown


def test_a_view_that_was_dropped_meanwhile_is_a_sentence(scene: Scene) -> None:
    scene.do("create materialized view scout.mv_short_lived as select 1 as one")
    card = scene.propose(ANA, "/scout refresh mv_short_lived")
    scene.do("drop materialized view scout.mv_short_lived")
    scene.press(BEN, card, "scout_approve")
    shown = as_text(scene.becomes(card, "Nothing was done"))
    assert "There is no materialized view 'mv_short_lived'" in shown


def test_a_view_that_became_heavier_to_refresh_voids_the_approval(scene: Scene) -> None:
    scene.do(
        "create materialized view scout.mv_keyed as select 1 as one",
        "create unique index mv_keyed_key on scout.mv_keyed (one)",
    )
    try:
        card = scene.propose(ANA, "/scout refresh mv_keyed")
        assert "MEND" in as_text(card)
        scene.do("drop index scout.mv_keyed_key")
        scene.press(ANA, card, "scout_approve")
        scene.becomes(card, "Void, nothing was run")
    finally:
        scene.do("drop materialized view scout.mv_keyed")


def test_nobody_decides_in_time(scene: Scene) -> None:
    scene.restart(SCOUT_APPROVAL_SECONDS="5")
    try:
        card = scene.propose(ANA, f"/scout {DAILY}")
        shown = scene.becomes(card, "Expired, nothing was run", within=30)
        assert buttons(shown) == ["Ask again"]
        assert "has expired" in as_text(scene.press_late(BEN, card, "scout_approve"))
        scene.propose(ANA, f"/scout {DAILY}")
    finally:
        scene.restart()


# --- the run


def test_stop_cancels_the_running_statement(scene: Scene) -> None:
    with locked(scene):
        card = scene.propose(ANA, f"/scout {PLAIN}")
        scene.press(BEN, card, "scout_approve")
        running = scene.becomes(card, "Running", "[Stop]")
        scene.until(
            lambda: scene.value(
                "select count(*) from pg_stat_activity where application_name like 'scout run %' and state = 'active'"
            ),
            "a running step",
        )
        assert "Only operators may do that" in as_text(scene.press(DAN, running, "scout_stop"))
        assert "Stopping" in as_text(scene.press(ANA, running, "scout_stop"))
        shown = as_text(scene.becomes(card, "Stopped", "stopped before it was through"))
    assert "Stop asked by @Ana" in shown
    assert "Done" not in shown
    assert "Nothing to stop" in as_text(scene.press_late(ANA, running, "scout_stop"))


def test_what_could_not_be_done_is_not_called_done(scene: Scene) -> None:
    scene.do(
        "create materialized view scout.mv_fragile as select 1 / case when pg_sleep(0) is null then 1 else 1 end as one from scout.dim_store limit 1",
    )
    scene.do("alter materialized view scout.mv_fragile owner to postgres")
    try:
        card = scene.propose(ANA, "/scout refresh mv_fragile")
        scene.press(BEN, card, "scout_approve")
        shown = as_text(scene.becomes(card, "Failed", "Before and after"))
        assert "Scout may not do this" in shown
        assert "grant" in shown
    finally:
        scene.do("drop materialized view scout.mv_fragile")


def test_a_press_after_a_restart_still_counts(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    # said below the card, so the bot has written down where the card is; killed before that, it posts the card again
    scene.until(lambda: scene.said(scene.room, "Every word of it"), "the whole plan")
    scene.stage.kill_bot()
    scene.stage.start_bot()
    scene.press(ANA, card, "scout_approve", within=6)
    scene.becomes(card, "Done")


def test_history_tells_what_became_of_it(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    scene.deny(BEN, card)
    told = as_text(scene.ask(DAN, "/scout history limit=1"))
    assert DAILY in told
    assert "denied" in told


def test_a_run_is_told_with_its_audit_and_its_undo_is_offered_on_the_card(scene: Scene) -> None:
    built = scene.propose(ANA, "/scout index create table=dim_store columns=city")
    scene.press(ANA, built, "scout_approve")
    done = scene.becomes(built, "Done", "[Undo]", within=30)
    assert "so say why" in as_text(scene.press(BEN, done, "scout_command"))
    undo = scene.propose(BEN, "/scout undo because nobody reads it")
    assert "drop index concurrently if exists scout.dim_store_city_idx" in as_text(undo)
    scene.press(CORA, undo, "scout_approve")
    scene.becomes(undo, "Done", "it is gone", within=30)
    assert scene.value("select to_regclass('scout.dim_store_city_idx') is null")
    told = as_text(scene.ask(DAN, "/scout history command=index user=ana"))
    run = re.findall(r"history ([0-9a-f]{12})", str(scene.slack.ephemerals(DAN)[-1]))[0]
    assert "index create table=dim_store columns=city" in told
    whole = as_text(scene.ask(DAN, f"/scout history {run}"))
    assert "step done" in whole
    assert "the chain holds from the first row of this run to its last" in whole
