"""What a measurement says: rows of a section, with the target beside the figure where there is one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median


@dataclass(frozen=True)
class Row:
    """One figure; `against` is what it is compared with, `ratio` the two divided, `is_met` None where there is no target."""

    what: str
    measured: str
    against: str = ""
    ratio: str = ""
    target: str = ""
    is_met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        """The row as the page's table has it."""
        kept = {None: "", True: "yes", False: "**no**"}[self.is_met]
        return self.what, self.measured, self.against, self.ratio, self.target, kept


@dataclass(frozen=True)
class Section:
    """The figures of one module and how they were got."""

    title: str
    how: str
    rows: Sequence[Row]
    free: float = 1.0
    """How much of a processor a loop got that wants a whole one, before and after."""

    def lines(self) -> Iterable[str]:
        """The section in Markdown."""
        heads = ("figure", "measured", "compared with", "ratio", "target", "kept")
        how = f"{self.how} A loop that wants a whole processor got {self.free:.0%} of one just before and after."
        yield from (f"## {self.title}", "", how, "", _line(heads), "|---" * len(heads) + "|")
        yield from (_line(row.cells()) for row in self.rows)
        yield ""


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def below(what: str, value: float, most: float, unit: str, against: str = "") -> Row:
    """A figure that is to stay below a line."""
    return Row(what, f"{shown(value)} {unit}", against, "", f"< {most:g} {unit}", value < most)


def times(what: str, value: float, base: tuple[str, float], most: float | None = None) -> Row:
    """Milliseconds beside those of something else in the same run, where their ratio counts."""
    ratio = value / base[1]
    target, is_met = ("", None) if most is None else (f"ratio <= {most:g}", ratio <= most)
    return Row(what, f"{shown(value)} ms", f"{base[0]}: {shown(base[1])} ms", f"{ratio:.2f}", target, is_met)


def shown(value: float) -> str:
    """A figure with three digits that count."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}"


@dataclass(frozen=True)
class Spread:
    """Measured values of one thing."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        """The one in the middle."""
        return median(self.values)

    def percentile(self, percent: float) -> float:
        """The smallest value that is not below so many per cent of all."""
        return sorted(self.values)[max(0, ceil(len(self.values) * percent / 100) - 1)]
