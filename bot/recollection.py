"""What the store remembers about one database, as commands see it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from bot.alert import Alert
from bot.approval import Approval, StepRecord
from bot.command import (
    STRAGGLER,
    Burning,
    Burnt,
    Entry,
    Hush,
    Journaled,
    Keepsake,
    Measurement,
    PastRun,
    PastStep,
    Remembered,
    Trail,
)
from bot.report import Level
from bot.store import AuditRow, Store

SHORTEST_ID = 4
LOOKED_THROUGH = 500
"""How many plans are looked through for the beginning of an id."""


@dataclass(frozen=True)
class Recollection:
    """What the store remembers about one database."""

    store: Store
    database: str

    def runs(self, limit: int) -> Sequence[PastRun]:
        """The last plans, newest first; what a schedule did silently and well stands in the schedule."""
        return [_past(one) for one in self.store.approvals(database=self.database, limit=limit, loud=True)]

    def run(self, run: str) -> Remembered | None:
        """The plan of an id, or of the beginning of one that no other has; None when there is none here."""
        approval = plan_named(self.store, run, self.database)
        if approval is None or approval.database != self.database:
            return None
        return Remembered(
            run=_past(approval),
            risk=approval.grade,
            steps=tuple(_journaled(approval, record) for record in self.store.steps(approval.id)),
        )

    def trail(self, run: str) -> Trail:
        """The audit of the plan of an id, oldest first, and whether the chain holds from its first row to its last."""
        rows = self.store.audit_of(run)
        verdict = self.store.verify_audit_of(run)
        broken = "" if verdict.holds else f"row {verdict.broken} is {verdict.flaw}"
        return Trail(
            entries=tuple(_entry(row) for row in rows),
            checked=verdict.checked,
            broken=broken if rows else "its rows are missing",
        )

    def durations(self, titles: Iterable[str]) -> Mapping[str, PastStep]:
        """How long steps took, by title."""
        found = self.store.durations(self.database, titles)
        return {title: PastStep(title=title, seconds=seconds) for title, seconds in found.items()}

    def last_done(self, titles: Iterable[str]) -> Mapping[str, datetime]:
        """When steps last succeeded, by title."""
        return self.store.last_done(self.database, titles)

    def samples(self, metric: str, since: datetime) -> Sequence[Measurement]:
        """What was measured of a metric since a moment, oldest first; not what a clock that was ahead has dated later than now."""
        latest = self.store.now() + STRAGGLER
        return [one for one in self.store.samples(self.database, metric, since) if one.at <= latest]

    def burning(self) -> Sequence[Burning]:
        """The open incidents of all databases, the worst first."""
        at = self.store.now()
        open_ones = [_burning(alert, self.silences(at), at) for alert in self.store.alerts() if alert.is_open]
        order = list(Level)
        return sorted(open_ones, key=lambda one: (-order.index(one.level), one.since))

    def burnt(self, since: datetime) -> Sequence[Burnt]:
        """The incidents of this database since a moment."""
        return [
            Burnt(
                metric=one.metric,
                worst=one.worst,
                since=one.opened_at or one.since,
                until=None if one.is_open else one.closed_at,
            )
            for one in self.store.incidents(self.database, since)
        ]

    def keepsake(self, name: str) -> Keepsake | None:
        """What was kept with the last report."""
        return self.store.keepsake(self.database, name)

    def silences(self, at: datetime) -> Sequence[Hush]:
        """The silences of all databases that hold at a moment."""
        return [hush for hush in self.store.silences() if hush.since <= at < hush.until]


def plan_named(store: Store, run: str, database: str | None = None) -> Approval | None:
    """The plan of an id, or of the beginning of one that no other of the newest has; of one database when one is given."""
    exact = store.approval(run)
    if exact is not None or len(run) < SHORTEST_ID:
        return exact
    newest = store.approvals(database=database, limit=LOOKED_THROUGH)
    alike = [one for one in newest if one.id.startswith(run.lower())]
    return alike[0] if len(alike) == 1 else None


def _burning(alert: Alert, silences: Sequence[Hush], at: datetime) -> Burning:
    until = [hush.until for hush in silences if hush.covers(alert.database, alert.metric, at)]
    return Burning(
        id=alert.incident,
        database=alert.database,
        metric=alert.metric,
        level=alert.level,
        since=alert.opened_at or alert.since,
        last=alert.last,
        owner=alert.acknowledged_name or alert.acknowledged_by,
        silenced_until=max(until, default=None),
    )


def _past(one: Approval) -> PastRun:
    return PastRun(
        id=one.id,
        text=one.text,
        database=one.database,
        state=one.state.value,
        requester=one.requester_name or one.requester,
        decider=one.decider_name or one.decider,
        asked_at=one.asked_at,
        ended_at=one.ended_at,
        outcome=one.outcome.said,
        command=one.command,
        requester_id=one.requester,
        reason=one.reason,
        review=_review(one),
    )


def _review(one: Approval) -> str:
    """What became of the review of a run whose requester broke the glass; empty for all others."""
    if not one.plan.break_glass:
        return ""
    if one.review is None:
        return f"not reviewed yet, due {one.review_by:%Y-%m-%d %H:%M}"
    return f"by {one.review.name or one.review.person}, {one.review.at:%Y-%m-%d %H:%M:%S}"


def _journaled(approval: Approval, record: StepRecord) -> Journaled:
    return Journaled(
        step=approval.plan.steps[record.number],
        state=record.state.value,
        started_at=record.started_at,
        ended_at=record.ended_at,
        said=record.said,
    )


def _entry(row: AuditRow) -> Entry:
    told = ", ".join(f"{name}: {_said(value)}" for name, value in row.body.items() if value not in ("", None))
    return Entry(at=row.at, actor=row.actor, action=row.action, said=told)


def _said(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
