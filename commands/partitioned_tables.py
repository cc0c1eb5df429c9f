"""Partitioned tables: how far their partitions reach, and what is wrong with them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf

from bot.command import Row
from bot.report import Level
from commands.ranges import ALWAYS, Range, covered_until, gaps, holes, merged, misnamed, months
from commands.wording import DAY, duration, listed, several

HORIZON_DAYS = 45
"""The runbook's notes, section 7: partitions reach at least so far ahead."""


class Partitioned(Row):
    """A partitioned table; `why_not` says why its DEFAULT partition is not counted."""

    oid: int
    name: str
    strategy: str
    key: str
    by_time: bool
    key_column: str | None
    default_name: str | None
    default_schema: str | None
    why_not: str
    partitions: int
    now_s: float


class Partition(Row):
    """A partition; `low` and `high` are None where its bounds are no moments."""

    parent: int
    oid: int
    name: str
    is_default: bool
    detaching: bool
    low: float | None
    high: float | None
    about: int
    size: int
    finalize: str


class Leftover(Row):
    """A table that looks like a partition of another and is none."""

    parent: str
    name: str
    about: int
    size: int


class InDefault(Row):
    """Rows of the DEFAULT partition that belong to one month; empty where the key is no moment."""

    month: str
    rows: int


@dataclass(frozen=True)
class Judged:
    """A partitioned table with its partitions; `own` is the range that it has itself as a partition of another."""

    table: Partitioned
    partitions: Sequence[Partition]
    in_default: Sequence[InDefault]
    own: Range = ALWAYS

    @property
    def attached(self) -> list[Partition]:
        """The partitions that take rows."""
        return [one for one in self.partitions if not one.detaching]

    @property
    def ranges(self) -> list[Range]:
        """The ranges of its partitions."""
        return [Range(one.low, one.high) for one in self.attached if one.low is not None and one.high is not None]

    @property
    def window(self) -> Range:
        """From now to the day that must be covered, as far as it is this table's."""
        now = self.table.now_s
        return Range(max(now, self.own.low), min(now + HORIZON_DAYS * DAY, self.own.high))

    @property
    def is_judged(self) -> bool:
        """Whether it has to reach ahead: it is partitioned by time, and not for the past alone."""
        return self.table.by_time and self.window.low < self.window.high and not self.is_archive

    @property
    def is_archive(self) -> bool:
        """Whether its last partition ended so long ago that nobody seems to write to it."""
        ends = [one.high for one in self.ranges]
        return bool(ends) and max(ends) < self.table.now_s - HORIZON_DAYS * DAY and not self.in_default

    @property
    def days(self) -> float:
        """For how many days from now on there is a partition for every row; infinite when its last has no end."""
        end = covered_until(self.ranges, self.window.low)
        return inf if end == inf or end >= self.own.high else max(0.0, (end - self.table.now_s) / DAY)

    @property
    def missing(self) -> list[Range]:
        """What has no partition until the day that must be covered."""
        return gaps(self.ranges, self.window) if self.is_judged else []

    @property
    def missing_months(self) -> list[str]:
        """The months that lack a partition, in whole or in part."""
        return months(self.missing)

    @property
    def rows_in_default(self) -> int:
        """How many rows have no partition of their own."""
        return sum(one.rows for one in self.in_default)

    @property
    def fails_now(self) -> bool:
        """Whether a row of this moment has nowhere to go."""
        now = self.table.now_s
        has_default = self.table.default_name is not None
        return self.is_judged and self.window.low == now and not has_default and covered_until(self.ranges, now) == now

    @property
    def level(self) -> Level:
        """How bad it is."""
        if self.fails_now:
            return Level.PAGE
        wrong = self.missing or self.rows_in_default or any(one.detaching for one in self.partitions)
        return Level.ALERT if wrong else Level.OK

    def trouble(self) -> str:
        """What is wrong, in one line; empty when nothing is."""
        name = self.table.name
        if self.fails_now:
            return f"{name} has no partition for today: inserts fail"
        if self.rows_in_default:
            said = [one.month for one in self.in_default if one.month]
            of = f", of {listed(said, 3)}" if said else ""
            more = "more than " if self.rows_in_default >= MOST_COUNTED else ""
            return f"{name} has {more}{several(self.rows_in_default, 'row')} in {self.table.default_name}{of}: a partition is missing"
        if self.missing:
            return f"{name} reaches {self.days:.0f} days ahead, {HORIZON_DAYS} are needed: add {listed(self.missing_months, 3)}"
        detaching = [one.name for one in self.partitions if one.detaching]
        return f"{name}: {listed(detaching, 3)} is detached by half" if detaching else ""

    def remarks(self) -> Iterable[str]:
        """What else is to be known of it."""
        name = self.table.name
        between = months(holes(self.ranges))
        if between:
            yield f"{name} has gaps between its partitions: {listed(between, 6)}."
        wrong = [
            one.name
            for one in self.attached
            if one.low is not None and one.high is not None and misnamed(one.name, Range(one.low, one.high))
        ]
        if wrong:
            yield f"{name}: the bounds of {listed(wrong)} are of another month than their names."
        if merged(self.ranges)[-1:] and merged(self.ranges)[-1].high == inf:
            yield f"{name}: its last partition has no end, so no month can be added behind it before it is split."
        if self.is_archive and self.window.low < self.window.high:
            yield f"{name} is taken for an archive: its last partition ended {duration(self.table.now_s - max(self.ranges).high)} ago."
        if self.table.why_not:
            yield f"{self.table.default_name} was not counted: {self.table.why_not}."


MOST_COUNTED = 10_000
"""Rows of a DEFAULT partition that are looked at."""
