"""A maintenance window: days of the week and hours in a time zone, and when it opens next. Pure."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.report import Record

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FORM = 'as "Sat 02:00-06:00", "Mon-Fri 01:00-03:00", "Sat,Sun 22:00-02:00" or "daily 02:00-04:00"'
_MINUTE = timedelta(minutes=1)
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)", re.ASCII)
_LOOK_AHEAD = 16
"""Days: a weekly window whose hour the clock leaps over does not open for two weeks."""


class Opening(Record):
    """One opening of a window, in UTC; `zone` is the time zone in which people are told of it."""

    opens_at: datetime
    closes_at: datetime
    zone: str = "UTC"

    def is_open(self, at: datetime) -> bool:
        """Whether something may be begun at a moment."""
        return self.opens_at <= at < self.closes_at

    def is_over(self, at: datetime) -> bool:
        """Whether it has closed for good."""
        return at >= self.closes_at

    @property
    def opens(self) -> str:
        """When it opens, as people say it: `Sat 02:00 Europe/Berlin (5 Dec)`."""
        local = self.opens_at.astimezone(ZoneInfo(self.zone))
        return f"{DAYS[local.weekday()]} {local:%H:%M} {self.zone} ({local.day} {MONTHS[local.month - 1]})"

    @property
    def words(self) -> str:
        """From when until when: `Sat 02:00 to 06:00 Europe/Berlin (5 Dec)`."""
        closes = self.closes_at.astimezone(ZoneInfo(self.zone))
        begin, rest = self.opens.split(f" {self.zone}")
        return f"{begin} to {closes:%H:%M} {self.zone}{rest}"

    @property
    def seconds(self) -> float:
        """How long it is open."""
        return (self.closes_at - self.opens_at).total_seconds()


class Window(Record):
    """Hours on days of the week, in a time zone; one that ends before it begins ends on the next day."""

    days: tuple[int, ...]
    begins: time
    ends: time
    zone: str

    def opening(self, at: datetime) -> Opening:
        """The opening that lasts at a moment, else the next one."""
        return next(one for one in self._openings(at) if one.opens_at < one.closes_at and not one.is_over(at))

    def _openings(self, at: datetime) -> Iterator[Opening]:
        today = at.astimezone(ZoneInfo(self.zone)).date()
        around = (today + timedelta(days=number) for number in range(-1, _LOOK_AHEAD))
        return (self._on(day) for day in around if day.weekday() in self.days)

    def _on(self, day: date) -> Opening:
        last = day + timedelta(days=1) if self.ends <= self.begins else day
        zone = ZoneInfo(self.zone)
        return Opening(opens_at=moment(day, self.begins, zone), closes_at=moment(last, self.ends, zone), zone=self.zone)


def window(text: str, zone: str) -> Window:
    """Read a window.

    Raises:
        ValueError: it is none; says how one is written.
    """
    days, _, hours = text.strip().rpartition(" ")
    found = _HOURS.fullmatch(hours)
    if found is None:
        raise ValueError(f"a window is written {FORM}")
    begins = time(int(found[1]), int(found[2]))
    ends = time(int(found[3] or 0), int(found[4] or 0))
    if begins == ends and found[3]:
        raise ValueError("a window may not end when it begins")
    return Window(days=_days(days.strip()), begins=begins, ends=ends, zone=zone)


def _days(text: str) -> tuple[int, ...]:
    if text.lower() == "daily":
        return tuple(range(7))
    return tuple(sorted({day for part in text.split(",") for day in _range(part.strip())}))


def _range(text: str) -> list[int]:
    first, dash, last = text.partition("-")
    begin = _day(first)
    end = _day(last) if dash else begin
    return [(begin + step) % 7 for step in range((end - begin) % 7 + 1)]


def _day(text: str) -> int:
    if text.strip().capitalize() not in DAYS:
        raise ValueError(f"a window is written {FORM}")
    return DAYS.index(text.strip().capitalize())


def moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """When a clock on the wall shows a time first; a time that it leaps over comes when it leaps."""
    local = datetime.combine(day, clock, zone)
    leapt = False
    while local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        local, leapt = local - _MINUTE, True
    return local.astimezone(UTC) + (_MINUTE if leapt else timedelta())
