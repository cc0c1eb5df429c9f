"""How far a running step is, in words."""

import pytest

from bot.database import Advance
from bot.runner.pace import Seen, in_words, seen

SCAN = "building index: scanning table"


def at(done: float | None = 40, total: float | None = 100, phase: str | None = SCAN, *waits_for: int) -> Advance:
    return Advance(phase=phase, done=done, total=total, waits_for=waits_for)


@pytest.mark.parametrize(
    ("advance", "first", "elapsed", "past", "said"),
    [
        (at(), Seen(SCAN, 0, 0), 20, (), f"{SCAN}, 40 %, about 30 s more of this phase"),
        (at(), Seen(SCAN, 19, 0), 20, (), f"{SCAN}, 40 %"),
        (at(), None, 20, (), f"{SCAN}, 40 %"),
        (at(0), Seen(SCAN, 0, 0), 20, (), f"{SCAN}, 0 %"),
        (at(120), Seen(SCAN, 0, 0), 20, (), f"{SCAN}, 100 %, about 0 s more of this phase"),
        (at(None, None), None, 20, (), SCAN),
        (at(0, 0), None, 20, (), SCAN),
        (at(0, 0, None, 7, 7, 8), None, 20, (), "waits for pid 7, 8"),
        (None, None, 20, (30, 50, 90), "usually 50 s"),
        (None, None, 60, (30, 50, 90), "longer than the usual 50 s"),
        (None, None, 60, (), ""),
        (at(), None, 5, (10,), f"{SCAN}, 40 %; usually 10 s"),
    ],
)
def test_phase_share_rest_waits_and_what_is_usual_are_told(
    advance: Advance | None, first: Seen | None, elapsed: float, past: tuple[float, ...], said: str
) -> None:
    assert in_words(advance, first, elapsed, past) == said


def test_a_phase_is_timed_from_when_it_was_seen_first_and_anew_when_it_begins_anew() -> None:
    first = seen(None, at(10), 3)
    assert first == Seen(SCAN, 3, 10)
    assert seen(first, at(50), 9) is first
    assert seen(first, at(5), 9) == Seen(SCAN, 9, 5)
    assert seen(first, at(5, 100, "sorting"), 9) == Seen("sorting", 9, 5)
    assert seen(first, None, 9) is None
