"""Posts keep to a second by channel, edits to one budget, and what is urgent goes before."""

import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.outbox.pace import EDIT_BURST, EDITS_KEPT, POST_BURST, Pace, Paces, Tempo


class Still(Tempo):
    """A tempo whose time stands still."""

    def now(self) -> float:
        """Always the same."""
        return 1000.0


class Told(Tempo):
    """A tempo whose time is what it is told."""

    at = 1000.0

    def now(self) -> float:
        """What it was told."""
        return self.at


@pytest.fixture
def paces() -> Paces:
    return Paces(Still())


@pytest.fixture
def hasty() -> Generator[None]:
    """Threads that take each other's place all the time."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_a_pace_takes_a_burst_then_one_by_one() -> None:
    pace = Pace(per_second=0.5, burst=2, filled_at=100)
    assert [pace.wait(100), pace.wait(100), pace.wait(100)] == [0, 0, 2]
    assert pace.wait(102) == 0
    assert pace.wait(102) == 2


def test_a_pace_waits_until_slack_allows() -> None:
    pace = Pace(per_second=1, burst=5, filled_at=100, not_before=130)
    assert pace.wait(100) == 30
    assert pace.wait(130) == 0


def test_looking_takes_nothing() -> None:
    pace = Pace(per_second=1, burst=1, filled_at=100)
    assert [pace.look(100), pace.look(100), pace.wait(100)] == [0, 0, 0]
    assert pace.look(100) == 1


def test_channels_do_not_wait_for_each_other(paces: Paces) -> None:
    assert [paces.post_wait("one") for _ in range(POST_BURST)] == [0] * POST_BURST
    assert paces.post_wait("one") == 1
    assert paces.post_wait("other") == 0
    assert paces.held() == {"one"}


def test_a_page_does_not_wait_for_what_others_have_posted(paces: Paces) -> None:
    for _ in range(POST_BURST):
        paces.post_wait("one")
    assert paces.post_wait("one", urgent=True) == 0


def test_a_page_waits_as_long_as_slack_asks(paces: Paces) -> None:
    paces.hold_posts("one", 30)
    assert paces.post_wait("one", urgent=True) == 30


def test_progress_leaves_a_part_of_the_edits_to_the_rest(paces: Paces) -> None:
    spent = EDIT_BURST - EDITS_KEPT
    assert [paces.edit_wait(f"{number}", progress=True) for number in range(spent)] == [0] * spent
    assert paces.edit_wait("run", progress=True) > 0
    assert [paces.edit_wait("decision") for _ in range(EDITS_KEPT)] == [0] * EDITS_KEPT
    assert paces.edit_wait("decision") > 0
    assert paces.edit_wait("page", urgent=True) == 0


def test_progress_of_one_card_keeps_a_distance(paces: Paces) -> None:
    paces.shown("run")
    assert paces.edit_wait("run", progress=True) == 1.5
    assert paces.edit_wait("run") == 0


def test_replicas_divide_what_slack_takes_from_a_workspace(paces: Paces) -> None:
    paces.share_with(4)
    for _ in range(POST_BURST):
        paces.post_wait("one")
    assert paces.post_wait("one") == 4
    for _ in range(EDIT_BURST):
        paces.edit_wait("decision")
    assert paces.edit_wait("decision") == pytest.approx(6)


def test_half_an_hour_at_tempo_sixty_is_half_a_minute() -> None:
    assert Tempo(60).span(1800).total_seconds() == 30


@pytest.mark.usefixtures("hasty")
def test_senders_beside_each_other_take_no_more_turns_than_there_are() -> None:
    with ThreadPoolExecutor(8) as senders:
        for _ in range(200):
            paces = Paces(Still())
            waits = list(senders.map(paces.post_wait, ["one"] * 4 * POST_BURST))
            assert waits.count(0) == POST_BURST


def test_what_was_said_long_ago_is_forgotten() -> None:
    time = Told()
    paces = Paces(time)
    for number in range(1000):
        time.at += 60
        assert paces.post_wait(f"channel {number}") == 0
        paces.shown(f"run {number}")
        assert paces.held() == set()
    assert paces.remembered <= 2


def test_a_channel_to_which_slack_allows_nothing_is_not_forgotten() -> None:
    time = Told()
    paces = Paces(time)
    paces.hold_posts("one", 300)
    time.at += 299
    assert paces.held() == {"one"}
    assert paces.post_wait("one") == 1
