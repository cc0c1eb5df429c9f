# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# APScheduler 3 ships no types.
"""Cron expressions as hours on a wall, and the moments that those are: pure.

APScheduler reads the expression, but in UTC: in a time zone its trigger gives a daily time twice on the night on which the
clock is put back. Here a time of day comes once on every day, and what runs every hour runs in both hours of that night.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from bot.command.window import DAYS, moment
from bot.report import Record

FORM = 'as "0 2 * * mon-fri": minute, hour, day of the month, month, day of the week'
NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
"""In cron's order, in which 7 is Sunday as well; APScheduler counts from Monday, so it is given names."""
FIELDS = 5
AROUND = timedelta(hours=3)
"""More than any clock is put back or leaps."""
BACK = (timedelta(hours=1), timedelta(days=1), timedelta(days=8), timedelta(days=32), timedelta(days=366 * 5))
"""How far is looked back for the last time: near first, because most come often."""
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class Cron(Record):
    """Five fields, read on the clocks of a time zone."""

    text: str
    zone: str = "UTC"

    def after(self, at: datetime) -> datetime:
        """The first time after a moment."""
        zone = ZoneInfo(self.zone)
        seconds: list[datetime] = []
        for wall in _walls(self.text, at.astimezone(zone).replace(tzinfo=None) - AROUND):
            first = moment(wall.date(), wall.time(), zone)
            seconds += [again for again in self._again(wall, zone) if again > at]
            if first > at:
                return min([first, *seconds])
        raise AssertionError("an expression that never comes is refused when it is read")

    def latest(self, at: datetime) -> datetime | None:
        """The last time at or before a moment; None when there was none in five years."""
        return _latest(self.text, self.zone, at.replace(second=0, microsecond=0))

    @property
    def words(self) -> str:
        """As people say it where it is simple, as "Mon-Fri 02:00"; else as it is written."""
        minute, hour, day, month, weekday = self.text.split()
        if not (minute.isdigit() and hour.isdigit()) or (day, month) != ("*", "*"):
            return self.text
        return f"{_in_words(weekday)} {int(hour):02}:{int(minute):02}"

    def _again(self, wall: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """The same time in the hour that comes twice, for what runs every hour."""
        second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
        is_shown = second.astimezone(zone).replace(tzinfo=None, fold=0) == wall
        if self.text.split()[1] == "*" and is_shown and second != wall.replace(tzinfo=zone).astimezone(UTC):
            yield second


def written(text: str) -> str:
    """An expression as it is kept: the days of the week by their names.

    Raises:
        ValueError: it is none, or never comes; says how one is written.
    """
    fields = text.lower().split()
    if len(fields) != FIELDS:
        raise ValueError(f"a cron expression has {FIELDS} fields, {FORM}; this has {len(fields)}")
    *others, weekday = fields
    if others[2] != "*" and weekday != "*":
        raise ValueError("name days of the month or days of the week, not both: cron means either, which surprises")
    kept = " ".join([*others, _weekdays(weekday)])
    try:
        comes = _trigger(kept).get_next_fire_time(None, BEGIN)
    except ValueError as error:
        raise ValueError(f"it is no cron expression ({error}); one is written {FORM}") from None
    if comes is None:
        raise ValueError(f"it never comes: no year has such a day; one is written {FORM}")
    return kept


def _weekdays(field: str) -> str:
    """Days of the week for APScheduler: a range that it knows, else one by one."""
    if field == "*":
        return field
    days = sorted({day for part in field.split(",") for day in _range(part)})
    first, last = days[0], days[-1]
    together = len(days) > 1 and days == list(range(first, last + 1))
    short = [name.lower() for name in DAYS]
    return f"{short[first]}-{short[last]}" if together else ",".join(short[day] for day in days)


def _range(part: str) -> list[int]:
    """The days of one part, 0 for Monday."""
    found = re.fullmatch(r"(\*|\w+)(?:-(\w+))?(?:/(\d+))?", part)
    if found is None or (found[1] == "*" and found[2]) or found[3] == "0":
        raise ValueError(f"{part[:20]!r} is no day of the week; they are sun, mon to sat, or 0 to 7")
    begin = 0 if found[1] == "*" else _day(found[1])
    end = 6 if found[1] == "*" else _day(found[2] or found[1])
    if found[3] and not found[2]:
        end = 6
    return [(begin + step - 1) % 7 for step in range(0, (end - begin) % 7 + 1, int(found[3] or 1))]


def _day(text: str) -> int:
    """A day of the week in cron's order."""
    if text in NAMES:
        return NAMES.index(text)
    if re.fullmatch(r"[0-7]", text):
        return int(text) % 7
    raise ValueError(f"{text[:20]!r} is no day of the week; they are sun, mon to sat, or 0 to 7")


def _walls(text: str, wall: datetime) -> Iterator[datetime]:
    trigger, at = _trigger(text), wall.replace(tzinfo=UTC)
    while (found := trigger.get_next_fire_time(None, at)) is not None:
        yield found.replace(tzinfo=None)
        at = found + timedelta(microseconds=1)


def _in_words(field: str) -> str:
    """Days of the week as people say them; those in a row by the first and the last, over the week's end too."""
    if field == "*":
        return "daily"
    short = [name.lower() for name in DAYS]
    days = {short.index(name) for part in field.split(",") for name in _between(part, short)}
    begins = [day for day in days if (day - 1) % 7 not in days]
    if len(begins) == 1 and len(days) > 1:
        return f"{DAYS[begins[0]]}-{DAYS[(begins[0] + len(days) - 1) % 7]}"
    return ",".join(DAYS[day] for day in sorted(days))


def _between(part: str, short: list[str]) -> list[str]:
    first, _, last = part.partition("-")
    return short[short.index(first) : short.index(last or first) + 1]


@lru_cache(maxsize=1000)
def _latest(text: str, zone: str, minute: datetime) -> datetime | None:
    """The last time up to a minute; kept, because many databases share an expression and are asked every few seconds."""
    return next((found for back in BACK if (found := _last(Cron(text=text, zone=zone), minute - back, minute))), None)


def _last(cron: Cron, since: datetime, at: datetime) -> datetime | None:
    found, next_one = None, cron.after(since - timedelta(microseconds=1))
    while next_one <= at:
        found, next_one = next_one, cron.after(next_one)
    return found


@lru_cache(maxsize=1000)
def _trigger(text: str) -> CronTrigger:
    return CronTrigger.from_crontab(text, timezone=UTC)
