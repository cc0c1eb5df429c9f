"""The second look: what the metrics are some minutes after a run, said once in the thread below its card."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.approval import Approval, State
from bot.blocks import amount
from bot.chat import Lane, Notice, Post
from bot.command import Measurement, Metric, Missing, Value
from bot.errors import ScoutError
from bot.report import Column, Level, Report, Table, Verdict, worst
from bot.store import Store

OVER = frozenset({State.DONE, State.FAILED, State.STOPPED})
TOO_LATE = timedelta(hours=1)
"""After so long a second look says nothing of the run any more: Scout was down meanwhile."""
LOOKED_THROUGH = 20


@dataclass(frozen=True)
class SecondLook:
    """Measures again what a run ended with; any process may do it, since the message's id is made from the run's."""

    store: Store
    measure: Callable[[str], Sequence[Measurement]]
    metric: Callable[[str, str], Metric[Any] | None]

    def keep(self, at: datetime) -> None:
        """Look at every run whose time has come."""
        for approval in self.store.approvals(OVER, limit=LOOKED_THROUGH, loud=True):
            if is_due(approval, at) and self.store.notice(name_of(approval)) is None:
                self._look(approval, at)

    def _look(self, approval: Approval, at: datetime) -> None:
        below = f"approval:{approval.id}"
        post = Post(channel=approval.channel, below=below, report=self._report(approval))
        with self.store.change() as change:
            change.put_notice(Notice(id=name_of(approval), lane=Lane.ANSWER, message=post, due=at))

    def _report(self, approval: Approval) -> Report:
        try:
            now = self.measure(approval.database)
        except ScoutError as error:
            return nothing(approval, str(error))
        known = [(metric, one) for one in now if (metric := self.metric(approval.database, one.name)) and metric.slo]
        return report(approval, known)


def is_due(approval: Approval, at: datetime) -> bool:
    """Whether a run is over for as long as its plan says, and not for too long."""
    seconds = approval.plan.look_again_s
    if not seconds or approval.ended_at is None or approval.started_at is None:
        return False
    due = approval.ended_at + timedelta(seconds=seconds)
    return due <= at < due + TOO_LATE


def name_of(approval: Approval) -> str:
    """The id of the message: however many processes look, it is said once."""
    return f"again:{approval.id}"


def report(approval: Approval, now: Sequence[tuple[Metric[Any], Measurement]]) -> Report:
    """Before, after, and now, of the service levels."""
    if not now:
        return nothing(approval, "no service level is measured here.")
    level = worst([one.level for _, one in now])
    bad = [metric.title for metric, one in now if one.level in {Level.ALERT, Level.PAGE, Level.NO_DATA}]
    said = f"not well: {', '.join(bad)}" if bad else "every service level that is measured is well"
    columns = tuple(Column(title=title) for title in ("Service level", "Before", "After", "Now"))
    return Report(
        title=_title(approval),
        verdict=Verdict(level=level if bad else Level.OK, text=f"{_ago(approval)} after '{approval.text}': {said}"),
        parts=(Table(title="Service levels", columns=columns, rows=tuple(_rows(approval, now))),),
    )


def nothing(approval: Approval, why: str) -> Report:
    """That it could not be measured again."""
    said = f"{_ago(approval)} after '{approval.text}' nothing could be measured: {why}"
    return Report(title=_title(approval), verdict=Verdict(level=Level.NO_DATA, text=said))


def _rows(approval: Approval, now: Sequence[tuple[Metric[Any], Measurement]]) -> Iterable[tuple[str, ...]]:
    before = {one.name: one for one in approval.outcome.before}
    after = {one.name: one for one in approval.outcome.after}
    for metric, one in now:
        yield metric.title, *(_said(metric, found) for found in (before.get(one.name), after.get(one.name), one))


def _said(metric: Metric[Any], found: Measurement | None) -> str:
    if found is None:
        return "\u2013"
    match found.measured:
        case Value(value=value):
            bad = f" ({found.level.value})" if found.level in {Level.ALERT, Level.PAGE} else ""
            return f"{amount(value, metric.unit)}{bad}"
        case Missing():
            return "no data"


def _title(approval: Approval) -> str:
    return f"{_ago(approval)} later"


def _ago(approval: Approval) -> str:
    minutes = approval.plan.look_again_s / 60
    return f"{minutes:.0f} min" if minutes >= 1 else f"{approval.plan.look_again_s:.0f} s"
