"""Scout is killed at every point; nothing is lost and nothing is done twice, with either store."""

from collections.abc import Iterator

import pytest
from laboratory import REFRESH, SOON, Laboratory
from stage_fixture import ANA, BEN, WHY

from practice.slack.text import as_text

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which store; for a whole module, so that Scout changes it only once."""
    return request.param


@pytest.fixture
def lab(kind: str, shared_laboratory: Laboratory) -> Iterator[Laboratory]:
    """The laboratory with one of the stores, calm before and after."""
    with shared_laboratory.experiment(kind) as there:
        yield there


on_sqlite_alone = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
"""For what does not depend on the store, which costs a start of Scout each time."""


# --- questions


@pytest.mark.parametrize(
    "point",
    ["receipt of a command", "inbox write of a command", "acknowledgement of a command", "claimed message"],
)
def test_a_question_is_answered_once_by_the_next_life(lab: Laboratory, point: str) -> None:
    heard = lab.hearing(ANA)
    lab.arm(point)
    lab.slack.say(ANA, lab.room, "/scout help")
    lab.dies()
    lab.rises()
    lab.until(heard, "the answer", SOON)
    lab.settled()
    assert len(heard()) == 1


@pytest.mark.parametrize(
    "point", ["receipt of a visit", "inbox write of a visit", "acknowledgement of a visit", "claimed message"]
)
def test_a_home_tab_is_published_by_the_next_life(lab: Laboratory, point: str) -> None:
    before = len(lab.slack.calls("views.publish"))
    lab.arm(point)
    lab.slack.open_home(ANA)
    lab.dies()
    lab.rises()
    lab.until(lambda: len(lab.slack.calls("views.publish")) > before, "the page", SOON)
    lab.settled()
    assert len(lab.slack.calls("views.publish")) == before + 1
    assert "Databases" in as_text(lab.slack.home(ANA) or {})


@on_sqlite_alone
def test_a_mention_that_was_not_written_down_comes_again(lab: Laboratory) -> None:
    heard = lab.hearing(ANA)
    lab.arm("receipt of a command")
    lab.slack.say(ANA, lab.room, "<@U0SCOUT> help")
    lab.dies()
    lab.rises()
    lab.until(heard, "the answer", SOON)
    lab.settled()
    assert len(heard()) == 1


def test_a_card_whose_place_was_not_kept_is_found_again_and_stands_once(lab: Laboratory) -> None:
    there = {one["ts"] for one in lab.said(lab.room)}
    lab.arm("posted card")
    lab.slack.say(ANA, lab.room, f"{REFRESH} because {WHY}")
    lab.dies()
    lab.rises()
    lab.settled()
    (card,) = [one for one in lab.said(lab.room, "scout_approve") if one["ts"] not in there]
    lab.slack.click(BEN, card, "scout_approve")
    lab.becomes(card, "Done", within=SOON)
    assert lab.runs() == (1, 1, 1)


@pytest.fixture
def unseeing(lab: Laboratory) -> Iterator[Laboratory]:
    """The laboratory in a workspace that has not installed Scout since it may read channels."""
    lab.slack.scopes.discard("channels:history")
    yield lab
    lab.slack.scopes.add("channels:history")


@on_sqlite_alone
def test_a_card_that_cannot_be_looked_for_is_posted_again_and_works(unseeing: Laboratory) -> None:
    lab = unseeing
    there = {one["ts"] for one in lab.said(lab.room)}
    lab.arm("posted card")
    lab.slack.say(ANA, lab.room, f"{REFRESH} because {WHY}")
    lab.dies()
    lab.rises()
    lost, kept = lab.until(
        lambda: (
            cards
            if len(cards := [one for one in lab.said(lab.room, "scout_approve") if one["ts"] not in there]) == 2
            else []
        ),
        "the second card",
        SOON,
    )
    heard = lab.hearing(BEN)
    lab.slack.click(BEN, lost, "scout_approve")
    lab.becomes(kept, "Done")
    lab.slack.click(BEN, lost, "scout_approve")
    lab.until(lambda: len(heard()) == 2, "two answers")
    assert "Already approved by Ben" in heard()[1]
    assert lab.runs() == (1, 1, 1)


# --- decisions


@pytest.mark.parametrize(
    "point", ["receipt of a press", "inbox write of a press", "acknowledgement of a press", "decision"]
)
def test_a_press_of_approve_is_answered_and_the_plan_runs_once(lab: Laboratory, point: str) -> None:
    card = lab.propose(ANA, "/scout refresh all")
    lab.settled()
    heard = lab.hearing(BEN)
    lab.arm(point)
    lab.slack.click(BEN, card, "scout_approve")
    lab.dies()
    lab.rises()
    lab.becomes(card, "Done", "3 of 3 steps done and verified", within=SOON)
    lab.settled()
    assert len(heard()) == 1
    assert "pproved" in heard()[0]
    assert lab.runs() == (1, 1, 1)


# --- runs


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ("begun step: second", "step 2). Nothing has been repeated"),
        ("ended step: second", "was in flight, and is done: refreshed"),
        ("pause between steps", "between two steps"),
    ],
)
def test_an_interrupted_run_says_so_and_resume_does_the_rest(lab: Laboratory, point: str, said: str) -> None:
    lab.arm(point)
    card = lab.approved()
    lab.dies()
    before = lab.runs()
    lab.rises()
    lab.interrupted(card, said)
    assert lab.runs() == before
    assert "3 of 3 steps done and verified" in lab.resumed(card)
    lab.settled()
    assert lab.runs() == (1, 1, 1)


@on_sqlite_alone
def test_a_statement_that_the_server_finished_alone_is_not_run_again(lab: Laboratory) -> None:
    card = lab.cut()
    lab.killed()
    assert lab.at_work() == 1
    lab.unlock()
    lab.until(lambda: not lab.at_work(), "the server to finish")
    lab.rises()
    lab.interrupted(card, "was in flight, and is done: refreshed")
    lab.resumed(card)
    lab.settled()
    assert lab.runs() == (1, 1, 1)


def test_a_statement_that_still_runs_is_waited_for_and_not_run_again(lab: Laboratory) -> None:
    card = lab.cut()
    lab.killed()
    lab.rises()
    lab.interrupted(card, "its statement is still running on the server")
    lab.slack.click(BEN, lab.now(card), "scout_resume")
    lab.interrupted(card, "Resume when that is over")
    lab.unlock()
    lab.until(lambda: not lab.at_work(), "the server to finish")
    lab.resumed(card)
    lab.settled()
    assert lab.runs() == (1, 1, 1)


def test_the_end_of_a_run_is_told_by_the_next_life(lab: Laboratory) -> None:
    lab.arm("last edit")
    card = lab.approved()
    lab.dies()
    assert "Done" not in as_text(lab.now(card))
    lab.rises()
    lab.becomes(card, "3 of 3 steps done and verified", within=SOON)
    lab.settled()
    assert lab.runs() == (1, 1, 1)


@on_sqlite_alone
def test_the_audit_is_verified_on_the_terminal(lab: Laboratory) -> None:
    assert lab.scout("audit", "verify").wait(SOON) == 0
