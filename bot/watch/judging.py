"""What a round of samples of one database changes: incidents, what is told of them and what is held back, in one transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from graphlib import TopologicalSorter
from typing import Any

from bot.alert import BURNING, Alert, Change, Rule, forsaken, judge, rule_of
from bot.command import Measurement, Metric, PromQuery
from bot.muting import CAUSE, QuietHours, heard, muted
from bot.report import Level, Unit
from bot.store import Change as Writing
from bot.store import Fence, Store
from bot.telling import MOST_RUNS, Telling, done_since
from bot.watch.concluding import conclude

REACHABLE = Metric[Any](
    name="reachable",
    title="Database answers",
    unit=Unit.TEXT,
    alert=0.5,
    page=0.5,
    source=PromQuery(name="reachable", default=""),
    looks=(),
    charted=False,
)
"""The watch's own metric: 0 when a database answers, 1 when it does not; while it does not, nothing else of it is judged."""

FORSAKEN_AFTER = timedelta(minutes=5)
"""How long nobody has measured what ends as watched no more: while settings are rolled out, another process may still do so."""


@dataclass(frozen=True)
class Judging:
    """Judges samples and writes down what follows; it measures nothing and sends nothing."""

    store: Store
    rule: Rule
    telling: Telling
    quiet: QuietHours | None = None

    def take(self, database: str, samples: Sequence[Measurement], at: datetime, fence: Fence | None = None) -> None:
        """Judge the samples of one moment.

        Raises:
            LostLease: another process looks after it now, and nothing is written.
        """
        with self.store.change(fence) as change:
            # Read inside: an acknowledgement of this very moment is neither missed nor written over.
            known = {alert.metric: alert for alert in change.alerts(database)}
            change.put_samples(database, samples)
            for sample in self._causes_first(database, samples):
                before = known.get(sample.name) or Alert(database=database, metric=sample.name, since=at)
                metric = self.telling.metric(database, sample.name) or REACHABLE
                alert, news = judge(rule_of(self.rule, metric), before, sample, cause_of(metric, sample, known))
                known[sample.name] = self._tell(change, alert, news, at)

    def forsake(self, why: Callable[[Alert], str], at: datetime, fence: Fence | None = None) -> None:
        """End the open incidents of what is watched no more; `why` says so in a clause, and nothing of what is watched.

        Raises:
            LostLease: another process looks after it now, and nothing is written.
        """
        left = {alert.database for alert in self.store.burning() if _is_unseen(alert, at) and why(alert)}
        if not left:
            return
        with self.store.change(fence) as change:
            for alert in [alert for database in sorted(left) for alert in change.alerts(database)]:
                reason = why(alert) if alert.is_open and _is_unseen(alert, at) else ""
                if reason:
                    self._tell(change, forsaken(alert, reason, at), Change.UNWATCHED, at)

    def conclude(self, at: datetime) -> None:
        """End what silences and quiet hours held back, when their time is over."""
        conclude(self.store, self.telling, self.quiet, at)

    def _tell(self, change: Writing, alert: Alert, news: Change | None, at: datetime) -> Alert:
        """Keep what is known, with the messages that follow from it and what is held back of them."""
        if news is Change.OPENED:
            alert = alert.model_copy(update={"channel": self.telling.channel_for(alert.database, alert.metric)})
        mute = muted(alert, change.silences(), self.quiet, at)
        alert, said = heard(alert, news, mute)
        if news is None and not alert.is_open:
            change.put_calm(alert)
        else:
            change.put_alert(alert)
        if news is not None:
            self._record(change, alert, news, mute, at)
        done = self._done(alert) if said is Change.RECOVERED else ()
        for notice in self.telling.notices(alert, news, said, done, at):
            due = min(
                notice.due, change.now()
            )  # our clock may be ahead, and what is not due by the store's is not sent
            change.put_notice(notice.model_copy(update={"due": due}))
        return alert

    def _record(self, change: Writing, alert: Alert, news: Change, mute: str, at: datetime) -> None:
        body = {"metric": alert.metric, "level": alert.level.value}
        change.record("scout", f"incident {news.value}", alert.incident, body)
        if mute and mute != CAUSE:
            change.hold_back(mute, alert.incident, at)
        if news in {Change.OPENED, Change.REOPENED, Change.WORSE}:
            change.want_findings(alert.incident)

    def _done(self, alert: Alert) -> Sequence[str]:
        """The runs on the database since the incident began."""
        newest = self.store.approvals(database=alert.database, limit=MOST_RUNS)
        return done_since(newest, alert.opened_at or alert.since)

    def _causes_first(self, database: str, samples: Sequence[Measurement]) -> Iterable[Measurement]:
        """In the order in which a cause is judged before what follows from it."""
        found = {sample.name: sample for sample in samples}
        metrics = {name: self.telling.metric(database, name) for name in found}
        follows = {name: set(metric.follows) & set(found) if metric else set[str]() for name, metric in metrics.items()}
        return [found[name] for name in TopologicalSorter(follows).static_order()]


def cause_of(metric: Metric[Any], sample: Measurement, known: Mapping[str, Alert]) -> str:
    """The metric that this one is a consequence of now: one that burns, is about to or did in the time it speaks of, and no less."""
    since = sample.at - timedelta(seconds=metric.looks_back) if metric.looks_back else None
    order = list(Level)
    for name in metric.follows:
        level = _burnt(known[name], since) if name in known else Level.OK
        if level in BURNING and order.index(level) >= order.index(sample.level):
            return name
    return ""


def _is_unseen(alert: Alert, at: datetime) -> bool:
    """Whether nobody has measured it for a while."""
    return at - (alert.last.at if alert.last else alert.since) >= FORSAKEN_AFTER


def _burnt(cause: Alert, since: datetime | None) -> Level:
    """How badly a metric burns, or has burnt since a moment; without an incident, what its last sample says."""
    if cause.incident and since is not None and cause.since >= since:
        return cause.worst
    return cause.level if cause.is_open or cause.last is None else cause.last.level
