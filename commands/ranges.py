"""How far the ranges of partitions reach, and where they leave gaps: pure. Moments are seconds since 1970, UTC.

The partitions of one table never overlap: PostgreSQL refuses to attach one that would. So only gaps are looked for.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf, isfinite
from typing import NamedTuple

MOST_MONTHS = 24
NAMED = re.compile(r"(?<!\d)((?:19|20)\d\d)[^\d]?(0[1-9]|1[0-2])(?!\d)")


class Range(NamedTuple):
    """From a moment on and until before another; either may be infinite."""

    low: float
    high: float


def merged(ranges: Iterable[Range]) -> list[Range]:
    """The ranges in order, with those that touch made one."""
    found: list[Range] = []
    for one in sorted(ranges):
        if found and one.low <= found[-1].high:
            found[-1] = Range(found[-1].low, max(found[-1].high, one.high))
        else:
            found.append(one)
    return found


def covered_until(ranges: Sequence[Range], start: float) -> float:
    """How far rows from a moment on have a partition without a gap; the moment itself when it has none."""
    return next((one.high for one in merged(ranges) if one.low <= start < one.high), start)


def gaps(ranges: Sequence[Range], window: Range) -> list[Range]:
    """What of a window no range covers."""
    found: list[Range] = []
    at = window.low
    for one in merged(ranges):
        if one.low > at:
            found.append(Range(at, min(one.low, window.high)))
        at = max(at, one.high)
        if at >= window.high:
            return [gap for gap in found if gap.low < gap.high]
    return [gap for gap in [*found, Range(at, window.high)] if gap.low < gap.high]


def holes(ranges: Sequence[Range]) -> list[Range]:
    """The gaps between the first partition and the last."""
    whole = merged(ranges)
    return [Range(one.high, after.low) for one, after in pairwise(whole)]


def months(missing: Iterable[Range]) -> list[str]:
    """The calendar months that some gaps touch, as "2026-03"."""
    found: dict[str, None] = {}
    for gap in missing:
        found |= dict.fromkeys(_months(gap))
    return list(found)


def _months(gap: Range) -> Iterable[str]:
    if not isfinite(gap.low) or not isfinite(gap.high):
        return
    month = moment(gap.low).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(MOST_MONTHS):
        if month.timestamp() >= gap.high:
            return
        yield f"{month:%Y-%m}"
        month = after(month)


def after(month: datetime) -> datetime:
    """The first moment of the next month."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def is_month(one: Range) -> bool:
    """Whether a range is a whole calendar month."""
    if not isfinite(one.low) or not isfinite(one.high):
        return False
    low = moment(one.low)
    return low == low.replace(day=1, hour=0, minute=0, second=0, microsecond=0) and after(low).timestamp() == one.high


def opens_month(at: float) -> bool:
    """Whether a moment is the first of a calendar month."""
    return isfinite(at) and moment(at) == moment(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def ahead(now: float, count: int) -> Range:
    """From the beginning of the month of a moment to the end of the last of so many months after it."""
    low = moment(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    high = after(low)
    for _ in range(count):
        high = after(high)
    return Range(low.timestamp(), high.timestamp())


def successor(name: str, own: Range, month: str) -> str:
    """The name of a partition with its month changed to another, as "2026-03"; empty where its name does not tell its month."""
    said = NAMED.search(name)
    if said is None or not is_month(own) or misnamed(name, own):
        return ""
    year, number = month.split("-")
    between = name[said.end(1) : said.start(2)]
    return f"{name[: said.start()]}{year}{between}{number}{name[said.end() :]}"


def is_free(ranges: Sequence[Range], month: str) -> bool:
    """Whether no range reaches into a month, as "2026-03"."""
    low = datetime.strptime(f"{month} +0000", "%Y-%m %z")
    whole = Range(low.timestamp(), after(low).timestamp())
    return gaps(ranges, whole) == [whole]


def misnamed(name: str, one: Range) -> bool:
    """Whether a partition of one month has another month in its name."""
    said = NAMED.search(name)
    return said is not None and is_month(one) and f"{moment(one.low):%Y-%m}" != f"{said[1]}-{said[2]}"


def moment(seconds: float) -> datetime:
    """The moment, kept between the years 1 and 9999 that Python knows."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=min(max(seconds, -62e9), 253e9))


ALWAYS = Range(-inf, inf)
