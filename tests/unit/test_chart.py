"""A chart shows what was measured and nothing else, the worst of each stretch, with the lines beside it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.blocks import draw_report, plain
from bot.command import (
    Direction,
    Measurement,
    Metric,
    Missing,
    PromQuery,
    Value,
    chart_around,
    chart_of,
    course,
    window_of,
)
from bot.errors import BadInput
from bot.report import Chart, Level, Table, Unit
from commands.chart import Told, Wanted, named, report
from practice.slack.limits import message_problems

END = datetime(2026, 3, 2, 13, 7, 11, tzinfo=UTC)
LAG = Metric[Any](
    name="lag", title="Replication lag", unit=Unit.SECONDS, alert=60, page=300, target=10, source=PromQuery("lag", "")
)


def samples(seconds_ago: Iterable[float], value: float = 5) -> list[Measurement]:
    return [
        Measurement(name="lag", measured=Value(value=value), level=Level.OK, at=END - timedelta(seconds=ago))
        for ago in sorted(seconds_ago, reverse=True)
    ]


def chart(found: list[Measurement], hours: float = 24, metric: Metric[Any] = LAG) -> Chart:
    drawn = chart_of(found, metric, END - timedelta(hours=hours), END)
    assert drawn is not None
    return drawn


@pytest.mark.parametrize("minutes", [5, 7, 19, 60, 61, 600, 1440, 1441, 10_080, 11_520, 43_200, 576_000])
def test_there_are_never_more_points_than_slack_takes_and_no_two_labels_alike(minutes: int) -> None:
    found = samples(range(0, minutes * 60, max(5, minutes // 20)))
    drawn = chart(found, minutes / 60)
    assert 3 <= len(drawn.labels) <= 20
    assert len(set(drawn.labels)) == len(drawn.labels)
    assert all(len(label) <= 20 for label in drawn.labels)


def test_each_point_is_the_worst_of_its_stretch() -> None:
    found = sorted([*samples(range(0, 3600, 15)), *samples([1805], 99)], key=lambda one: one.at)
    values = chart(found, 1).series[0].values
    assert sorted(values)[-2:] == [5, 99]


def test_where_less_is_worse_the_least_counts() -> None:
    found = sorted([*samples(range(0, 3600, 15)), *samples([1805], 1)], key=lambda one: one.at)
    assert min(chart(found, 1, replace(LAG, worse=Direction.LOWER)).series[0].values) == 1


def test_the_lines_are_drawn_beside_it_and_those_that_are_not_there_are_not() -> None:
    drawn = chart(samples(range(0, 3600, 60)), 1)
    assert [one.name for one in drawn.series] == ["worst", "page", "alert", "target"]
    assert {one.values[0] for one in drawn.series[1:]} == {300, 60, 10}
    assert [one.name for one in chart(samples([60]), 1, replace(LAG, page=None, target=None)).series] == [
        "worst",
        "alert",
    ]


def test_a_gap_is_left_out_and_marked_and_never_filled() -> None:
    found = course(samples([*range(0, 600, 15), *range(2400, 3600, 15)]), LAG, END - timedelta(hours=1), END)
    assert len(found.gaps) == 1
    drawn = chart(samples([*range(0, 600, 15), *range(2400, 3600, 15)]), 1)
    assert [label[0] for label in drawn.labels].count("…") == 1
    assert len(drawn.labels) < 12


def test_the_chart_of_an_incident_begins_an_hour_before_it_and_ends_with_it() -> None:
    opened, closed = END - timedelta(minutes=20), END - timedelta(minutes=5)
    assert window_of(opened, closed, END) == (END - timedelta(minutes=80), closed)
    assert window_of(opened, None, END) == (END - timedelta(minutes=80), END)
    drawn = chart_around(samples(range(0, 7200, 15)), LAG, window_of(opened, closed, END))
    assert drawn is not None
    assert (drawn.labels[0], drawn.labels[-1]) == ("11:50", "13:00")
    assert len(drawn.labels) == 15
    assert [one.name for one in drawn.series] == ["worst", "page", "alert", "target"]


@pytest.mark.parametrize(
    ("seconds_ago", "is_drawn"),
    [
        ([], False),
        ([10, 20, 30], False),
        ([10, 400], False),
        ([10, 400, 700], True),
        ([*range(0, 600, 15), *range(2400, 3600, 15)], False),
        ([*range(0, 600, 15), 1100, 1700, 2300, *range(2400, 3600, 15)], True),
    ],
    ids=["nothing", "one moment", "two points", "three points", "a gap", "thinned out"],
)
def test_an_incident_has_no_chart_when_there_is_no_course_to_see(seconds_ago: list[float], is_drawn: bool) -> None:  # noqa: FBT001 - a table
    drawn = chart_around(samples(seconds_ago), LAG, (END - timedelta(hours=1), END))
    assert (drawn is not None) is is_drawn


def test_what_has_no_value_is_no_point() -> None:
    missing = [Measurement(name="lag", measured=Missing(reason="down"), level=Level.NO_DATA, at=END)]
    assert chart_of(missing, LAG, END - timedelta(hours=1), END) is None
    assert chart_of([], LAG, END - timedelta(hours=1), END) is None


def test_the_answer_says_now_and_at_worst_and_has_a_table_for_those_who_see_no_picture() -> None:
    found = sorted([*samples(range(0, 3600, 60)), *samples([1805], 99)], key=lambda one: one.at)
    said = report(Told(LAG, found, END - timedelta(hours=1), END), "1h")
    assert said.verdict.text == "Replication lag: now 5.00 s; at worst 1 min 39 s in the last 1h"
    (table,) = said.more
    assert isinstance(table, Table)
    assert "alert" in [row[2] for row in table.rows]
    assert [button.text for button in said.buttons] == ["chart lag 24h", "chart lag 7d", "status"]
    drawn = draw_report(said)
    assert message_problems({"text": drawn.text, "blocks": drawn.blocks}) == []
    assert "data_visualization" in [block["type"] for block in drawn.blocks]
    assert "worst:" in plain(said)


def test_gaps_and_a_late_beginning_are_said() -> None:
    said = report(Told(LAG, samples([*range(0, 600, 15), *range(1800, 2400, 15)]), END - timedelta(hours=2), END), "2h")
    assert any("Nothing was measured, and nothing is drawn, from" in note for note in said.notes)
    assert any(note.startswith("The first sample that was kept") for note in said.notes)


def test_no_sample_is_no_data_with_the_reason() -> None:
    said = report(Told(LAG, [], END - timedelta(hours=1), END), "1h")
    assert (said.verdict.level, said.parts) == (Level.NO_DATA, ())
    absent = Missing(reason="no standby is connected", configured=False)
    sample = Measurement(name="lag", measured=absent, level=Level.INFO, at=END)
    said = report(Told(LAG, [sample], END - timedelta(hours=1), END), "1h")
    assert said.verdict.text == "No value of Replication lag in the last 1h: no standby is connected"


def test_a_metric_is_found_by_its_name_or_its_title() -> None:
    assert named("Replication lag", [LAG]) is LAG
    assert named(" LAG ", [LAG]) is LAG
    with pytest.raises(BadInput, match="Did you mean lag"):
        named("lagg", [LAG])
    with pytest.raises(BadInput, match="There are: lag"):
        named("zzz", [LAG])


@pytest.mark.parametrize("window", ["1m", "soon", "500d", "-1h"])
def test_a_window_that_is_none_is_refused(window: str) -> None:
    with pytest.raises(ValueError, match="should be"):
        Wanted(metric="lag", window=window)
