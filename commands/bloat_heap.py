"""The bloat of tables with their TOAST: reckoned from statistics, and measured by pgstattuple."""

from math import ceil

from bot.command import Row
from commands.bloat_found import Bloat
from commands.layout import PAGE_HEADER, Field, heap_pages, row_width
from commands.wording import listed, several

TOAST_MATTERS = 0.1
"""From this share of a table's pages on its TOAST, for which there are no statistics, is worth a word."""
CHUNKS_PER_PAGE = 4


class Heap(Row):
    """A table as catalog, counters and statistics tell; sizes in pages, `None` where nobody knows."""

    oid: int
    name: str
    locked: bool
    is_heap: bool
    readable: bool
    pages: int
    toast_pages: int
    rows: float | None
    counted: float | None
    chunks: float
    changed: bool
    fillfactor: int
    columns: list[Field]
    unknown: int
    known: int
    dropped: int
    added: int
    block_size: int
    rewrite: str
    role: str
    all_tables: int

    @property
    def size(self) -> int:
        """The bytes of the table and its TOAST."""
        return (self.pages + self.toast_pages) * self.block_size

    @property
    def is_measurable(self) -> bool:
        """Whether pgstattuple takes it: one that it refuses would cost the answer of all."""
        return self.is_heap and not self.locked

    @property
    def width(self) -> float:
        """The bytes that a row takes on its page."""
        return row_width(self.columns, len(self.columns) + self.dropped, nulls_always=self.dropped > 0)

    @property
    def even(self) -> bool:
        """Whether every row has the same width."""
        return not any(one.varies or 0 < one.nulls < 1 for one in self.columns)


class Measured(Row):
    """What pgstattuple found: `dead` and `free` bytes of a table, and both together of its TOAST."""

    oid: int
    bytes: int
    dead: float
    free: float
    toast_bytes: int | None
    toast_unused: float | None


def reckoned(heap: Heap) -> Bloat:
    """The bloat by statistics, or why there is no saying."""
    unknown = _unknown(heap)
    pages = None if unknown else _needed(heap)
    wasted = None
    if pages is not None:
        toast = max(0.0, heap.toast_pages - ceil(heap.chunks / CHUNKS_PER_PAGE))
        wasted = (max(0.0, heap.pages - pages) + toast) * heap.block_size
    doubts = _doubts(heap)
    return Bloat(
        oid=heap.oid,
        name=heap.name,
        size=heap.size,
        wasted=wasted,
        reliable=wasted is not None and not doubts,
        how=_how(heap, unknown, doubts),
        remedy=heap.rewrite,
        at_least=wasted is not None and _has_much_toast(heap),
    )


def measured(heap: Heap, found: Measured) -> Bloat:
    """The bloat by pgstattuple: room kept by the fillfactor is no bloat, nor what wide rows cannot use at the end of a page.

    What old rows hold in dropped columns it counts as used, although a rewrite leaves it out: that is reckoned.
    """
    used = (found.bytes - found.dead - found.free) / _filled(heap)
    spare = found.bytes - ceil(used / heap.block_size) * heap.block_size
    toast = (found.toast_unused or 0) // heap.block_size * heap.block_size
    total = found.bytes + (found.toast_bytes or 0)
    return Bloat(
        oid=heap.oid,
        name=heap.name,
        size=total,
        wasted=max(0.0, spare + toast, (heap.dropped and reckoned(heap).wasted) or 0),
        reliable=True,
        how=_measured_how(heap),
        remedy=heap.rewrite,
        measured=True,
    )


def _needed(heap: Heap) -> float:
    """The pages that the rows need; the counters are not believed where the table cannot hold what they count."""
    rows = heap.rows if heap.counted is None else heap.counted
    pages = _pages(heap, rows or 0)
    doubled = heap.rows is not None and heap.changed and pages > 1.1 * heap.pages
    return _pages(heap, heap.rows or 0) if doubled else pages


def _pages(heap: Heap, rows: float) -> float:
    return heap_pages(rows, heap.width, heap.fillfactor, heap.block_size, even=heap.even)


def _filled(heap: Heap) -> float:
    """The share of a page that rows fill after a rewrite."""
    kept = heap.fillfactor / 100
    if heap.unknown or not heap.columns or heap.width <= 0:
        return kept
    room = heap.block_size * kept - PAGE_HEADER
    rows = room // heap.width if heap.even else room / heap.width - 0.5
    return kept * min(1.0, max(1.0, rows) * heap.width / room)


def _unknown(heap: Heap) -> str:
    if not heap.is_heap:
        return "its access method is not heap"
    if heap.pages == 0:
        return ""
    if heap.rows is None and heap.counted is None:
        return "never analyzed"
    if heap.unknown and not heap.readable:
        return f"its statistics are hidden from {heap.role}"
    if heap.unknown and not heap.known:
        return "never analyzed"
    return f"no statistics for {several(heap.unknown, 'column')}" if heap.unknown else ""


def _doubts(heap: Heap) -> list[str]:
    said = {
        "locked, size as of its last vacuum": heap.locked,
        "changed since ANALYZE": heap.changed,
        "columns dropped": heap.dropped > 0,
        "columns added that old rows lack": heap.added > 0,
        "TOAST has no statistics": _has_much_toast(heap),
    }
    return [text for text, so in said.items() if so]


def _how(heap: Heap, unknown: str, doubts: list[str]) -> str:
    if unknown:
        return f"not estimable: {unknown}"
    if heap.size == 0:
        return "empty"
    return f"estimate, not reliable: {listed(doubts, 2)}" if doubts else "estimate, reliable"


def _measured_how(heap: Heap) -> str:
    return "measured, the room of dropped columns reckoned" if heap.dropped else "measured"


def _has_much_toast(heap: Heap) -> bool:
    return heap.toast_pages > TOAST_MATTERS * (heap.pages + heap.toast_pages)
