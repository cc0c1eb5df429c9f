"""Charts as Slack draws them natively."""

from pydantic import JsonValue

from bot.blocks.figures import amount
from bot.blocks.pieces import Block, context
from bot.blocks.words import clean, escape, one_line, shorten
from bot.report import Chart, Series, Unit

_NAME = 20
_TITLE = 50
_UNITS = {
    Unit.SECONDS: "seconds",
    Unit.MILLISECONDS: "ms",
    Unit.MINUTES: "minutes",
    Unit.PERCENT: "%",
    Unit.BYTES: "bytes",
}


def draw_chart(chart: Chart) -> list[Block]:
    """A line chart, and below it the last value of each line in words; only the words when there is nothing to draw."""
    if not chart.labels or not chart.series:
        return []
    axes: dict[str, JsonValue] = {
        "categories": _names(chart.labels),
        "y_label": _UNITS.get(chart.unit, chart.unit.value),
    }
    drawn: Block = {
        "type": "data_visualization",
        "title": shorten(one_line(clean(chart.title)), _TITLE),
        "chart": {"type": "line", "axis_config": axes, "series": [_series(one, chart) for one in chart.series]},
    }
    return [drawn, context(escape(one_line(in_words(chart), 1000)))]


def in_words(chart: Chart) -> str:
    """The first and the last value of each line, for those who see no picture."""
    told = (
        f"{one.name}: {amount(one.values[0], chart.unit)} to {amount(one.values[-1], chart.unit)}"
        for one in chart.series
        if one.values
    )
    return f"{chart.labels[0]} to {chart.labels[-1]}; {', '.join(told)}" if chart.labels else ""


def _series(series: Series, chart: Chart) -> JsonValue:
    points = zip(_names(chart.labels), series.values, strict=True)
    return {"name": _name(series.name), "data": [{"label": label, "value": value} for label, value in points]}


def _names(labels: tuple[str, ...]) -> list[JsonValue]:
    return [_name(label) for label in labels]


def _name(text: str) -> str:
    return shorten(one_line(clean(text)), _NAME) or "-"
