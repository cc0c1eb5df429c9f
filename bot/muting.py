"""Who is told where, and what is told to nobody for a while: silences, quiet hours and routes, pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from bot.alert import OVER, Alert, Change
from bot.command import Hush
from bot.report import Level, Record

QUIET_HOURS = "quiet hours"
CAUSE = "a consequence"


class QuietHours(Record):
    """The hours in which nothing but a page is told, on the clocks of a time zone; they may span midnight."""

    start: time = Field(alias="from")
    until: time
    zone: str = "UTC"

    @field_validator("zone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("it has to be a time zone, as Europe/Berlin") from None
        return value

    def hold(self, at: datetime) -> bool:
        """Whether a moment lies in them; the same time twice is all day."""
        now = at.astimezone(ZoneInfo(self.zone)).time()
        if self.start < self.until:
            return self.start <= now < self.until
        return now >= self.start or now < self.until


class Route(Record):
    """The channel for incidents of some metrics of some databases; an empty list means all of them."""

    metrics: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    channel: str = Field(min_length=1)

    def fits(self, database: str, metric: str) -> bool:
        """Whether an incident goes this way."""
        return (not self.databases or database in self.databases) and (not self.metrics or metric in self.metrics)


def channel_of(routes: Iterable[Route], database: str, metric: str, default: str) -> str:
    """Where an incident is told: the first route that fits, else the alert channel."""
    return next((route.channel for route in routes if route.fits(database, metric)), default)


def muted(alert: Alert, silences: Iterable[Hush], quiet: QuietHours | None, at: datetime) -> str:
    """By what the messages of an incident are held back now: the id of a silence, `QUIET_HOURS`, `CAUSE`, or nothing.

    An incident that has been at page is exempt from quiet hours to its end.
    """
    silence = next((hush.id for hush in silences if hush.covers(alert.database, alert.metric, at)), "")
    if silence:
        return silence
    if alert.cause:
        return CAUSE
    return QUIET_HOURS if quiet and quiet.hold(at) and alert.worst is not Level.PAGE else ""


def heard(alert: Alert, news: Change | None, mute: str) -> tuple[Alert, Change | None]:
    """What people are told now: nothing of what is muted, and what was kept from them as soon as it no longer is."""
    if mute or (not alert.is_open and news not in OVER):
        return alert, None
    if news in OVER:
        return alert.model_copy(update={"told": Level.OK}), news if alert.told is not Level.OK else None
    said = _owed(alert, news)
    paged = alert.paged or alert.level is Level.PAGE
    told = {"told": alert.level, "on_card": True, "paged": paged}
    return (alert.model_copy(update=told), said) if said else (alert, None)


def _owed(alert: Alert, news: Change | None) -> Change | None:
    order = list(Level)
    if alert.told is Level.OK and news is not Change.REOPENED:
        return Change.OPENED
    if news is None and order.index(alert.level) > order.index(alert.told):
        return Change.WORSE
    return news


def covering(silences: Sequence[Hush], database: str, metric: str, at: datetime) -> Hush | None:
    """The silence that holds for a metric and ends last."""
    found = [hush for hush in silences if hush.covers(database, metric, at)]
    return max(found, key=lambda hush: hush.until, default=None)
