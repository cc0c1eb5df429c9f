"""How much room rows and index keys need on pages of PostgreSQL: pure arithmetic.

After the layout in the PostgreSQL manual, "Database Page Layout": every column begins at a multiple of its alignment, short texts
excepted, and every row at a multiple of eight. Widths from the statistics are averages, so a column of varying width leaves the next
one at an offset that is known only by its likelihood; the arithmetic carries that likelihood along.
"""

from collections.abc import Sequence
from math import ceil, exp, floor
from typing import NamedTuple

ALIGN = 8
PAGE_HEADER = 24
POINTER = 4
ROW_HEADER = 23
BTREE_SPECIAL = 16
INDEX_HEADER = 8
INDEX_HEADER_NULLS = 16
TID = 6
LONGEST_SHORT = 126
"""A varying column up to this width has a header of one byte and is not aligned."""
FEW = 12
"""Up to so many rows for a key, their number is taken as scattered (Poisson), above as even."""


class Field(NamedTuple):
    """A column: its type's length (below 0: varying) and alignment, its share of nulls, and its average width."""

    length: float
    align: float
    nulls: float
    width: float

    @property
    def varies(self) -> bool:
        """Whether rows differ in this column's width."""
        return self.length < 0


Likely = dict[int, float]
"""How likely each offset is, modulo eight."""


def data_width(fields: Sequence[Field]) -> float:
    """The average width of the columns of a row in bytes, with padding, up to the multiple of eight behind it."""
    width, likely = 0.0, {0: 1.0}
    for one in fields:
        added, after = _put(one, likely)
        width += added
        likely = after
    return width + sum(chance * (-at % ALIGN) for at, chance in likely.items())


def row_width(fields: Sequence[Field], attributes: int, *, nulls_always: bool = False) -> float:
    """The average width of a row with its header and its pointer; `attributes` counts dropped columns too."""
    nulls = 1.0 if nulls_always else nulls_in_row(fields)
    plain = _aligned(ROW_HEADER)
    with_bitmap = _aligned(ROW_HEADER + ceil(attributes / 8))
    return POINTER + plain + nulls * (with_bitmap - plain) + data_width(fields)


def nulls_in_row(fields: Sequence[Field]) -> float:
    """How likely a row has a null at all, when columns are null independently."""
    none = 1.0
    for one in fields:
        none *= 1 - one.nulls
    return 1 - none


def heap_pages(rows: float, width: float, fillfactor: int, block: int, *, even: bool) -> float:
    """The pages that so many rows need; `even` when all have the same width, so that the rest of a page is lost."""
    room = block - PAGE_HEADER - block * (100 - fillfactor) / 100
    fitting = floor(room / width) if even else room / width - 0.5
    return ceil(rows / max(1.0, fitting))


def key_width(fields: Sequence[Field]) -> float:
    """The average width of an index entry without its pointer."""
    header = INDEX_HEADER + nulls_in_row(fields) * (INDEX_HEADER_NULLS - INDEX_HEADER)
    return header + data_width(fields)


def btree_pages(rows: float, keys: float, width: float, fillfactor: int, block: int) -> float:
    """The pages of a freshly built btree over so many different keys; equal ones share an entry where `keys` is below `rows`."""
    usable = block - PAGE_HEADER - BTREE_SPECIAL
    room = usable - block * (100 - fillfactor) / 100 - width / 2
    leaves = ceil(_entries(rows, keys, width, block) / room)
    pages, level = leaves + 1.0, leaves
    while level > 1:
        level = ceil(level * (width + POINTER) / (0.7 * usable))
        pages += level
    return pages


def _entries(rows: float, keys: float, width: float, block: int) -> float:
    """All leaf entries with their pointers, in bytes."""
    each = rows / max(1.0, keys)
    if each <= 1:
        return rows * (width + POINTER)
    if each <= FEW:
        return keys * _scattered(each, width)
    most = max(2.0, (block // 10 - POINTER - width) // TID)
    lists = ceil(each / most)
    return keys * (each * TID + lists * (width + POINTER + ALIGN / 2))


def _scattered(each: float, width: float) -> float:
    """The bytes of one key's entry when the number of its rows scatters around an average."""
    mean = _untruncated(each)
    chance, total, bytes_ = exp(-mean), 1 - exp(-mean), 0.0
    for count in range(1, 4 * FEW):
        chance *= mean / count
        bytes_ += chance * ((width if count == 1 else _aligned(width + TID * count)) + POINTER)
    return bytes_ / total


def _untruncated(each: float) -> float:
    """The mean of the Poisson distribution whose values above zero average so many."""
    mean = each
    for _ in range(30):
        mean = each * (1 - exp(-mean))
    return max(mean, 1e-6)


def _put(one: Field, likely: Likely) -> tuple[float, Likely]:
    """What a column adds on average, and where the next one may begin."""
    width, present, after = (
        0.0,
        1 - one.nulls,
        {at: one.nulls * chance for at, chance in likely.items()} if one.nulls else {},
    )
    align = 1 if one.varies and one.width <= LONGEST_SHORT else int(one.align)
    widths = _widths(one)
    for at, chance in likely.items():
        pad = -at % align
        for size, share in widths:
            part = present * chance * share
            width += part * (pad + size)
            end = int(at + pad + size) % ALIGN
            after[end] = after.get(end, 0.0) + part
    return width, after


def _widths(one: Field) -> list[tuple[float, float]]:
    """The widths that a column may have and their shares: the statistics round the average down, and do not tell the spread."""
    if not one.varies:
        return [(one.length, 1.0)]
    half = min(2, max(1, round(one.width / 4)))
    return [(one.width + step, 1 / (2 * half)) for step in range(1 - half, half + 1)]


def _aligned(width: float) -> float:
    return ceil(width / ALIGN) * ALIGN
