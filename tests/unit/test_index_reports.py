"""The index commands, pure: what they say of rows of any kind, and that statements are shown whole or not at all."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blocks import draw_report
from bot.errors import Unavailable
from bot.report import Level, Report, Verdict
from commands import (
    column_hints,
    indexes,
    indexes_invalid,
    indexes_missing,
    indexes_redundant,
    indexes_unused,
    table_scans,
)
from commands.recipe import LONGEST, Recipe, blocks
from commands.since import Span
from practice.slack.limits import message_problems, message_size_error

AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
DAY = 86_400.0
LONG = ("select '<!channel>' as \"é\", `x` & *bold* _it_\n" * 2_500)[:100_000]
TEXT = st.text(max_size=40) | st.sampled_from(
    ["", "<!channel> <@U1>", "`*_~", "a\x00b\u202ec", '"Mixed ""case"" %s', LONG]
)
NUMBER = st.integers(0, 10**15)
FEW = st.sampled_from([0, 1, 3, 60])
often = settings(max_examples=40)


def evidence(**changed: object) -> indexes_unused.Evidence:
    usual: dict[str, object] = {
        "since": AT,
        "seconds": 40 * DAY,
        "replicas": 0,
        "is_replica": False,
        "counting": True,
        "knows_birth": False,
        "examined": 12,
    }
    return indexes_unused.Evidence.model_validate(usual | changed)


def idle(index: str = "ix", kept: str = "", *, locked: bool = False) -> indexes_unused.Idle:
    return indexes_unused.Idle(
        index=index,
        relation="orders",
        size=12 * 2**20,
        last_use=None,
        writes=7,
        locked=locked,
        kept=kept,
        statement=f"drop index concurrently s.{index}",
        undo=f"create index concurrently {index} on s.orders (x)",
    )


def unused(*rows: indexes_unused.Idle, **changed: object) -> Report:
    return indexes_unused.report(indexes_unused.Found(evidence(**changed), rows, 35))


def test_what_can_go_is_summed_up_with_its_window() -> None:
    answer = unused(idle("a"), idle("b"))
    assert answer.verdict == Verdict(level=Level.INFO, text="2 indexes (24 MB) not read in 40 d; the largest is a")
    assert len(answer.more) == 1


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"seconds": 3 * DAY}, "scans are counted for 3 d, and 35 days are needed"),
        ({"replicas": 2}, "replicas are not configured, and usage on 2 replicas is not seen"),
        ({"is_replica": True}, "this is a replica, and the scans on its primary are not seen"),
        ({"counting": False}, "track_counts is off, so scans are not counted"),
    ],
)
def test_without_evidence_nothing_is_judged_and_no_statement_is_shown(changed: dict[str, object], why: str) -> None:
    answer = unused(idle(), **changed)
    assert answer.verdict.level is Level.NO_DATA
    assert answer.verdict.text == f"Cannot judge: {why}; 1 index (12 MB) not read here so far"
    assert answer.more == ()


def test_a_second_doubt_is_said_too() -> None:
    assert (
        "Cannot judge: scans are counted for 3 d, and 35 days are needed." in unused(seconds=3 * DAY, replicas=1).notes
    )


def test_what_stays_is_counted_by_reason_and_what_is_locked_is_named() -> None:
    answer = unused(
        idle(kept="a constraint"), idle(kept="a constraint"), idle(kept="tiny table"), idle("shut", locked=True)
    )
    assert answer.verdict.level is Level.OK
    assert "Not read here either, but kept: 3 (a constraint 2, tiny table 1)." in answer.notes
    assert "Left out, because they or their tables are locked exclusively: shut. See active." in answer.notes


def test_statements_are_never_cut() -> None:
    pages = blocks("Do", [Recipe(f"{n}", "x" * 2_000, "y" * 400) for n in range(9)])
    assert all(len(page.text) <= LONGEST for page in pages)
    assert sum(page.text.count("x" * 2_000 + ";") for page in pages) == 9


def test_one_that_is_too_long_for_a_message_is_not_shown_in_part() -> None:
    (page,) = blocks("Do", [Recipe("huge", LONG)])
    assert "too long for a message" in page.text
    assert "select" not in page.text


def test_a_title_cannot_end_its_comment() -> None:
    assert Recipe("a\ndrop table t", "x").text == "-- a drop table t\nx;"


def test_one_failure_does_not_take_the_other_answers() -> None:
    def fail() -> Verdict:
        raise Unavailable("down")

    assert indexes.settled(fail) == Verdict(level=Level.NO_DATA, text="down")


def test_what_cannot_be_judged_comes_after_what_can_be_done() -> None:
    fine = Verdict(level=Level.OK, text="fine")
    todo = Verdict(level=Level.INFO, text="two")
    unknown = Verdict(level=Level.NO_DATA, text="cannot")
    assert indexes.report([fine, fine, todo, unknown]).verdict == Verdict(
        level=Level.INFO, text="Redundant: two. Press Redundant"
    )
    assert indexes.report([fine, fine, fine, unknown]).verdict.level is Level.NO_DATA
    assert indexes.report([fine] * 4).verdict.level is Level.OK


def taken(report: Report) -> None:
    for show_more in (False, True):
        drawn = draw_report(report, share="n1", more="indexes more=1", show_more=show_more)
        message = {"text": drawn.text, "blocks": drawn.blocks}
        assert message_problems(message) == []
        assert message_size_error(message) is None


IDLE = st.builds(
    indexes_unused.Idle,
    index=TEXT,
    relation=TEXT,
    size=NUMBER,
    last_use=st.none() | st.just(AT),
    writes=st.none() | NUMBER,
    locked=st.booleans(),
    kept=st.just("") | TEXT,
    statement=TEXT,
    undo=TEXT,
)


@often
@given(st.lists(IDLE, max_size=3), FEW, st.floats(0, 1e10), st.integers(0, 3))
def test_any_unused_index_makes_a_message(
    rows: list[indexes_unused.Idle], times: int, seconds: float, replicas: int
) -> None:
    taken(unused(*rows * times, seconds=seconds, replicas=replicas))


REDUNDANT = st.builds(
    indexes_redundant.Redundant,
    index=TEXT,
    relation=TEXT,
    size=NUMBER,
    covered_by=st.lists(TEXT, max_size=9).map(tuple),
    is_same=st.booleans(),
    constraint_name=TEXT,
    statement=TEXT,
    undo=TEXT,
)
COMPARED = st.builds(
    indexes_redundant.Examined,
    indexes=NUMBER,
    tables=NUMBER,
    invalid=NUMBER,
    partitions=NUMBER,
    locked=st.lists(TEXT, max_size=9).map(tuple),
)


@often
@given(st.lists(REDUNDANT, max_size=3), FEW, COMPARED)
def test_any_redundant_index_makes_a_message(
    rows: list[indexes_redundant.Redundant], times: int, examined: indexes_redundant.Examined
) -> None:
    taken(indexes_redundant.report(indexes_redundant.Found(rows * times, examined)))


INVALID = st.builds(
    indexes_invalid.Invalid,
    index=TEXT,
    relation=TEXT,
    size=NUMBER,
    locked=st.booleans(),
    building=st.just("") | TEXT,
    kind=st.sampled_from(list(indexes_invalid.STORIES)),
    statement=TEXT,
    columns=st.lists(TEXT, max_size=3).map(tuple),
    condition=st.just("") | TEXT,
)


@often
@given(st.lists(INVALID, max_size=3), FEW)
def test_any_invalid_index_makes_a_message(rows: list[indexes_invalid.Invalid], times: int) -> None:
    examined = indexes_invalid.Examined(indexes=7)
    taken(indexes_invalid.report(indexes_invalid.Found(rows * times, examined)))


KEY = st.builds(
    indexes_missing.Key,
    constraint_name=TEXT,
    relation=TEXT,
    columns=TEXT,
    referenced=TEXT,
    rows=NUMBER,
    deletes=NUMBER,
    leads=st.booleans(),
    locked=st.booleans(),
    is_partitioned=st.booleans(),
    statement=TEXT,
    undo=TEXT,
)
SCANNED = st.builds(
    table_scans.Scanned,
    relation=TEXT,
    size=NUMBER,
    rows=NUMBER,
    scans=st.integers(1, 10**9),
    rows_read=NUMBER,
    share=st.floats(0, 100),
    parts=st.integers(1, 400),
)
HINT = st.builds(column_hints.Hint, relation=TEXT, column=TEXT, rows=NUMBER, different=NUMBER)
LOOKED_AT = st.builds(
    indexes_missing.Examined,
    keys=NUMBER,
    unenforced=st.integers(0, 3),
    tables=NUMBER,
    hidden=st.integers(0, 3),
    role=TEXT,
    counting=st.booleans(),
    since=st.just(AT),
)
SPAN = st.builds(
    Span, begin=st.none() | st.just(AT), end=st.just(AT), since_reset=st.booleans(), wanted_s=st.floats(0, 1e6)
)
MISSING = st.builds(
    indexes_missing.Found,
    st.lists(KEY, max_size=30),
    st.lists(SCANNED, max_size=10),
    st.lists(HINT, max_size=10),
    st.lists(LOOKED_AT, max_size=1),
    TEXT,
    SPAN,
)


@often
@given(MISSING)
def test_any_missing_index_makes_a_message(found: indexes_missing.Found) -> None:
    taken(indexes_missing.report(found))


@often
@given(st.lists(st.builds(Verdict, level=st.sampled_from(Level), text=TEXT), min_size=4, max_size=4))
def test_any_four_verdicts_make_a_message(verdicts: list[Verdict]) -> None:
    taken(indexes.report(verdicts))
