"""What statements cost over a time: the differences of two readings of pg_stat_statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.command import Kept, Probe, Row, Sources
from bot.errors import Cannot
from bot.sql import queries
from commands.ledger import Figures, Ledger, differences
from commands.since import LONGEST_S, Span, is_too_close

SQL = queries(__file__)
LEDGER = Probe("statement_costs", SQL["ledger"], Ledger, every_s=60, keep_s=LONGEST_S)


class Counting(Row):
    """What keeps statements from being counted, and how many are left out: Scout's own, those that others called, other databases'."""

    query_ids: str
    track: str
    own: int
    nested: int
    elsewhere: int

    @property
    def off(self) -> str:
        """Why nothing is counted, as a clause; empty when there is no reason."""
        if self.query_ids == "off":
            return "compute_query_id is off: set it to auto, a reload is enough"
        return "pg_stat_statements.track is none: set it to top, a reload is enough" if self.track == "none" else ""


@dataclass(frozen=True)
class Cost:
    """What one statement cost; pages are of shared buffers."""

    calls: float
    total_ms: float
    rows: float
    pages_hit: float
    pages_read: float
    temp_pages: float

    @property
    def mean_ms(self) -> float:
        """The time of one call."""
        return self.total_ms / self.calls if self.calls else 0

    @property
    def rows_per_call(self) -> float:
        """How many rows a call returned or changed."""
        return self.rows / self.calls if self.calls else 0

    @property
    def read_percent(self) -> float:
        """The share of its pages that were not in shared buffers."""
        return 100 * self.pages_read / max(1, self.pages_hit + self.pages_read)


@dataclass(frozen=True)
class Spent:
    """What all statements cost over a time; `evicted` counts how often the server threw statements out in it."""

    span: Span
    costs: Mapping[int, Cost]
    evicted: int

    @property
    def total_ms(self) -> float:
        """The time of all statements together."""
        return sum(cost.total_ms for cost in self.costs.values())

    def share(self, cost: Cost) -> float:
        """How much of all time one statement took, in per cent."""
        return 100 * cost.total_ms / self.total_ms if self.total_ms else 0


def readable(sources: Sources) -> None:
    """Nothing, when the statements of all roles can be seen.

    Raises:
        Cannot: the statements of others are hidden, so that every figure would be wrong.
    """
    facts = sources.database.facts()
    if not facts.reads_all_stats:
        raise Cannot(
            f"The statements of other roles are hidden from Scout. Run there: `grant pg_read_all_stats to {facts.role};`"
        )


def spent(now: Ledger, kept: Kept[Ledger] | None, at: datetime, wanted_s: float | None) -> Spent:
    """What was spent since an earlier reading; since the counters began when there is none that can be subtracted."""
    before = kept.rows[0] if kept else None
    if kept is None or before is None or before.reset_at != now.reset_at or is_too_close(kept.at, at):
        span = Span(begin=now.reset_at, end=at, since_reset=True, wanted_s=wanted_s or 0)
        return Spent(span, _costs(now.rows()), now.evicted)
    span = Span(begin=kept.at, end=at, wanted_s=wanted_s or 0)
    return Spent(span, _costs(differences(now, before)), now.evicted - before.evicted)


def _costs(figures: Mapping[int, Figures]) -> dict[int, Cost]:
    return {key: Cost(*row) for key, row in figures.items()}
