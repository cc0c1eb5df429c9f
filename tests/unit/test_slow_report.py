"""What statements cost between two readings, and what slow and statement say of it."""

import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from bot.command import Kept
from bot.redact import redact
from bot.report import Level, Table
from commands.ledger import Ledger, differences, step
from commands.since import Span, asked
from commands.slow import MOST_OF_IT, Described, Wanted, highest, report
from commands.statement import apart, trend, unknown
from commands.statement_costs import Cost, Counting, Spent, spent
from commands.statement_trend import POINTS, chart

AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
RESET = datetime(2026, 2, 1, tzinfo=UTC)
COUNTING = Counting(query_ids="auto", track="top", own=0, nested=0, elsewhere=0)


def ledger(entries: Mapping[int, tuple[float, ...]], reset_at: datetime | None = RESET, evicted: int = 0) -> Ledger:
    keys = struct.pack(f"!{len(entries)}q", *entries)
    figures = [figure for entry in entries.values() for figure in entry]
    return Ledger.model_validate(
        {
            "reset_at": reset_at,
            "evicted": evicted,
            "keys": keys,
            "figures": struct.pack(f"!{len(figures)}d", *figures),
        }
    )


def cost(calls: float, total_ms: float, pages_read: float = 0) -> tuple[float, ...]:
    return calls, total_ms, calls, 0, pages_read, 0


BEFORE = Kept([ledger({1: cost(10, 100), -2: cost(5, 500), 3: cost(1, 1), 4: cost(9, 9)})], AT - timedelta(hours=1))
NOW = ledger({1: cost(30, 700), -2: cost(5, 500), 3: cost(1, 1), 4: cost(2, 8), 5: cost(1, 90)}, evicted=2)


def test_only_what_was_counted_in_between_remains() -> None:
    found = differences(NOW, BEFORE.rows[0])
    assert {key: figures[:2] for key, figures in found.items()} == {1: (20, 600), 4: (2, 8), 5: (1, 90)}


def test_an_entry_that_was_thrown_out_and_came_back_counts_from_its_return() -> None:
    found = spent(NOW, BEFORE, AT, 3600)
    assert found.costs[4].calls == 2
    assert found.evicted == 2


def test_the_time_is_that_of_the_reading_that_was_kept() -> None:
    found = spent(NOW, BEFORE, AT, 3600)
    assert (found.span.said, found.span.note) == ("since 02:00 UTC (1 h)", "")
    assert "no older reading" in spent(NOW, BEFORE, AT, 86_400).span.note


@pytest.mark.parametrize(
    "kept",
    [
        None,
        Kept([ledger({1: cost(1, 1)}, reset_at=RESET - timedelta(days=3))], AT - timedelta(hours=1)),
        Kept([NOW], AT - timedelta(seconds=10)),
    ],
    ids=["the watch has not been round", "the counters were reset", "too close for a rate"],
)
def test_without_a_reading_to_subtract_the_totals_are_given_and_labelled(kept: Kept[Ledger] | None) -> None:
    found = spent(NOW, kept, AT, 3600)
    assert found.costs[1].calls == 30
    assert found.span.said == "since the counters were reset at 2026-02-01 00:00 UTC (28 d 3 h)"
    assert found.span.note.startswith("Not the last 1 h")


def test_each_ranking_has_its_own_first() -> None:
    costs = {1: Cost(10, 100, 0, 0, 0, 0), 2: Cost(1, 90, 0, 0, 0, 0), 3: Cost(50, 5, 0, 0, 7, 0)}
    found = Spent(Span(begin=None, end=AT), costs, 0)
    assert [highest(found, by)[0] for by in ("total", "mean", "calls", "io")] == [1, 2, 3, 3]


def test_rows_are_numbered_and_the_first_five_can_be_opened_and_commands_are_left_out() -> None:
    costs = {key: Cost(1, key, 0, 0, 0, 0) for key in range(1, 9)}
    found = Spent(Span(begin=RESET, end=AT, since_reset=True), costs, 0)
    described = [
        Described(query_id=key, query="select 1", role="app", roles=1, is_command=key == 8) for key in range(1, 9)
    ]
    answer = report(found, highest(found, "total"), described, Wanted(limit=6), redact, COUNTING)
    (table,) = answer.parts
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == [1, 2, 3, 4, 5, 6]
    assert table.left_out == 1
    assert [button.text for button in answer.buttons[:5]] == [f"statement {key} since=1h" for key in (7, 6, 5, 4, 3)]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("select total from sales where store = 4711", "(app): select total from sales where store = $1"),
        ("select " + "total, " * 40 + "1", ", t…"),
        ("select " + "x" * 150, "x…"),
    ],
    ids=["short", "long", "one long name"],
)
def test_the_verdict_names_the_first_statement_in_so_much_as_fits_a_phone(query: str, named: str) -> None:
    found = Spent(Span(begin=RESET, end=AT, since_reset=True), {1: Cost(1, 90, 0, 0, 0, 0)}, 0)
    described = [Described(query_id=1, query=query, role="app", roles=1, is_command=False)]
    said = report(found, [1], described, Wanted(), redact, COUNTING).verdict.text
    assert said.endswith(named)
    assert len(said.partition("(app): ")[2]) in range(20, MOST_OF_IT + 1)


def test_an_empty_server_is_said() -> None:
    nothing = Spent(Span(begin=None, end=AT), {}, 0)
    assert report(nothing, [], [], Wanted(), redact, COUNTING).verdict.text.startswith("No statement was counted")


def test_what_is_left_out_is_counted_and_commands_come_with_their_share_of_the_time() -> None:
    found = Spent(
        Span(begin=RESET, end=AT, since_reset=True), {1: Cost(1, 25, 0, 0, 0, 0), 2: Cost(1, 75, 0, 0, 0, 0)}, 0
    )
    described = [
        Described(query_id=1, query="select 1", role="app", roles=1, is_command=False),
        Described(query_id=2, query="vacuum t", role="app", roles=1, is_command=True),
    ]
    counting = COUNTING.model_copy(update={"own": 1200, "nested": 3})
    notes = report(found, [2, 1], described, Wanted(), redact, counting).notes
    assert "Left out: 1 command such as VACUUM (75 % of all time), 1,200 of Scout itself, 3 called by others." in notes


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10min", 600), ("10m", 600), ("24h", 86_400), ("1d", 86_400)]
)
def test_a_time_is_typed_as_people_say_it(text: str, seconds: float) -> None:
    assert asked(Wanted(since=text).since) == seconds


def test_since_reset_is_no_time() -> None:
    assert asked("reset") is None


@pytest.mark.parametrize("text", ["yesterday", "5s", "25h", "-1h", "", "1h30"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="should be"):
        Wanted(since=text)


def test_a_statement_that_became_slower_is_told() -> None:
    times = (timedelta(minutes=5), timedelta(hours=1))
    windows = [
        Spent(Span(begin=AT - back, end=AT), {7: Cost(10, total, 0, 0, 0, 0)}, 0)
        for back, total in zip(times, (900, 100), strict=True)
    ]
    assert "slower than before: 90.0 ms a call of late, 10.0 ms since 02:00" in trend(apart(windows[::-1]), 7)
    assert trend(windows[::-1], 7) == ""
    assert trend(windows, 8) == ""


def test_an_unknown_statement_is_explained() -> None:
    assert unknown(5).verdict.level is Level.INFO
    assert "threw it out" in unknown(5).notes[0]


def kept_of(*readings: tuple[float, float], every: timedelta = timedelta(minutes=5)) -> list[Kept[Ledger]]:
    """Readings of statement 7: calls and total time so far."""
    return [Kept([ledger({7: cost(*one), 8: cost(1, 1)})], AT + every * at) for at, one in enumerate(readings)]


def test_the_line_shows_the_mean_of_each_time_between_two_readings() -> None:
    line = chart(7, kept_of((10, 100), (20, 200), (20, 200), (30, 500)))
    assert line is not None
    assert line.labels == ("03:05:00", "03:15:00")
    assert line.series[0].values == (10, 30)


def test_no_line_is_drawn_through_less_than_two_times_or_across_a_reset() -> None:
    assert chart(7, kept_of((10, 100), (20, 200))) is None
    assert chart(9, kept_of((10, 100), (20, 200), (30, 300))) is None
    again = Kept([ledger({7: cost(3, 3)}, reset_at=AT)], AT + timedelta(minutes=15))
    assert chart(7, [*kept_of((10, 100), (20, 200)), again]) is None


def test_a_line_over_days_has_no_more_points_than_slack_draws_and_tells_the_day() -> None:
    line = chart(7, kept_of(*((at, at * at) for at in range(60)), every=timedelta(hours=1)))
    assert line is not None
    assert len(line.labels) == POINTS == len(set(line.labels))
    assert line.labels[-1] == "Tue 14:00:00"


def test_one_key_is_read_without_the_others() -> None:
    for key in (1, -2, 3, 4):
        assert step(key, NOW, BEFORE.rows[0])[:2] == differences(NOW, BEFORE.rows[0]).get(key, (0, 0))[:2]
    assert step(99, NOW, BEFORE.rows[0]) == (0, 0)
