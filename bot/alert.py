"""What is known about a metric, and when that is worth telling: pure, and it never reads a clock."""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.command import Measurement
from bot.report import Level, Record


class Rule(Record):
    """How long a change must last before it counts, in seconds."""

    alert_for: float = 60
    page_for: float = 60
    no_data_for: float = 180
    calm_for: float = 60


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


class Alert(Record):
    """The state of one metric of one database.

    `level` is what people were told, `timers` what the samples say. `incident` is the id of the open incident, empty when all is
    well. `worst` is the worst level of this incident, `channel` where its card stands.
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
    last: Measurement | None = None
    channel: str = ""
    acknowledged_by: str = ""
    acknowledged_name: str = ""
    acknowledged_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is an incident that is not over."""
        return bool(self.incident) and self.level is not Level.OK


class Change(StrEnum):
    """What a sample changed that people should hear of."""

    OPENED = "opened"
    WORSE = "worse"
    BETTER = "better"
    RECOVERED = "recovered"


def judge(rule: Rule, alert: Alert, sample: Measurement) -> tuple[Alert, Change | None]:
    """What is known after one more sample, and what of it is news.

    A level that is not the told one must last (`alert_for`, `page_for`, `no_data_for`, `calm_for`) before it is told.
    A late sample, older than the last, changes nothing. Source: the runbook's SLO table; for-duration as in Prometheus alerting rules.
    """
    if alert.last is not None and sample.at <= alert.last.at:
        return alert, None
    timers = _timers(alert.timers, sample.level, sample.at)
    seen = alert.model_copy(update={"last": sample, "timers": timers})
    level = _to_tell(rule, seen, sample.at)
    return (seen, None) if level is alert.level else _turn(seen, level, sample.at)


def _timers(before: Timers, level: Level, at: datetime) -> Timers:
    holds = {
        "alert": level in {Level.ALERT, Level.PAGE},
        "page": level is Level.PAGE,
        "below_page": level in {Level.OK, Level.INFO, Level.ALERT},
        "calm": level in {Level.OK, Level.INFO},
        "blind": level is Level.NO_DATA,
    }
    return Timers(**{name: (getattr(before, name) or at) if now else None for name, now in holds.items()})


def _to_tell(rule: Rule, alert: Alert, at: datetime) -> Level:
    def lasts(since: datetime | None, seconds: float) -> bool:
        return since is not None and at - since >= timedelta(seconds=seconds)

    timers = alert.timers
    if lasts(timers.page, rule.page_for):
        return Level.PAGE
    if lasts(timers.calm, rule.calm_for):
        return Level.OK
    if lasts(timers.blind, rule.no_data_for):
        return Level.NO_DATA
    if alert.level is Level.PAGE:
        return Level.ALERT if lasts(timers.below_page, rule.calm_for) else Level.PAGE
    return Level.ALERT if lasts(timers.alert, rule.alert_for) else alert.level


def _turn(alert: Alert, level: Level, at: datetime) -> tuple[Alert, Change]:
    turned = {"level": level, "since": at}
    order = list(Level)
    if level is Level.OK:
        return alert.model_copy(update=turned | {"closed_at": at}), Change.RECOVERED
    if alert.level is Level.OK:
        began = alert.timers.blind if level is Level.NO_DATA else alert.timers.alert
        opened = {"opened_at": began, "closed_at": None, "worst": level, "incident": _name(alert, at)}
        return alert.model_copy(
            update=turned | opened | {"acknowledged_by": "", "acknowledged_name": "", "acknowledged_at": None}
        ), Change.OPENED
    worse = order.index(level) > order.index(alert.level)
    top = max(alert.worst, level, key=order.index)
    return alert.model_copy(update=turned | {"worst": top}), Change.WORSE if worse else Change.BETTER


def _name(alert: Alert, at: datetime) -> str:
    return f"{alert.database}.{alert.metric}.{at:%Y%m%dT%H%M%S%f}"
