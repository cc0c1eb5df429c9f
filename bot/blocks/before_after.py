"""What a run did to the metrics."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.approval import Outcome
from bot.blocks.answer import draw_table
from bot.blocks.figures import amount
from bot.blocks.pieces import Block, context
from bot.command import Measurement, Metric, Missing, Value
from bot.report import Column, Table, Unit


def draw_before_and_after(outcome: Outcome, metrics: Sequence[Metric[Any]]) -> list[Block]:
    """A table of the metrics that a run changed, those that crossed a line first; the others are counted."""
    known = {metric.name: metric for metric in metrics}
    pairs = _pairs(outcome)
    changed = sorted((pair for pair in pairs if _differs(*pair)), key=lambda pair: pair[0].level == pair[1].level)
    if not changed:
        return [context("No metric changed by it, before and after.")] if pairs else []
    rows = tuple((_title(one.name, known), _figure(one, known), _figure(two, known)) for one, two in changed)
    columns = (Column(title="metric"), Column(title="before"), Column(title="after"))
    rest = len(pairs) - len(changed)
    note = [context(f"{rest} more metrics are as they were.")] if rest else []
    return [*draw_table(Table(title="Before and after", columns=columns, rows=rows)), *note]


def _pairs(outcome: Outcome) -> list[tuple[Measurement, Measurement]]:
    """What was measured both times; a metric without a value either time tells nothing."""
    before, after = _by_name(outcome.before), _by_name(outcome.after)
    both = [(before[name], after[name]) for name in before if name in after]
    return [pair for pair in both if any(isinstance(one.measured, Value) for one in pair)]


def _differs(before: Measurement, after: Measurement) -> bool:
    return before.level != after.level or before.measured != after.measured


def _by_name(measurements: Sequence[Measurement]) -> dict[str, Measurement]:
    return {one.name: one for one in measurements}


def _title(name: str, metrics: Mapping[str, Metric[Any]]) -> str:
    return metrics[name].title if name in metrics else name


def _figure(measurement: Measurement, metrics: Mapping[str, Metric[Any]]) -> str:
    if isinstance(measurement.measured, Missing):
        return "no data"
    unit = metrics[measurement.name].unit if measurement.name in metrics else Unit.COUNT
    return f"{amount(measurement.measured.value, unit)} ({measurement.level})"
