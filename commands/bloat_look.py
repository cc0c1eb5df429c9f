"""Looks for bloat: everything is reckoned in one round trip, what matters is measured in a second, under a cap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bot.command import Row, Sources
from bot.errors import ScoutError
from bot.sql import queries
from commands import bloat_heap, bloat_index
from commands.bloat_found import GB, MB, MUCH_PERCENT, Bloat
from commands.bloat_heap import Heap, Measured
from commands.bloat_index import Btree, Leaves
from commands.wording import listed, several

SQL = queries(__file__)
AnyRow = TypeVar("AnyRow", Measured, Leaves)
CAP = 2 * GB
"""So much is read at most for one answer, tables and indexes apart."""
MOST_MEASURED = 60
MOST_TABLES, MOST_INDEXES = 400, 800


class Installed(Row):
    """Where pgstattuple is, and whether the role may use it."""

    home: str
    allowed: bool
    role: str


@dataclass(frozen=True)
class Seen:
    """What the bloat is, the most given back first, and what was left out."""

    tables: Sequence[Bloat] = ()
    indexes: Sequence[Bloat] = ()
    notes: Sequence[str] = ()


@dataclass
class Survey:
    """The state of one look: reckoned first, then overwritten by what was measured."""

    heaps: dict[int, Heap]
    btrees: dict[int, Btree]
    notes: list[str]
    everything: bool
    tables: dict[int, Bloat] = field(init=False)
    indexes: dict[int, Bloat] = field(init=False)

    def __post_init__(self) -> None:
        self.tables = {oid: bloat_heap.reckoned(heap) for oid, heap in self.heaps.items()}
        self.indexes = {oid: bloat_index.reckoned(btree) for oid, btree in self.btrees.items()}

    def measure_tables(self, ask: Callable[[list[int]], list[Measured]]) -> None:
        """Replace estimates of tables by what pgstattuple finds."""
        open_ = [one for one in self.tables.values() if self.heaps[one.oid].is_measurable]
        for row in self._asked(ask, open_, "table"):
            self.tables[row.oid] = bloat_heap.measured(self.heaps[row.oid], row)

    def measure_indexes(self, ask: Callable[[list[int]], list[Leaves]]) -> None:
        """Replace estimates of indexes by what pgstatindex finds."""
        open_ = [one for one in self.indexes.values() if not self.btrees[one.oid].locked]
        for row in self._asked(ask, open_, "index"):
            self.indexes[row.oid] = bloat_index.measured(self.btrees[row.oid], row)

    def seen(self) -> Seen:
        """Everything, the most given back first; what nobody knows comes by its size behind that."""
        return Seen(_worst_first(self.tables), _worst_first(self.indexes), tuple(self.notes))

    def _asked(self, ask: Callable[[list[int]], list[AnyRow]], found: Sequence[Bloat], noun: str) -> list[AnyRow]:
        chosen, too_large = candidates(found, everything=self.everything)
        if too_large:
            self.notes.append(
                f"Not measured, beyond the cap of 2 GB for an answer: {listed([one.name for one in too_large])}."
            )
        if not chosen:
            return []
        try:
            return ask([one.oid for one in chosen])
        except ScoutError as error:  # estimates are an answer too
            self.notes.append(f"No {noun} was measured: {error}")
            return []


def look(sources: Sources, table: str, *, exact: bool) -> Seen:
    """Everything that is known about the bloat of a schema, or of one table and its indexes."""
    schema = sources.database.schema
    with sources.database.together() as questions:
        heaps = questions.ask(SQL["heaps"], Heap, schema=schema, table=table, most=MOST_TABLES)
        btrees = questions.ask(SQL["btrees"], Btree, schema=schema, table=table, most=MOST_INDEXES)
        installed = questions.ask(SQL["installed"], Installed)
    survey = Survey(
        {heap.oid: heap for heap in heaps.rows},
        {btree.oid: btree for btree in btrees.rows if btree.valid},
        examined(heaps.rows, btrees.rows),
        everything=exact or bool(table),
    )
    where = usable(installed.rows, survey.notes)
    if where is not None:
        names = {"pgstattuple": where.home}
        method = SQL["exactly" if exact else "approximately"]
        survey.measure_tables(lambda oids: sources.database.rows(method, Measured, names, oids=oids))
        survey.measure_indexes(lambda oids: sources.database.rows(SQL["leaves"], Leaves, names, oids=oids))
    return survey.seen()


def usable(installed: Sequence[Installed], notes: list[str]) -> Installed | None:
    """Where pgstattuple is, or a note how to come by it."""
    if installed and installed[0].allowed:
        return installed[0]
    missing = f"grant pg_stat_scan_tables to {installed[0].role}" if installed else "create extension pgstattuple"
    notes.append(f"Nothing was measured, estimates only. To change that: `{missing};`.")
    return None


def candidates(found: Sequence[Bloat], *, everything: bool) -> tuple[list[Bloat], list[Bloat]]:
    """What is worth measuring, what may waste most first, and what of it is beyond the cap; small ones are not worth it."""
    wanted = [one for one in found if one.size and (everything or _is_doubtful(one))]
    wanted.sort(key=lambda one: -one.possible)
    chosen: list[Bloat] = []
    left_out: list[Bloat] = []
    room = CAP
    for one in wanted[:MOST_MEASURED]:
        fits = one.size <= room
        (chosen if fits else left_out).append(one)
        room -= one.size if fits else 0
    return chosen, left_out


def examined(heaps: Sequence[Heap], btrees: Sequence[Btree]) -> list[str]:
    """What was looked at and what was left alone."""
    invalid = [one.name for one in btrees if not one.valid]
    locked = [one.name for one in (*heaps, *btrees) if one.locked]
    notes = [
        f"Examined: {several(len(heaps), 'table')} with TOAST, {several(len(btrees), 'btree index', 'btree indexes')}; other kinds of index not."
    ]
    if len(heaps) < _all(heaps) or len(btrees) < _all(btrees):
        notes.append(f"Left out, smaller: {_all(heaps) - len(heaps):,} tables, {_all(btrees) - len(btrees):,} indexes.")
    if invalid:
        notes.append(f"Left out, invalid: {listed(invalid)}.")
    if locked:
        notes.append(f"Locked now, so not opened (sizes as of the last vacuum): {listed(locked)}.")
    return notes


def _all(found: Sequence[Heap] | Sequence[Btree]) -> int:
    first = found[0] if found else None
    if first is None:
        return 0
    return first.all_tables if isinstance(first, Heap) else first.all_btrees


def _is_doubtful(one: Bloat) -> bool:
    return one.size >= MB and (not one.reliable or (one.percent or 0) >= MUCH_PERCENT)


def _worst_first(found: dict[int, Bloat]) -> list[Bloat]:
    return sorted(found.values(), key=lambda one: (-(one.wasted or 0), -one.size, one.name))
