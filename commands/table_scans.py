"""Which big tables were read from end to end over a time: the differences of two readings of the tables' counters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.command import Kept, Probe, Row
from bot.report import Column, Table, Unit
from bot.sql import queries
from commands.since import LONGEST_S, Span, is_too_close
from commands.wording import several

BIG = 10 * 1024 * 1024
"""From how many bytes on a table is big."""
WORTH = 1000
"""A scan that reads fewer rows than this is none that an index would save."""
MOST, ON_SCREEN = 10, 5


class Scans(Row):
    """A table's scans since its counters began, its own and those of its indexes; of a partitioned one those of its `parts`."""

    oid: int
    relation: str
    size: int
    rows: int
    scans: int
    rows_read: int
    index_scans: int
    parts: int = 1


SCANS = Probe("table_scans", queries(__file__)["scans"], Scans, every_s=300, keep_s=LONGEST_S)


class Scanned(Row):
    """A big table that is read from end to end; `share` of all its scans, in per cent."""

    relation: str
    size: int
    rows: int
    scans: int
    rows_read: int
    share: float
    parts: int = 1


@dataclass(frozen=True)
class Read:
    """What was read over a time, most rows first."""

    span: Span
    tables: Sequence[Scanned]


def read(
    now: Sequence[Scans], kept: Kept[Scans] | None, at: datetime, wanted_s: float | None, began: datetime | None
) -> Read:
    """What was read since an earlier reading; since the counters began when there is none."""
    if kept is None or is_too_close(kept.at, at):
        return Read(Span(begin=began, end=at, since_reset=True, wanted_s=wanted_s or 0), _worst(now))
    before = {one.oid: one for one in kept.rows}
    span = Span(begin=kept.at, end=at, wanted_s=wanted_s or 0)
    return Read(span, _worst([_between(before.get(one.oid), one) for one in now]))


def said(scanned: Sequence[Scanned]) -> Iterable[str]:
    """How many there are, and which is read most, as a clause; of a partitioned one each partition that is read counts."""
    if scanned:
        first = scanned[0]
        times = several(first.scans, "time")
        often = f"{times}, its {first.parts} partitions together" if first.parts > 1 else times
        each = several(first.rows_read / first.scans, "row")
        yield f"{several(len(scanned), 'big table')} read from end to end; most {first.relation}, {often}, {each} a time"


def table(scanned: Sequence[Scanned]) -> Table:
    """The tables, those of which most is read first."""
    columns = (
        Column(title="Table"),
        Column(title="Size", unit=Unit.BYTES),
        Column(title="Scans", unit=Unit.COUNT),
        Column(title="Rows a scan", unit=Unit.COUNT),
        Column(title="Of all its scans", unit=Unit.PERCENT),
    )
    rows = tuple((row.relation, row.size, row.scans, round(row.rows_read / row.scans), row.share) for row in scanned)
    return Table(
        title="Big tables read from end to end",
        columns=columns,
        rows=rows[:ON_SCREEN],
        left_out=max(0, len(rows) - ON_SCREEN),
    )


def _between(old: Scans | None, new: Scans) -> Scans:
    """What was counted in between; all of it for a table that is new, or whose counters began anew."""
    if old is None or new.scans < old.scans or new.rows_read < old.rows_read or new.index_scans < old.index_scans:
        return new
    return new.model_copy(
        update={
            "scans": new.scans - old.scans,
            "rows_read": new.rows_read - old.rows_read,
            "index_scans": new.index_scans - old.index_scans,
        }
    )


def _worst(tables: Sequence[Scans]) -> list[Scanned]:
    worth = [one for one in tables if one.size >= BIG and one.scans and one.rows_read >= WORTH * one.scans]
    worth.sort(key=lambda one: (-one.rows_read, one.relation))
    return [
        Scanned(
            relation=one.relation,
            size=one.size,
            rows=one.rows,
            scans=one.scans,
            rows_read=one.rows_read,
            share=100 * one.scans / (one.scans + one.index_scans),
            parts=one.parts,
        )
        for one in worth[:MOST]
    ]
