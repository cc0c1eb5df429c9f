"""Charts: native, within limits, and told in words."""

from bot.blocks import draw_report, plain
from bot.report import Chart, Level, Report, Series, Unit, Verdict
from practice.slack.limits import message_problems


def shown(chart: Chart) -> Report:
    return Report(title="Chart", verdict=Verdict(level=Level.OK, text="fine"), parts=(chart,))


def line(points: int, name: str = "main") -> Chart:
    labels = tuple(f"12:{minute:02}" for minute in range(points))
    series = Series(name=name, values=tuple(float(minute) for minute in range(points)))
    return Chart(title="Query latency (p95)", labels=labels, series=(series,), unit=Unit.SECONDS)


def test_a_chart_is_drawn_natively_and_told_in_words() -> None:
    drawn = draw_report(shown(line(20)))
    assert "data_visualization" in [block["type"] for block in drawn.blocks]
    assert message_problems({"text": drawn.text, "blocks": drawn.blocks}) == []
    assert "12:00 to 12:19; main: 0 s to 19 s" in plain(shown(line(20)))


def test_too_many_points_leave_the_words() -> None:
    drawn = draw_report(shown(line(21)))
    assert "data_visualization" not in [block["type"] for block in drawn.blocks]
    assert "main: 0 s to 20 s" in str(drawn.blocks)


def test_hostile_names_are_no_markup() -> None:
    drawn = draw_report(shown(line(3, "<!channel>" * 20)))
    assert message_problems({"text": drawn.text, "blocks": drawn.blocks}) == []
    assert "<!channel>" not in drawn.text
