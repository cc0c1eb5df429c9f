"""Draws a card from the store as its subject is now, never from what somebody meant to say earlier."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.alert import Alert
from bot.approval import State, went_wrong
from bot.blocks import Around, Drawn, draw_approval, draw_incident, draw_reminder, draw_review
from bot.chat import Card
from bot.command import Metric, chart_around, window_of
from bot.muting import covering
from bot.report import Button, Chart, Unit
from bot.store import Store
from bot.telling import MOST_RUNS, done_since, lines_of


@dataclass(frozen=True)
class Drawing:
    """Cards by their key."""

    store: Store
    metric: Callable[[str, str], Metric[Any] | None]

    def draw(self, card: Card, *, native: bool) -> Drawn | None:
        """A card as its subject is now; None when there is nothing to be shown: it is gone, or a schedule did what nobody need see."""
        kind, _, subject = card.key.partition(":")
        if kind == "reminder":
            return self._reminder(*subject.split(":"))
        if kind == "review":
            return self._review(subject, posted=self.store.card(card.key) is not None)
        return self._approval(subject, native=native) if kind == "approval" else self._incident(subject, native=native)

    def _reminder(self, approval_id: str, person: str) -> Drawn | None:
        """Nothing when it does not wait for this person any more, so that nobody is woken for what is over."""
        approval = self.store.approval(approval_id)
        decided = approval is None or person in {one.person for one in approval.decisions}
        if approval is None or decided or approval.state is not State.ASKED:
            return None
        return draw_reminder(approval)

    def _review(self, approval_id: str, *, posted: bool) -> Drawn | None:
        """Nothing when it was reviewed in time; one that was posted says who reviewed it then."""
        approval = self.store.approval(approval_id)
        in_time = approval is None or (approval.review is not None and not posted)
        return None if approval is None or in_time else draw_review(approval)

    def _approval(self, approval_id: str, *, native: bool) -> Drawn | None:
        approval = self.store.approval(approval_id)
        if approval is None:
            return None
        steps = self.store.steps(approval_id)
        if approval.is_quiet and not went_wrong(approval, steps):
            return None
        measured = [one.name for one in (*approval.outcome.before, *approval.outcome.after)]
        metrics = [metric for name in dict.fromkeys(measured) if (metric := self.metric(approval.database, name))]
        return draw_approval(approval, steps, self.store.now(), native=native, metrics=metrics)

    def _incident(self, incident: str, *, native: bool) -> Drawn | None:
        alert = self.store.incident(incident)
        if alert is None:
            return None
        metric = self.metric(alert.database, alert.metric)
        if metric is None:
            return draw_incident(alert, alert.metric, Unit.COUNT, "", (), self._around(alert))
        around = self._around(alert, self._chart(alert, metric) if native else None)
        chart = [f"chart {metric.name}"] if metric.charted else []
        buttons = [_typed(text, alert.database) for text in (*metric.repairs, *chart)]
        return draw_incident(alert, metric.title, metric.unit, lines_of(metric), buttons, around)

    def _around(self, alert: Alert, chart: Chart | None = None) -> Around:
        since = alert.opened_at or alert.since
        return Around(
            silence=covering(self.store.silences(), alert.database, alert.metric, self.store.now()),
            findings=self.store.findings(alert.incident),
            done=done_since(self.store.approvals(database=alert.database, limit=MOST_RUNS), since, alert.closed_at),
            chart=chart,
        )

    def _chart(self, alert: Alert, metric: Metric[Any]) -> Chart | None:
        window = window_of(alert.opened_at or alert.since, alert.closed_at, self.store.now())
        samples = self.store.samples(alert.database, alert.metric, window[0])
        return chart_around(samples, metric, window)


def _typed(text: str, database: str) -> Button:
    """What one could type as well; of a chart the label leaves out which, because the card is about nothing else."""
    label = "Chart" if text.startswith("chart ") else text.capitalize()
    return Button(label=label, text=f"{text} on {database}")
