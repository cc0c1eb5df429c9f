"""Bloat says the worst first, vouches only for what it knows, and makes a message of anything."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from message_fixture import slack_refuses

from bot.report import Code, Level
from commands.bloat import report
from commands.bloat_found import GB, MB, Bloat
from commands.bloat_look import CAP, Seen, candidates

TEXT = st.text(max_size=30) | st.sampled_from(["<!channel>", '"Odd" `name`', "x" * 100_000, "", "a\nb"])
BYTES = st.integers(min_value=0, max_value=2**50)
BLOAT = st.builds(
    Bloat,
    oid=st.integers(1, 10**9), name=TEXT, size=BYTES, wasted=st.none() | st.floats(0, 2**50), reliable=st.booleans(),
    how=TEXT, remedy=TEXT, measured=st.booleans(), at_least=st.booleans(),
)  # fmt: skip
SEEN = st.builds(
    Seen,
    tables=st.lists(BLOAT, max_size=130), indexes=st.lists(BLOAT, max_size=130), notes=st.lists(TEXT, max_size=4),
)  # fmt: skip


def bloat(name: str, size: int, wasted: float | None, *, reliable: bool = True) -> Bloat:
    oid = hash(name) % 10**6
    return Bloat(oid=oid, name=name, size=size, wasted=wasted, reliable=reliable, how="measured", remedy=f"{name};")


@given(SEEN)
@settings(max_examples=30)
def test_anything_makes_a_message_that_slack_takes(anything: Seen) -> None:
    assert slack_refuses(report(anything)) == []


@pytest.mark.parametrize(
    ("found", "level", "rewrites"),
    [
        (bloat("calm", 10 * GB, 1 * GB), Level.OK, False),
        (bloat("small", 9 * MB, 8 * MB), Level.INFO, False),
        (bloat("large", 4 * GB, 2.0 * GB), Level.ALERT, True),
        (bloat("guessed", 4 * GB, 2.0 * GB, reliable=False), Level.INFO, False),
        (bloat("unknown", 4 * GB, None, reliable=False), Level.NO_DATA, False),
    ],
)
def test_only_a_certain_waste_of_a_gigabyte_is_worth_a_rewrite(found: Bloat, level: Level, *, rewrites: bool) -> None:
    answer = report(Seen(tables=[found]))
    assert answer.verdict.level is level
    assert any(isinstance(part, Code) and f"{found.name};" in part.text for part in answer.parts) is rewrites


def test_what_may_waste_most_is_measured_first_within_the_cap() -> None:
    found = [
        bloat("too large", CAP + 1, None, reliable=False),
        bloat("unknown", CAP // 2, None, reliable=False),
        bloat("flagged", CAP // 2, CAP / 4),
        bloat("no room left", CAP // 4, CAP / 8),
        bloat("calm", CAP // 2, 0.0),
        bloat("tiny", 8192, None, reliable=False),
    ]
    chosen, left_out = candidates(found, everything=False)
    assert [one.name for one in chosen] == ["unknown", "flagged"]
    assert [one.name for one in left_out] == ["too large", "no room left"]
