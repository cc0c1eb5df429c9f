"""The bloat of btree indexes: reckoned from statistics, and measured by pgstatindex."""

from math import ceil

from bot.command import Row
from commands.bloat_found import Bloat
from commands.layout import ALIGN, POINTER, Field, btree_pages, key_width

MUCH = 0.12


class Btree(Row):
    """A btree as catalog and statistics tell; `merges` when equal keys share an entry, `distinct_values` as pg_stats counts them."""

    oid: int
    name: str
    table_name: str
    locked: bool
    valid: bool
    pages: int
    rows: float | None
    unique: bool
    merges: bool
    fillfactor: int
    columns: list[Field]
    distinct_values: list[float]
    unknown: int
    block_size: int
    rebuild: str
    all_btrees: int

    @property
    def guessed(self) -> bool:
        """Whether the number of different keys is a guess: nobody counts combinations of columns."""
        return self.merges and not self.unique and len(self.distinct_values) > 1

    @property
    def doubt(self) -> str:
        """Why the reckoning may be off, empty when there is no reason: half a step of eight bytes is much of a short key."""
        half = ALIGN / 2 / (key_width(self.columns) + POINTER)
        short = half > MUCH and any(one.varies and one.nulls < 1 for one in self.columns)
        said = {"locked": self.locked, "its keys are combinations": self.guessed, "short keys of varying width": short}
        return next((text for text, so in said.items() if so), "")


class Leaves(Row):
    """What pgstatindex found; `density` is the average share of a leaf page in use, in per cent."""

    oid: int
    bytes: int
    leaf_pages: int
    internal_pages: int
    density: float


def reckoned(btree: Btree) -> Bloat:
    """The bloat by statistics, or why there is no saying."""
    unknown = (
        "its table was never analyzed"
        if btree.rows is None
        else "no statistics of its keys that Scout may read"
        if btree.unknown
        else ""
    )
    wasted = None if unknown else max(0.0, btree.pages - _needed(btree, btree.rows or 0)) * btree.block_size
    return Bloat(
        oid=btree.oid,
        name=btree.name,
        size=btree.pages * btree.block_size,
        wasted=wasted,
        reliable=wasted is not None and not btree.doubt,
        how=f"not estimable: {unknown}" if unknown else _how(btree),
        remedy=btree.rebuild,
    )


def measured(btree: Btree, found: Leaves) -> Bloat:
    """The bloat by pgstatindex: a rebuild fills leaves up to the fillfactor, and merges equal keys, which is reckoned."""
    full = min(1.0, found.density / btree.fillfactor)
    leaves, inner = ceil(found.leaf_pages * full), ceil(found.internal_pages * full)
    spare = found.bytes - (1 + max(1, leaves) + inner) * btree.block_size
    estimate = reckoned(btree)
    unmerged = (estimate.wasted or 0) if _merges_keys(btree) and estimate.reliable else 0
    return Bloat(
        oid=btree.oid,
        name=btree.name,
        size=found.bytes,
        wasted=max(0.0, spare, unmerged),
        reliable=True,
        how="measured, unmerged keys reckoned" if unmerged > max(0, spare) else "measured",
        remedy=btree.rebuild,
        measured=True,
    )


def _needed(btree: Btree, rows: float) -> float:
    """The pages of a rebuilt index; nulls are equal to each other, in a unique index too."""
    width = key_width(btree.columns)
    if not btree.merges:
        return _pages(btree, rows, rows, width)
    if len(btree.columns) == 1:
        nulls = rows * btree.columns[0].nulls
        present = btree.columns[0]._replace(nulls=0.0)
        return _pages(btree, rows - nulls, _keys(btree, rows), key_width([present])) + _of_nulls(btree, nulls)
    return _pages(btree, rows, _keys(btree, rows), width)


def _of_nulls(btree: Btree, nulls: float) -> float:
    return _pages(btree, nulls, 1, 16) - 1 if nulls else 0.0


def _merges_keys(btree: Btree) -> bool:
    """Whether a rebuild would find many keys equal."""
    rows = btree.rows or 0
    return btree.merges and _keys(btree, rows) < rows / 2


def _keys(btree: Btree, rows: float) -> float:
    """How many different keys there are, columns taken as independent."""
    if btree.unique:
        return rows
    keys = 1.0
    for values in btree.distinct_values:
        keys *= values if values > 0 else max(1.0, -values * rows)
    return min(rows, keys)


def _pages(btree: Btree, rows: float, keys: float, width: float) -> float:
    return btree_pages(rows, keys, width, btree.fillfactor, btree.block_size)


def _how(btree: Btree) -> str:
    return f"estimate, not reliable: {btree.doubt}" if btree.doubt else "estimate, reliable"
