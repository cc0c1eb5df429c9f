"""How many pages were found in the buffers: of heaps and of indexes, of the whole database and of each table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.command import Args, Command, Kept, Metric, Probe, Risk, Row, Sources, Value
from bot.report import Button, Cell, Column, Level, Report, Table, Unit, Verdict
from bot.sql import queries
from commands.counters import FEWEST_BLOCKS
from commands.ledger import Ledger, differences
from commands.since import LONGEST_S, Since, Span, asked, is_too_close
from commands.wording import several, size

SQL = queries(__file__)
PAGES = Probe("pages", SQL["pages"], Ledger, every_s=300, keep_s=LONGEST_S)
SCREEN = 10
MOST_ROWS = 60
FEWEST_OF_A_TABLE = 1_000
COLUMNS = (
    Column(title="Table"),
    Column(title="Heap", unit=Unit.PERCENT),
    Column(title="Heap pages", unit=Unit.COUNT),
    Column(title="Indexes", unit=Unit.PERCENT),
    Column(title="Index pages", unit=Unit.COUNT),
    Column(title="Not in buffers", unit=Unit.BYTES),
    Column(title="Size", unit=Unit.BYTES),
)


class Wanted(Args):
    """Since when."""

    since: Since = "1h"


class Named(Row):
    """A table by its oid; the size is that of its heap in bytes, as of its last vacuum or analyze."""

    relid: int
    name: str
    bytes: int


class Memory(Row):
    """The server's buffers, and what it takes for the system's cache, in bytes."""

    buffers: int
    cache: int
    page_bytes: int


@dataclass(frozen=True)
class Traffic:
    """Pages that were found in the buffers, and pages that were not."""

    heap_hit: float = 0
    heap_read: float = 0
    index_hit: float = 0
    index_read: float = 0

    @property
    def heap(self) -> float:
        """All pages of the heap."""
        return self.heap_hit + self.heap_read

    @property
    def index(self) -> float:
        """All pages of the indexes."""
        return self.index_hit + self.index_read

    @property
    def pages(self) -> float:
        """All pages."""
        return self.heap + self.index

    @property
    def read(self) -> float:
        """All pages that were not in the buffers."""
        return self.heap_read + self.index_read


def plan(sources: Sources, args: Wanted) -> Report:
    """Look, compare with what the watch read before, and look up the names of the tables that read most; then say."""
    with sources.database.together() as questions:
        now = questions.ask(PAGES.statement, Ledger)
        memory = questions.ask(SQL["memory"], Memory)
    wanted_s = asked(args.since)
    kept = sources.earlier(PAGES, wanted_s) if wanted_s else None
    span, found = traffic(now.row, kept, sources.at, wanted_s)
    busiest = sorted(found, key=lambda key: (-found[key].read, -found[key].pages))[:MOST_ROWS]
    names = sources.database.rows(SQL["named"], Named, relids=busiest)
    line = next((metric for metric in sources.metrics if metric.name == "cache_hit"), None)
    return report(span, found, names, memory.row, line)


def traffic(
    now: Ledger, kept: Kept[Ledger] | None, at: datetime, wanted_s: float | None
) -> tuple[Span, Mapping[int, Traffic]]:
    """What was read between an earlier reading and now; since the counters began when there is none."""
    before = kept.rows[0] if kept else None
    if kept is None or before is None or before.reset_at != now.reset_at or is_too_close(kept.at, at):
        span = Span(begin=now.reset_at, end=at, since_reset=True, wanted_s=wanted_s or 0)
        return span, {key: Traffic(*figures) for key, figures in now.rows().items()}
    span = Span(begin=kept.at, end=at, wanted_s=wanted_s or 0)
    return span, {key: Traffic(*figures) for key, figures in differences(now, before).items()}


def report(
    span: Span, found: Mapping[int, Traffic], names: Sequence[Named], memory: Memory, line: Metric[Any] | None
) -> Report:
    """The whole first, then the tables from which most had to be read."""
    known = [(one, found[one.relid]) for one in names]
    known.sort(key=lambda pair: (-pair[1].read, -pair[1].pages, pair[0].name))
    rows = [_cells(one, traffic, memory.page_bytes) for one, traffic in known]
    left_out = len(found) - len(rows)
    return Report(
        title="Hit ratio",
        verdict=verdict(span, whole(found.values()), known, line),
        parts=(Table(title="What was not in the buffers", columns=COLUMNS, rows=tuple(rows[:SCREEN])),) if rows else (),
        more=(Table(title="Other tables", columns=COLUMNS, rows=tuple(rows[SCREEN:]), left_out=left_out),)
        if rows[SCREEN:]
        else (),
        notes=tuple(notes(span, found, memory)),
        buttons=(
            Button(label="Slow by pages read", text="slow by=io"),
            Button(label="Missing indexes", text="indexes missing"),
            *((Button(label="Since reset", text="hitratio since=reset"),) if not span.since_reset else ()),
        ),
    )


def whole(found: Iterable[Traffic]) -> Traffic:
    """All tables together."""
    parts = list(found)
    return Traffic(
        sum(one.heap_hit for one in parts),
        sum(one.heap_read for one in parts),
        sum(one.index_hit for one in parts),
        sum(one.index_read for one in parts),
    )


def verdict(
    span: Span, all_of_it: Traffic, known: Sequence[tuple[Named, Traffic]], line: Metric[Any] | None
) -> Verdict:
    """The ratio, if there was traffic enough to judge, and the table that misses most, in one line."""
    if all_of_it.pages < FEWEST_BLOCKS:
        text = f"Too little traffic to judge: {several(all_of_it.pages, 'page')} {span.said}"
        return Verdict(level=Level.INFO, text=text)
    ratio = 100 * (all_of_it.pages - all_of_it.read) / all_of_it.pages
    text = (
        f"{ratio:.1f} % of {several(all_of_it.pages, 'page')} were in the buffers {span.said}:"
        f" heap {_said(all_of_it.heap_hit, all_of_it.heap)}, indexes {_said(all_of_it.index_hit, all_of_it.index)}"
    )
    if known and known[0][1].read:
        text += f"; most misses: {known[0][0].name} ({100 * known[0][1].read / all_of_it.read:.0f} % of them)"
    level = line.level(Value(value=ratio)) if line and not span.since_reset else Level.INFO
    return Verdict(level=level, text=text)


def notes(span: Span, found: Mapping[int, Traffic], memory: Memory) -> Iterable[str]:
    """What was examined, and what the ratio cannot know."""
    yield f"Examined: {several(len(found), 'table')} with indexes and TOAST, read {span.said}; catalogs are left out."
    if span.note:
        yield span.note
    yield (
        f"A page that was not in the {size(memory.buffers)} of shared buffers may still have come from the system's cache. "
        f"A ratio is given from {FEWEST_OF_A_TABLE:,} pages on, and judged from {FEWEST_BLOCKS:,}."
    )


def _cells(one: Named, traffic: Traffic, page_bytes: int) -> tuple[Cell, ...]:
    return (
        one.name,
        _percent(traffic.heap_hit, traffic.heap),
        traffic.heap,
        _percent(traffic.index_hit, traffic.index),
        traffic.index,
        traffic.read * page_bytes,
        one.bytes,
    )


def _percent(hit: float, pages: float) -> float | None:
    return 100 * hit / pages if pages >= FEWEST_OF_A_TABLE else None


def _said(hit: float, pages: float) -> str:
    return f"{100 * hit / pages:.1f} %" if pages else "not read"


command = Command(
    name="hitratio",
    help="How many pages were found in the buffers, by table",
    runbook="Diagnostics, step 1: cache hit ratio",
    risk=Risk.LOOK,
    place=23,
    args=Wanted,
    plan=plan,
    words=("hit ratio", "cache hit ratio", "buffer hit ratio"),
    probes=(PAGES,),
)
