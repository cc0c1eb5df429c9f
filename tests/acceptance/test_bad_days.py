"""On bad days everybody gets a sentence with what to do next, nothing is lost, and nothing is done twice."""

import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import repeat

import psycopg
import pytest
from stage_fixture import ALERTS, ANA, ANSWERED, BEN, CORA, DAN, Scene, cards

from practice.slack.text import as_text

READING = ("status", "slow", "active", "connections")
DAILY = "refresh gold_daily_aggregates"
WAITING = "select count(*) from pg_stat_activity where application_name like 'scout run %' and wait_event_type = 'Lock'"


@contextmanager
def changed(scene: Scene, *undo: str) -> Generator[None]:
    """What a test changes in the database is changed back."""
    try:
        yield
    finally:
        with scene.admin() as admin:
            for statement in undo:
                admin.execute(statement.encode())


def typed(words: str) -> str:
    """A text as somebody would type it, with back-ticks."""
    return words.replace("\N{MODIFIER LETTER GRAVE ACCENT}", "`")


def answers(scene: Scene, question: str, *words: str) -> None:
    """A question has an answer with some words, at the latest after the next ticks of the watch."""

    def asked() -> bool:
        answer = typed(as_text(scene.ask(ANA, f"/scout {question}")))
        return all(word in answer for word in words)

    scene.until(asked, f"{words} for {question}")


def counted(scene: Scene, words: str, user: str = ANA) -> int:
    """How many messages that one person alone sees in this room hold some words."""
    return sum(one["channel"] == scene.room and words in as_text(one) for one in scene.slack.ephemerals(user))


# --- the database lacks something


def test_without_the_extension_the_answer_says_how_to_get_it(scene: Scene) -> None:
    with changed(scene, "create extension if not exists pg_stat_statements"):
        scene.do("drop extension pg_stat_statements")
        assert "run `create extension pg_stat_statements;` there" in typed(as_text(scene.ask(ANA, "/scout slow")))
        answers(scene, "status", "Data freshness", "keeps no statistics of statements")
    answers(scene, "slow", "*Slow statements*")


def test_without_the_privilege_the_answer_names_the_grant(scene: Scene) -> None:
    with changed(scene, "grant pg_monitor to scout_read"):
        scene.do("revoke pg_monitor from scout_read")
        scene.restart()
        for question in ("slow", "active", "connections", "status"):
            answers(scene, question, "grant pg_read_all_stats to scout_read")
    answers(scene, "slow", "*Slow statements*")


def test_without_the_table_the_rest_of_status_is_answered(scene: Scene) -> None:
    with changed(scene, "grant select on scout.bronze_transactions_raw to scout_read"):
        scene.do("revoke select on scout.bronze_transactions_raw from scout_read")
        answers(
            scene, "status", "`grant select on scout.bronze_transactions_raw to scout_read;`", "Connection slots taken"
        )


def test_a_login_that_is_refused_is_a_sentence_without_a_password(scene: Scene) -> None:
    with changed(scene, "alter role scout_read login"):
        scene.do("alter role scout_read nologin")
        scene.restart()
        assert "refused Scout's login" in as_text(scene.ask(ANA, "/scout active"))
    answers(scene, "active", "*Active sessions*")


@contextmanager
def tedious(scene: Scene, seconds: int) -> Generator[None]:
    """The probe for fresh data takes some seconds."""
    undo = (
        "drop view scout.bronze_transactions_raw;"
        "alter table scout.bronze_transactions_real rename to bronze_transactions_raw"
    )
    slow = (
        "alter table scout.bronze_transactions_raw rename to bronze_transactions_real;"
        "create view scout.bronze_transactions_raw as"
        " select b.* from scout.bronze_transactions_real as b, pg_sleep(SECONDS);"
        "grant select on scout.bronze_transactions_raw to scout_read"
    )
    with changed(scene, undo), scene.admin() as admin:
        # one transaction, so that no tick of the watch falls in between
        admin.execute(slow.replace("SECONDS", str(seconds)).encode())
        yield


def test_a_question_that_takes_too_long_is_stopped_with_a_sentence(scene: Scene) -> None:
    with tedious(scene, 60):
        assert "Still asking" in as_text(scene.ask(ANA, "/scout status"))
        status = as_text(scene.whisper(ANA, lambda: None, within=20))
    assert "took too long" in status
    assert "All is well" not in status
    assert "Connection slots taken" in status


def test_tedious_questions_keep_no_decision_waiting(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    with tedious(scene, 4):
        for _ in range(12):
            scene.slack.say(DAN, scene.room, "/scout status")
        scene.until(lambda: counted(scene, "", DAN), "the first word")
        assert "Denied" in as_text(scene.deny(BEN, card))
        scene.until(lambda: counted(scene, "Still asking", DAN) < counted(scene, "", DAN), "the first answer")


def test_locks_keep_no_question_waiting(scene: Scene) -> None:
    with psycopg.connect(scene.stage.database.admin_url) as holder:
        holder.execute(
            "lock table scout.bronze_transactions_raw, scout.silver_transactions_cleaned in access exclusive mode"
        )
        for question in READING:
            began = time.monotonic()
            scene.ask(ANA, f"/scout {question}")
            assert time.monotonic() - began < ANSWERED
        assert "locked" in as_text(scene.ask(ANA, "/scout status"))


# --- no way in


@contextmanager
def crowded(scene: Scene) -> Generator[list[psycopg.Connection]]:
    """Every slot of the server is taken by the application."""
    with ExitStack() as stack:
        taken: list[psycopg.Connection] = []
        with suppress(psycopg.OperationalError):
            while True:
                taken.append(stack.enter_context(closing(psycopg.connect(scene.stage.database.app_url))))
        yield taken


def test_when_every_slot_is_taken_questions_and_repairs_still_work(scene: Scene) -> None:
    with crowded(scene) as taken:
        for question, title in zip(
            READING, ("Status", "Slow statements", "Active sessions", "Connections"), strict=True
        ):
            assert f"*{title}*" in as_text(scene.ask(ANA, f"/scout {question}"))
        for connection in taken[:3]:
            connection.execute("select 1")
        old = "select count(*) >= 3 from pg_stat_activity where state = 'idle in transaction' and state_change < now() - interval '2.1 s'"
        scene.until(lambda: taken[3].execute(old).fetchone() == (True,) or taken[3].rollback(), "old transactions")
        taken[3].rollback()
        card = scene.propose(ANA, "/scout emergency")
        scene.press(BEN, card, "scout_approve")
        scene.becomes(card, "Done", within=20)


def test_a_bot_that_starts_when_every_slot_is_taken_says_so(scene: Scene) -> None:
    scene.stage.stop_bot()
    with crowded(scene):
        scene.stage.start_bot()
        for question in READING:
            assert "no connection slot left" in as_text(scene.ask(ANA, f"/scout {question}"))
    answers(scene, "status", "*Status*")


def test_a_database_that_dies_under_a_run_is_asked_what_became_of_it_and_the_rest_is_resumed(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    with suppress(psycopg.Error), psycopg.connect(scene.stage.database.admin_url) as holder:
        holder.execute("lock table scout.silver_transactions_cleaned in access exclusive mode")
        scene.press(BEN, card, "scout_approve")
        scene.until(lambda: scene.value(WAITING), "a step that waits")
        scene.slack.fault("database-down").start()
        scene.becomes(card, "Waiting until it answers again", within=20)
        scene.slack.fault("database-down").undo()
    interrupted = scene.becomes(card, "Interrupted", "was in flight, and is not done", within=30)
    scene.press(BEN, interrupted, "scout_resume")
    scene.becomes(card, "Done", within=30)


def test_a_database_that_restarts_is_asked_again(scene: Scene) -> None:
    scene.ask(ANA, "/scout active")
    scene.stage.database.restart()
    answers(scene, "active", "*Active sessions*")


# --- Slack has a bad day


def test_what_slack_refuses_for_a_while_comes_later_and_once(scene: Scene) -> None:
    scene.ask(ANA, "/scout help")  # Slack has said who Ana is
    with scene.slack.inject("ratelimited", retry_after=1):
        scene.slack.say(ANA, scene.room, "/scout connections")
        time.sleep(1.5)
        assert not counted(scene, "*Connections*")
    scene.until(lambda: counted(scene, "*Connections*"), "the delayed answer")
    scene.ask(ANA, "/scout help")
    assert counted(scene, "*Connections*") == 1


@pytest.mark.parametrize("status", [500, 503])
def test_a_card_that_slack_cannot_take_comes_later_and_once(scene: Scene, status: int) -> None:
    scene.ask(ANA, "/scout help")
    with scene.slack.inject("http_error", methods=("chat.postMessage", "chat.update"), status=status) as refusal:
        scene.slack.say(ANA, scene.room, f"/scout {DAILY}")
        scene.until(lambda: refusal.hits, "an attempt")
        assert not scene.said(scene.room)
    card = scene.found(lambda: scene.said(scene.room, "scout_approve"), 10, "the card")
    scene.press(ANA, card, "scout_approve")
    scene.becomes(card, "Done")
    assert len([one for one in scene.said(scene.room) if "thread_ts" not in one]) == 1


def test_a_run_goes_on_while_slack_is_gone_and_is_told_afterwards(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    before = scene.refreshes("gold_daily_aggregates")
    with scene.slack.inject("http_error", methods=("chat.postMessage", "chat.update", "response_url"), status=500):
        scene.slack.click(ANA, card, "scout_approve")
        scene.until(lambda: scene.refreshes("gold_daily_aggregates") == before + 1, "the run")
    scene.becomes(card, "Done", within=15)
    assert scene.refreshes("gold_daily_aggregates") == before + 1


def test_an_incident_while_slack_is_gone_is_told_once_when_it_is_back(scene: Scene) -> None:
    since = len(scene.said(ALERTS))
    scene.slack.fault("slack-gone").start()
    scene.slack.fault("invalid-index").start()
    time.sleep(3)
    scene.slack.fault("slack-gone").undo()
    scene.found(lambda: cards(scene, "Invalid indexes", since), 20, "the card")
    scene.until(scene.slack.sockets, "a socket", 20)
    assert "*Status*" in as_text(scene.ask(ANA, "/scout status", within=6))
    assert len(cards(scene, "Invalid indexes", since)) == 1


def test_a_socket_refresh_in_the_middle_of_everything_loses_nothing(scene: Scene) -> None:
    people = (ANA, BEN, CORA, DAN)
    before = {user: counted(scene, "Help: slow", user) for user in people}
    for number in range(20):
        if number % 5 == 2:
            scene.slack.refresh_sockets(grace=3)
        scene.slack.say(people[number % 4], scene.room, "/scout help slow")
        time.sleep(0.05)
    for user in people:
        scene.until(lambda user=user: counted(scene, "Help: slow", user) >= before[user] + 5, f"5 answers to {user}")
    scene.ask(ANA, "/scout help")
    assert [counted(scene, "Help: slow", user) - before[user] for user in people] == [5, 5, 5, 5]


def test_envelopes_that_come_twice_are_handled_once(scene: Scene) -> None:
    before = counted(scene, "")
    scene.slack.send_twice(6)
    for text in (
        "/scout status",
        "/scout slow",
        "/scout active",
        "@Scout help",
        "@Scout history",
        "@Scout connections",
    ):
        scene.ask(ANA, text)
    scene.ask(ANA, "/scout help history")
    assert counted(scene, "") == before + 7


def test_many_people_at_once_all_have_their_answer(scene: Scene) -> None:
    before = counted(scene, "Help: active")
    with ThreadPoolExecutor(8) as people:
        list(people.map(scene.slack.say, repeat(ANA, 40), repeat(scene.room), repeat("/scout help active")))
    scene.until(lambda: counted(scene, "Help: active") == before + 40, "40 answers", 20)


def test_who_slack_cannot_name_may_do_nothing(scene: Scene) -> None:
    card = scene.propose(ANA, f"/scout {DAILY}")
    scene.restart()
    with scene.slack.inject("error", methods=("users.info",), error="internal_error"):
        assert "I cannot check who you are" in as_text(scene.press(ANA, card, "scout_approve"))
    assert "Confirmation needed" in as_text(scene.now(card))


def test_whose_group_slack_cannot_name_may_do_nothing(scene: Scene) -> None:
    scene.restart()
    with scene.slack.inject("error", methods=("usergroups.users.list",), error="missing_scope"):
        assert "I cannot check who you are" in as_text(scene.ask(ANA, f"/scout {DAILY}"))


# --- Scout has a bad day


def test_what_was_asked_while_scout_was_dying_is_answered_once_after_its_restart(scene: Scene) -> None:
    before = counted(scene, "Help: emergency")
    acknowledged = len(scene.slack.acknowledgements())
    scene.slack.say(ANA, scene.room, "/scout help emergency")
    scene.until(lambda: len(scene.slack.acknowledgements()) > acknowledged, "the acknowledgement")
    scene.stage.kill_bot()
    scene.stage.start_bot()
    scene.until(lambda: counted(scene, "Help: emergency") > before, "an answer", 20)
    scene.ask(ANA, "/scout help")
    assert counted(scene, "Help: emergency") == before + 1


def test_an_empty_list_of_approvers_means_nobody(scene: Scene) -> None:
    scene.restart(SCOUT_APPROVERS=",", SCOUT_OPERATORS=ANA)
    card = scene.propose(ANA, "/scout refresh mv_store_daily_metrics")
    told = [as_text(scene.press(user, card, "scout_approve")) for user in (ANA, BEN, CORA)]
    scene.restart()
    assert [one for one in told if "Nobody may do that" not in one] == []
