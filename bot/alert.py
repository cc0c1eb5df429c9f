"""What is known about a metric, and when that is worth telling: pure, and it never reads a clock."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.command import Direction, Measurement, Metric, Missing, is_put_back
from bot.report import Level, Record, Report

HOUR = timedelta(hours=1)
MOST_GAPS = 20
BURNING = frozenset({Level.ALERT, Level.PAGE})
CALM = frozenset({Level.OK, Level.INFO})


class Rule(Record):
    """How long a change must last before it counts, in seconds, and where a line is left again.

    `alert_exit` and `page_exit` are the lines behind which a value has to come back; without one it is the line itself. `no_data_page_for`
    is None for what wakes nobody. When no sample came for `gap`, the time between counts neither as bad nor as good. Each time that it
    comes back within an hour the calm has to last longer, and more than `flaps` times are flapping. `repeat_page` and `remind_owner`
    are 0 for never. An incident that comes back within `reopen_for` is the same one.
    """

    alert_for: float = 60
    page_for: float = 60
    no_data_for: float = 180
    no_data_page_for: float | None = 900
    calm_for: float = 300
    reopen_for: float = 900
    gap: float = 60
    flaps: int = 3
    repeat_page: float = 1800
    remind_owner: float = 3600
    alert_exit: float | None = None
    page_exit: float | None = None
    worse: Direction = Direction.HIGHER


class Timers(Record):
    """Since when the samples have been so without a break, as in Prometheus' alerting rules; None while they are not.

    `alert` is "at least alert" and `below_page` "known and less than page": a value that swings about one line has still
    crossed, or left, the other.
    """

    alert: datetime | None = None
    page: datetime | None = None
    below_page: datetime | None = None
    calm: datetime | None = None
    blind: datetime | None = None

    @property
    def running(self) -> list[datetime]:
        """When those that run began."""
        return [began for began in (self.alert, self.page, self.below_page, self.calm, self.blind) if began]


class Gap(Record):
    """A time in which nobody measured."""

    start: datetime
    end: datetime


class Alert(Record):
    """The state of one metric of one database.

    `level` is what its incident stands at, `told` what messages have said of it (`on_card`: it has a card, `paged`: somebody was woken),
    `timers` what the samples say. `incident` is the id
    of the open incident, empty when there never was one. `worst` is the worst level of this incident, `channel` where its card stands,
    `turns` when it got bad within the last hour, `cause` the metric of whose incident this one is a consequence now, `unwatched` why
    its incident ended without a recovery.
    """

    database: str
    metric: str
    level: Level = Level.OK
    since: datetime
    timers: Timers = Timers()
    incident: str = ""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    worst: Level = Level.OK
    told: Level = Level.OK
    on_card: bool = False
    paged: bool = False
    news_at: datetime | None = None
    last: Measurement | None = None
    gaps: tuple[Gap, ...] = ()
    turns: tuple[datetime, ...] = ()
    flapping: bool = False
    cause: str = ""
    unwatched: str = ""
    channel: str = ""
    acknowledged_by: str = ""
    acknowledged_name: str = ""
    acknowledged_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is an incident that is not over."""
        return bool(self.incident) and self.level is not Level.OK


class Findings(Record):
    """The answers to Scout's own questions about an incident, and when they were given."""

    at: datetime
    answers: tuple[Report, ...] = ()


class Change(StrEnum):
    """What a sample changed that people should hear of."""

    OPENED = "opened"
    REOPENED = "reopened"
    WORSE = "worse"
    BETTER = "better"
    RECOVERED = "recovered"
    FLAPPING = "flapping"
    REPEATED = "repeated"
    REMINDED = "reminded"
    UNWATCHED = "no longer watched"


OVER = frozenset({Change.RECOVERED, Change.UNWATCHED})
"""The changes with which an incident ends."""


def judge(rule: Rule, alert: Alert, sample: Measurement, cause: str = "") -> tuple[Alert, Change | None]:
    """What is known after one more sample, and what of it is news.

    A level that is not the present one must last (`alert_for`, `page_for`, `no_data_for`, `calm_for`) before it counts. A late sample,
    older than the last, changes nothing, unless a clock was put back. While another incident is the `cause`, no incident opens.
    Source: the runbook's SLO table; for-duration as in Prometheus' alerting rules.
    """
    at = sample.at
    if alert.last is not None and at <= alert.last.at:
        if not is_put_back(alert.last.at, at):
            return alert, None
        alert = _no_later(alert, at)
    seen = _seen(rule, alert, sample).model_copy(update={"cause": cause})
    level = _level(rule, seen, at)
    if level is alert.level or (cause and not alert.is_open):
        return _same(rule, seen, at)
    return _turn(rule, seen, level, at)


def forsaken(alert: Alert, why: str, at: datetime) -> Alert:
    """The alert whose incident ends because nobody watches the metric any more; `why` is a clause, as "it left the settings"."""
    ended = {"level": Level.OK, "since": at, "closed_at": at, "news_at": at}
    return alert.model_copy(update=ended | {"timers": Timers(), "cause": "", "unwatched": why})


def rule_of(base: Rule, metric: Metric[Any]) -> Rule:
    """The rule for one metric: its exit lines and its patience; what wakes nobody does not page for want of data either."""
    return base.model_copy(
        update={
            "alert_for": metric.alert_for or base.alert_for * metric.patience,
            "page_for": metric.alert_for or base.page_for * metric.patience,
            "no_data_page_for": None if metric.page is None else base.no_data_page_for,
            "alert_exit": metric.exit_line(metric.alert, metric.alert_exit),
            "page_exit": None if metric.page is None else metric.exit_line(metric.page, metric.page_exit),
            "worse": metric.worse,
        }
    )


# --- what the samples say


def _no_later(alert: Alert, at: datetime) -> Alert:
    """What is known, with all that a clock which was ahead has dated later than now: how long ago it was nobody can say."""

    def past(moment: datetime | None) -> datetime | None:
        return moment and min(moment, at)

    moments = ("since", "opened_at", "closed_at", "news_at", "acknowledged_at")
    return alert.model_copy(
        update={
            **{name: past(getattr(alert, name)) for name in moments},
            "timers": Timers(**{name: past(began) for name, began in alert.timers}),
            "gaps": tuple(Gap(start=gap.start, end=min(gap.end, at)) for gap in alert.gaps if gap.start < at),
            "turns": tuple(min(turn, at) for turn in alert.turns),
        }
    )


def _seen(rule: Rule, alert: Alert, sample: Measurement) -> Alert:
    timers = _timers(alert.timers, sample.level, _held(rule, alert, sample), sample.at)
    came_back = timers.alert == sample.at and alert.timers.calm is not None
    paged_again = timers.page == sample.at and alert.timers.below_page is not None and alert.worst is Level.PAGE
    new = (sample.at,) if came_back or (paged_again and alert.is_open) else ()
    turns = tuple(turn for turn in (*alert.turns, *new) if sample.at - turn < HOUR)
    seen = alert.model_copy(update={"last": sample, "timers": timers, "turns": turns})
    return seen.model_copy(update={"gaps": _gaps(rule, alert, seen)})


def _held(rule: Rule, alert: Alert, sample: Measurement) -> Level:
    """The level that a value still holds: of an incident it lets go only behind the exit line."""
    if isinstance(sample.measured, Missing) or alert.level not in BURNING or sample.level is Level.INFO:
        return sample.level  # without a value, without an incident, or in hours in which it is not judged
    value = sample.measured.value if rule.worse is Direction.HIGHER else -sample.measured.value
    for line, level in ((rule.page_exit, Level.PAGE), (rule.alert_exit, Level.ALERT)):
        if line is not None and value > (line if rule.worse is Direction.HIGHER else -line):
            return _worse(level, sample.level)
    return sample.level


def _timers(before: Timers, level: Level, held: Level, at: datetime) -> Timers:
    holds = {
        "alert": level in BURNING,
        "page": level is Level.PAGE,
        "below_page": held in CALM or held is Level.ALERT,
        "calm": held in CALM,
        "blind": level is Level.NO_DATA,
    }
    return Timers(**{name: (getattr(before, name) or at) if now else None for name, now in holds.items()})


def _gaps(rule: Rule, before: Alert, after: Alert) -> tuple[Gap, ...]:
    """The times without samples that still matter; many become one, which counts less as seen and never more."""
    gaps = before.gaps
    if before.last is not None and after.last is not None:
        gap = Gap(start=before.last.at, end=after.last.at)
        gaps += (gap,) if gap.end - gap.start > timedelta(seconds=rule.gap) else ()
    began = [after.opened_at] if after.is_open and after.opened_at else []
    oldest = min([*after.timers.running, *began], default=after.since)
    kept = tuple(gap for gap in gaps if gap.end > oldest)
    if len(kept) > MOST_GAPS:
        kept = (Gap(start=kept[0].start, end=kept[1].end), *kept[2:])
    return kept


def unseen(gaps: Iterable[Gap], since: datetime) -> timedelta:
    """For how much of the time since a moment nobody measured."""
    return sum((gap.end - max(gap.start, since) for gap in gaps if gap.end > since), timedelta())


# --- what follows from it


def _level(rule: Rule, alert: Alert, at: datetime) -> Level:
    """The level that the samples have earned."""

    def lasts(since: datetime | None, seconds: float | None) -> bool:
        if since is None or seconds is None:
            return False
        return at - since - unseen(alert.gaps, since) >= timedelta(seconds=seconds)

    timers = alert.timers
    if lasts(timers.page, rule.page_for) or lasts(timers.blind, rule.no_data_page_for):
        return Level.PAGE
    if lasts(timers.calm, rule.calm_for * _patience(rule, alert)):
        return Level.OK
    if alert.level is Level.PAGE:
        return Level.ALERT if lasts(timers.below_page, rule.calm_for) else Level.PAGE
    if lasts(timers.blind, rule.no_data_for):
        return Level.NO_DATA
    return Level.ALERT if lasts(timers.alert, rule.alert_for) else alert.level


def _patience(rule: Rule, alert: Alert) -> int:
    """How many times as long the calm has to last: as often as it came back within the hour."""
    return min(max(1, len(alert.turns)), rule.flaps + 1)


def _same(rule: Rule, alert: Alert, at: datetime) -> tuple[Alert, Change | None]:
    """No other level; but perhaps it flaps, or nobody has looked for too long."""
    if not alert.is_open:
        return alert, None
    if len(alert.turns) > rule.flaps and not alert.flapping:
        return alert.model_copy(update={"flapping": True, "news_at": at}), Change.FLAPPING
    waited = (at - max(filter(None, (alert.news_at, alert.acknowledged_at, alert.since)))).total_seconds()
    if alert.acknowledged_by:
        due = Change.REMINDED if 0 < rule.remind_owner <= waited else None
    else:
        due = Change.REPEATED if alert.level is Level.PAGE and 0 < rule.repeat_page <= waited else None
    return (alert.model_copy(update={"news_at": at}), due) if due else (alert, None)


def _turn(rule: Rule, alert: Alert, level: Level, at: datetime) -> tuple[Alert, Change | None]:
    turned = {"level": level, "since": at, "news_at": at}
    if level is Level.OK:
        return alert.model_copy(update=turned | {"closed_at": at}), Change.RECOVERED
    if alert.level is not Level.OK:
        return _moved(rule, alert.model_copy(update=turned), alert.level)
    if alert.closed_at is not None and at - alert.closed_at <= timedelta(seconds=rule.reopen_for):
        again = turned | {"closed_at": None, "unwatched": "", "worst": _worse(alert.worst, level)}
        return alert.model_copy(update=again), Change.REOPENED
    return _opened(alert.model_copy(update=turned), at), Change.OPENED


def _moved(rule: Rule, alert: Alert, before: Level) -> tuple[Alert, Change | None]:
    """From one bad level to another; what only flaps between two that are told already is no news."""
    is_worse = alert.level is _worse(alert.level, before)
    known = alert.flapping and alert.level is not Level.NO_DATA and alert.worst is _worse(alert.worst, alert.level)
    moved = alert.model_copy(update={"worst": _worse(alert.worst, alert.level)})
    if len(alert.turns) > rule.flaps and not alert.flapping:
        moved = moved.model_copy(update={"flapping": True})
    return moved, None if known else Change.WORSE if is_worse else Change.BETTER


def _opened(alert: Alert, at: datetime) -> Alert:
    fresh = {
        "opened_at": alert.timers.alert or alert.timers.blind or at,
        "closed_at": None,
        "worst": alert.level,
        "told": Level.OK,
        "on_card": False,
        "paged": False,
        "incident": f"{alert.database}.{alert.metric}.{at:%Y%m%dT%H%M%S%f}",
        "turns": alert.turns[-1:],
        "flapping": False,
        "unwatched": "",
        "channel": "",
        "acknowledged_by": "",
        "acknowledged_name": "",
        "acknowledged_at": None,
    }
    return alert.model_copy(update=fresh)


def _worse(one: Level, other: Level) -> Level:
    return max(one, other, key=list(Level).index)
