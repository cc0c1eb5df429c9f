"""Scout is asked to end, runs on a terminal beside itself, and loses its store."""

import signal
import time
from collections.abc import Iterator

import pytest
from laboratory import SOON, Laboratory
from stage_fixture import ANA, BEN

from practice.database import PracticeDatabase
from practice.slack.text import as_text


@pytest.fixture
def lab(shared_laboratory: Laboratory) -> Iterator[Laboratory]:
    """The laboratory with a store in a file."""
    with shared_laboratory.experiment("sqlite") as there:
        yield there


# --- asked to end


def test_a_shutdown_cancels_the_statement_and_leaves_a_run_that_can_be_resumed(lab: Laboratory) -> None:
    card = lab.cut()
    began = time.monotonic()
    lab.stage.stop_bot()
    assert time.monotonic() - began < 10
    assert lab.stage.bot is not None
    assert lab.stage.bot.returncode == 0
    assert lab.at_work() == 0
    shown = lab.interrupted(card, "Scout was shut down in the middle (step 2)")
    assert "the database undid what it had begun" in shown
    lab.unlock()
    lab.rises()
    lab.resumed(card)
    lab.settled()
    assert lab.runs() == (1, 2, 1)  # the second was begun, cancelled and undone, then done


def test_a_stop_by_a_person_is_no_interruption(lab: Laboratory) -> None:
    card = lab.cut()
    lab.slack.click(BEN, lab.becomes(card, "Running", "[Stop]"), "scout_stop")
    shown = as_text(lab.becomes(card, "Stopped", "Stop asked by", within=SOON))
    assert "[Resume]" not in shown
    assert lab.runs() == (1, 1, 0)


# --- on a terminal


def test_a_run_on_a_terminal_is_not_taken_for_dead(lab: Laboratory) -> None:
    lab.shut()
    card = lab.propose(ANA, "/scout refresh all")
    (waiting,) = [one for one in lab.kept.approvals() if one.state == "asked"]
    terminal = lab.scout("ask", f"approve {waiting.id}")
    lab.until(lab.at_work, "the second step", SOON)
    until = time.monotonic() + 4  # twice the time after which a silent one is dead
    lab.until(lambda: time.monotonic() > until, "the time in which it would be taken over")
    lab.unlock()
    assert terminal.wait(SOON) == 0
    lab.becomes(card, "Done")
    assert lab.called(card, "Interrupted") == []
    assert lab.runs() == (1, 1, 1)


def test_a_run_on_a_terminal_that_is_killed_is_found(lab: Laboratory) -> None:
    lab.shut()
    card = lab.propose(ANA, "/scout refresh all")
    (waiting,) = [one for one in lab.kept.approvals() if one.state == "asked"]
    terminal = lab.scout("ask", f"approve {waiting.id}")
    lab.until(lab.at_work, "the second step", SOON)
    terminal.send_signal(signal.SIGKILL)
    terminal.wait()
    lab.unlock()
    lab.interrupted(card, "was in flight")
    lab.until(lambda: not lab.at_work(), "the server to finish")
    lab.resumed(card)
    lab.settled()
    assert lab.runs() == (1, 1, 1)


# --- without its store


def test_a_store_that_is_gone_approves_nothing_and_comes_back_by_itself(shared_laboratory: Laboratory) -> None:
    with PracticeDatabase() as shelf:
        shared_laboratory.stores["shelf"] = shelf.admin_url
        with shared_laboratory.experiment("shelf") as lab:
            card = lab.propose(ANA, "/scout refresh all")
            lab.settled()
            shelf.stop()
            asked = as_text(lab.ask(ANA, "/scout help"))
            pressed = as_text(lab.press(BEN, card, "scout_approve"))
            assert (
                "Scout cannot take this now: Scout's own store cannot be reached now. Try again in a minute." in asked
            )
            assert (
                "Scout cannot take this now: Scout's own store cannot be reached now. Try again in a minute." in pressed
            )
            heard = lab.hearing(ANA)
            lab.slack.say(ANA, lab.room, "<@U0SCOUT> help")
            shelf.start()
            lab.until(heard, "the answer to what was not acknowledged", SOON)
            assert "Approval needed" in as_text(lab.now(card))
            lab.shut()
            lab.slack.click(BEN, card, "scout_approve")
            lab.until(lab.at_work, "the second step", SOON)
            shelf.stop()
            lab.unlock()
            lab.until(lambda: not lab.at_work(), "the server to finish")
            lab.ask(ANA, "/scout help")  # refused after a while, in which the run has given up as well
            shelf.start()
            lab.interrupted(card, "was in flight, and is done")
            lab.resumed(card)
            lab.settled()
            assert lab.runs() == (1, 1, 1)
        shared_laboratory.rest()
