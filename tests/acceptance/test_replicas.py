"""Two Scouts on one store: one takes over from the other, and no more than one runs a plan."""

import os
import signal
from collections.abc import Iterator

import pytest
from laboratory import SOON, Laboratory, holder
from stage_fixture import BEN, CORA

from practice.slack.text import as_text

pytestmark = pytest.mark.slow

CLICKS = 200


@pytest.fixture
def pair(shared_laboratory: Laboratory) -> Iterator[Laboratory]:
    """The laboratory with two Scouts, which give each other five seconds."""
    with shared_laboratory.experiment("postgres", SCOUT_DEAD_AFTER_SECONDS="5") as there:
        there.joined()
        yield there


def test_the_other_takes_over_when_the_one_that_runs_is_killed(pair: Laboratory) -> None:
    card = pair.cut()
    os.kill(holder(pair.kept), signal.SIGKILL)
    pair.unlock()
    pair.interrupted(card, "was in flight")
    assert len(pair.alive()) == 1
    pair.resumed(card)
    pair.settled()
    assert pair.runs() == (1, 1, 1)


def test_one_that_slept_while_its_statement_ran_does_not_run_the_rest(pair: Laboratory) -> None:
    card = pair.cut()
    sleeper = holder(pair.kept)
    os.kill(sleeper, signal.SIGSTOP)
    pair.interrupted(card, "its statement is still running on the server")
    pair.unlock()
    pair.until(lambda: not pair.at_work(), "the server to finish")
    os.kill(sleeper, signal.SIGCONT)
    pair.woken()
    assert "Interrupted" in as_text(pair.now(card))
    assert pair.runs() == (1, 1, 0)
    pair.resumed(card)
    pair.settled()
    assert pair.runs() == (1, 1, 1)


def test_one_that_fell_asleep_before_its_statement_finds_its_line_cut(pair: Laboratory) -> None:
    pair.arm("begun step", signal.SIGSTOP)
    card = pair.approved()
    pair.until(lambda: not pair.order.exists(), "one to fall asleep")
    sleeper = holder(pair.kept)
    pair.interrupted(card, "was in flight, and is not done")
    os.kill(sleeper, signal.SIGCONT)
    pair.woken()
    assert pair.runs() == (1, 0, 0)
    pair.resumed(card)
    pair.settled()
    assert pair.runs() == (1, 1, 1)


def test_two_hundred_presses_of_two_people_at_two_replicas_make_one_run(pair: Laboratory) -> None:
    card = pair.propose("U0ANA", "/scout refresh all")
    pair.settled()
    heard = [pair.hearing(BEN), pair.hearing(CORA)]
    for number in range(CLICKS):
        pair.presses_what_was_shown((BEN, CORA)[number % 2], card, number)
    pair.becomes(card, "Done", within=SOON)
    pair.until(lambda: sum(len(one()) for one in heard) == CLICKS, "every press to be answered", 2 * SOON)
    said = [text for one in heard for text in one()]
    assert len([text for text in said if "OK* Approved" in text]) == 1
    assert len([text for text in said if "Already approved by" in text]) == CLICKS - 1
    pair.settled()
    assert pair.runs() == (1, 1, 1)
