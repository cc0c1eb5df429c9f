"""What a run did to the metrics."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.approval import Outcome
from bot.blocks.answer import draw_table
from bot.blocks.figures import amount
from bot.blocks.pieces import Block
from bot.command import Measurement, Metric, Missing
from bot.report import Column, Table, Unit


def draw_before_and_after(outcome: Outcome, metrics: Sequence[Metric[Any]]) -> list[Block]:
    """A table of the metrics before and after a run; nothing when none were measured."""
    if not outcome.before and not outcome.after:
        return []
    known = {metric.name: metric for metric in metrics}
    before, after = _by_name(outcome.before), _by_name(outcome.after)
    names = list(dict.fromkeys([*before, *after]))
    rows = tuple(
        (_title(name, known), _figure(before.get(name), known), _figure(after.get(name), known)) for name in names
    )
    columns = (Column(title="metric"), Column(title="before"), Column(title="after"))
    return draw_table(Table(title="Before and after", columns=columns, rows=rows))


def _by_name(measurements: Sequence[Measurement]) -> dict[str, Measurement]:
    return {one.name: one for one in measurements}


def _title(name: str, metrics: Mapping[str, Metric[Any]]) -> str:
    return metrics[name].title if name in metrics else name


def _figure(measurement: Measurement | None, metrics: Mapping[str, Metric[Any]]) -> str:
    if measurement is None:
        return ""
    if isinstance(measurement.measured, Missing):
        return f"no data, {measurement.measured.reason}"
    unit = metrics[measurement.name].unit if measurement.name in metrics else Unit.COUNT
    return f"{amount(measurement.measured.value, unit)} ({measurement.level})"
