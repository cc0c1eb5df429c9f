"""Many counters at one moment, packed: small enough that the watch keeps a day of them for every statement or table.

5,000 statements with six figures are 280 kB; a day of readings, the older the sparser, is about fifty of them.
"""

import sys
from array import array
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Literal

from pydantic import PlainValidator

from bot.command import Row


def _packed(kind: Literal["q", "d"], sent: bytes) -> Sequence[float]:
    """Numbers as PostgreSQL sends them, eight bytes each, in network order."""
    numbers = array(kind, sent)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


Figures = tuple[float, ...]


class Ledger(Row):
    """Counters by key, one row of `figures` for each of `keys`; the first figure never goes back unless the entry began anew."""

    reset_at: datetime | None
    evicted: int = 0
    keys: Annotated[Sequence[int], PlainValidator(partial(_packed, "q"))]
    figures: Annotated[Sequence[float], PlainValidator(partial(_packed, "d"))]

    def rows(self) -> Mapping[int, Figures]:
        """The figures by key."""
        width = len(self.figures) // max(1, len(self.keys))
        return {key: tuple(self.figures[at * width : (at + 1) * width]) for at, key in enumerate(self.keys)}

    def of(self, key: int) -> Figures | None:
        """The figures of one key, without unpacking the others."""
        if key not in self.keys:
            return None
        width = len(self.figures) // len(self.keys)
        at = self.keys.index(key) * width
        return tuple(self.figures[at : at + width])


def step(key: int, now: Ledger, before: Ledger) -> Figures:
    """What was counted for one key between two moments; zeros when nothing was."""
    new = now.of(key)
    return (0.0, 0.0) if new is None else _difference(new, before.of(key))


def differences(now: Ledger, before: Ledger) -> Mapping[int, Figures]:
    """What was counted between two moments, for every key that counted anything.

    An entry that is new, or was thrown out and came back, counted all it has.
    """
    old = before.rows()
    found = {key: _difference(new, old.get(key)) for key, new in now.rows().items()}
    return {key: figures for key, figures in found.items() if any(figures)}


def _difference(new: Figures, old: Figures | None) -> Figures:
    if old is None or new[0] < old[0]:
        return new
    return tuple(max(0.0, one - other) for one, other in zip(new, old, strict=True))
