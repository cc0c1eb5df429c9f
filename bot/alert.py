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


class Alert(Record):
    """The state of one metric of one database.

    `level` is what people were told; `toward` is where the samples point since `toward_since`, when that differs.
    `incident` is the id of the open incident, empty when all is well. `worst` is the worst level of this incident.
    """

    database: str
    metric: str
    level: Level = Level.OK
    since: datetime
    toward: Level | None = None
    toward_since: datetime | None = None
    incident: str = ""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    worst: Level = Level.OK
    last: Measurement | None = None
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None


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
    seen = alert.model_copy(update={"last": sample})
    level = _as_told(sample.level)
    if level == alert.level:
        return seen.model_copy(update={"toward": None, "toward_since": None}), None
    if level == alert.toward and alert.toward_since is not None:
        return _lasting(rule, seen, level, sample.at)
    return _lasting(rule, seen.model_copy(update={"toward": level, "toward_since": sample.at}), level, sample.at)


def _as_told(level: Level) -> Level:
    return Level.OK if level is Level.INFO else level


def _lasting(rule: Rule, alert: Alert, level: Level, at: datetime) -> tuple[Alert, Change | None]:
    since = alert.toward_since or at
    if at - since < timedelta(seconds=_patience(rule, level)):
        return alert, None
    return _turn(alert, level, at)


def _patience(rule: Rule, level: Level) -> float:
    waits = {Level.ALERT: rule.alert_for, Level.PAGE: rule.page_for, Level.NO_DATA: rule.no_data_for}
    return waits.get(level, rule.calm_for)


def _turn(alert: Alert, level: Level, at: datetime) -> tuple[Alert, Change]:
    turned = {"level": level, "since": at, "toward": None, "toward_since": None}
    order = list(Level)
    if level is Level.OK:
        return alert.model_copy(update=turned | {"closed_at": at}), Change.RECOVERED
    if alert.level is Level.OK:
        opened = {"opened_at": alert.toward_since, "closed_at": None, "worst": level, "incident": _name(alert, at)}
        return alert.model_copy(
            update=turned | opened | {"acknowledged_by": "", "acknowledged_at": None}
        ), Change.OPENED
    worse = order.index(level) > order.index(alert.level)
    top = max(alert.worst, level, key=order.index)
    return alert.model_copy(update=turned | {"worst": top}), Change.WORSE if worse else Change.BETTER


def _name(alert: Alert, at: datetime) -> str:
    return f"{alert.database}.{alert.metric}.{at:%Y%m%dT%H%M%S%f}"
