"""Charts within Slack's limits: one with a gap or with too much in it is left out, because values are never invented."""

import math
from collections.abc import Callable

from pydantic import JsonValue

from bot.blocks.pieces import Block
from bot.blocks.reading import blocks_of, built, text_of
from bot.blocks.words import shorten

_NAME = 20
_AXIS = 50
_SEGMENTS = 12
_SERIES = 12
_POINTS = 20


def fit_chart(block: Block) -> list[Block]:
    """A chart, or nothing when Slack would refuse its data."""
    chart = block.get("chart")
    if not isinstance(chart, dict):
        return []
    fits = _KINDS.get(text_of(chart.get("type")))
    title = shorten(text_of(block.get("title")), 50) or "\u2026"
    return [built(block, title=title, chart=chart)] if fits and fits(chart) else []


def _pie(chart: Block) -> bool:
    segments = blocks_of(chart.get("segments"))
    return 1 <= len(segments) <= _SEGMENTS and all(_point(one) and _number(one.get("value"), 0) for one in segments)


def _with_axes(chart: Block) -> bool:
    series, axes = blocks_of(chart.get("series")), chart.get("axis_config")
    if not isinstance(axes, dict) or not all(_is_name(axes.get(key, "-"), _AXIS) for key in ("x_label", "y_label")):
        return False
    categories = _texts(axes.get("categories"))
    names = [text_of(one.get("name")) for one in series]
    right_size = 1 <= len(series) <= _SERIES and 1 <= len(categories) <= _POINTS and _own_names(categories)
    return right_size and _own_names(names) and all(_whole(one, categories) for one in series)


def _whole(series: Block, categories: list[str]) -> bool:
    """Whether a series has one value for every category."""
    points = blocks_of(series.get("data"))
    return all(_point(one) for one in points) and sorted(_labels(points)) == sorted(categories)


def _labels(points: list[Block]) -> list[str]:
    return [text_of(one.get("label")) for one in points]


def _texts(value: JsonValue) -> list[str]:
    return [text_of(one) for one in value] if isinstance(value, list) else []


def _own_names(names: list[str]) -> bool:
    return len(set(names)) == len(names) and all(_is_name(name, _NAME) for name in names)


def _is_name(value: JsonValue, limit: int) -> bool:
    return 1 <= len(text_of(value)) <= limit


def _point(point: Block) -> bool:
    return _is_name(point.get("label"), _NAME) and _number(point.get("value"), -math.inf)


def _number(value: JsonValue, above: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and above < value < math.inf


_KINDS: dict[str, Callable[[Block], bool]] = {"pie": _pie, "line": _with_axes, "bar": _with_axes, "area": _with_axes}
