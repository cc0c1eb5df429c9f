"""Draws a card from the store as its subject is now, never from what somebody meant to say earlier."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.blocks import Drawn, amount, draw_approval, draw_incident
from bot.chat import Card
from bot.command import Direction, Metric
from bot.report import Button, Level, Unit
from bot.store import Store


@dataclass(frozen=True)
class Drawing:
    """Cards by their key; `mention` are those to be mentioned at page."""

    store: Store
    metric: Callable[[str, str], Metric[Any] | None]
    mention: tuple[str, ...] = ()

    def draw(self, card: Card, *, native: bool) -> Drawn | None:
        """A card as its subject is now; None when the subject is not there any more."""
        kind, _, subject = card.key.partition(":")
        return self._approval(subject, native=native) if kind == "approval" else self._incident(subject)

    def _approval(self, approval_id: str, *, native: bool) -> Drawn | None:
        approval = self.store.approval(approval_id)
        if approval is None:
            return None
        measured = [one.name for one in (*approval.outcome.before, *approval.outcome.after)]
        metrics = [metric for name in dict.fromkeys(measured) if (metric := self.metric(approval.database, name))]
        steps = self.store.steps(approval_id)
        return draw_approval(approval, steps, self.store.now(), native=native, metrics=metrics)

    def _incident(self, incident: str) -> Drawn | None:
        alert = self.store.incident(incident)
        if alert is None:
            return None
        metric = self.metric(alert.database, alert.metric)
        if metric is None:
            return draw_incident(alert, alert.metric, Unit.COUNT, "", (), ())
        buttons = [Button(label=text.capitalize(), text=f"{text} on {alert.database}") for text in metric.repairs]
        mention = self.mention if alert.level is Level.PAGE else ()
        return draw_incident(alert, metric.title, metric.unit, lines_of(metric), buttons, mention)


def lines_of(metric: Metric[Any]) -> str:
    """A metric's lines in words, as "alert above 60 min, page above 120 min"."""
    if metric.unit is Unit.TEXT:
        return ""
    side = "above" if metric.worse is Direction.HIGHER else "below"
    said = f"alert {side} {amount(metric.alert, metric.unit)}"
    return said if metric.page is None else f"{said}, page {side} {amount(metric.page, metric.unit)}"
