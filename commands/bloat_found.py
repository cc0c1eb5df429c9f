"""What is known about the bloat of a table or an index: reckoned from statistics, or measured."""

from bot.report import Cell, Column, Record, Unit

MB = 1024**2
GB = 1024**3
MUCH_PERCENT = 20
"""From here on an estimate is checked by measuring."""


class Bloat(Record):
    """A table with its TOAST, or an index; `wasted` is what a rewrite would give back in bytes, None where that cannot be reckoned.

    `how` says how it is known; `remedy` is the statement that rewrites it.
    """

    oid: int
    name: str
    size: int
    wasted: float | None
    reliable: bool
    how: str
    remedy: str
    measured: bool = False
    at_least: bool = False

    @property
    def percent(self) -> float | None:
        """The share of the whole that a rewrite would give back."""
        if self.wasted is None:
            return None
        return 100 * self.wasted / self.size if self.size else 0.0

    @property
    def possible(self) -> float:
        """How much may be wasted at most as far as is known, to measure what matters first."""
        unsure = self.wasted is None or not self.reliable
        return self.size if unsure else self.wasted or 0.0

    @property
    def cells(self) -> tuple[Cell, ...]:
        """A row of the answer."""
        return self.name, self.percent, self.wasted, self.size, ("at least: " if self.at_least else "") + self.how


def columns(what: str) -> tuple[Column, ...]:
    """The columns of the answer's tables."""
    return (
        Column(title=what, unit=Unit.CODE),
        Column(title="Bloat", unit=Unit.PERCENT),
        Column(title="Given back", unit=Unit.BYTES),
        Column(title="Size", unit=Unit.BYTES),
        Column(title="How it is known"),
    )
