"""How far tables are past the point where autovacuum should have come, by each table's own settings."""

from collections.abc import Sequence

from bot.command import Row
from bot.report import Level
from bot.sql import queries
from commands.wording import duration, several

SQL = queries(__file__)
LINE = 100
"""Debts are in per cent of a table's own line."""
TWICE = 200
"""From here on a table is not just waiting for its turn."""


class Debt(Row):
    """A table or a TOAST table against its own thresholds; ages in seconds, None where it never happened or does not apply."""

    oid: int
    name: str
    own: bool
    toast: bool
    rows: float
    dead: int
    dead_line: float
    inserted: int
    inserted_line: float | None
    changed: int
    changed_line: float | None
    autovacuum: bool
    enabled: bool
    options: str
    vacuumed_s: float | None
    analyzed_s: float | None
    xid_age: int
    locked: bool
    vacuuming: bool
    statement: str

    @property
    def dead_percent(self) -> float:
        """The share of dead rows among all."""
        return 100 * self.dead / max(1.0, self.rows + self.dead)

    @property
    def vacuum_due(self) -> float:
        """Dead or inserted rows in per cent of the table's own line; autovacuum comes above 100."""
        inserted = 100 * self.inserted / max(1.0, self.inserted_line) if self.inserted_line is not None else 0
        return max(self.dead_due, inserted)

    @property
    def dead_due(self) -> float:
        """Dead rows in per cent of the table's own line."""
        return 100 * self.dead / max(1.0, self.dead_line)

    @property
    def analyze_due(self) -> float:
        """Rows changed since ANALYZE in per cent of the table's own line."""
        return 100 * self.changed / max(1.0, self.changed_line) if self.changed_line is not None else 0

    @property
    def due(self) -> float:
        """The larger of both debts."""
        return max(self.vacuum_due, self.analyze_due)

    @property
    def excess(self) -> float:
        """The rows beyond the line that is passed furthest: a large table weighs more than a small one."""
        inserted = self.inserted - self.inserted_line if self.inserted_line is not None else 0
        changed = self.changed - self.changed_line if self.changed_line is not None else 0
        return max(self.dead - self.dead_line, inserted, changed)

    @property
    def only_inserts(self) -> bool:
        """Whether nothing but inserted rows is past its line: no room is lost, no plan is worse."""
        return max(self.dead_due, self.analyze_due) <= LINE < self.due

    @property
    def level(self) -> Level:
        """Alert where more than twice its line has come together, or nobody will ever come."""
        if self.due <= LINE:
            return Level.OK
        urgent = (self.due > TWICE and not self.only_inserts) or self.is_off
        return Level.ALERT if urgent and not self.vacuuming else Level.INFO

    @property
    def is_off(self) -> bool:
        """Whether autovacuum is switched off for this table or altogether."""
        return not (self.enabled and self.autovacuum)


class Running(Row):
    """A vacuum, an analyze or a rewrite at work; `percent` is of the phase."""

    pid: int
    relation: str | None
    what: str
    who: str
    phase: str
    percent: float | None
    passes: int
    age_s: float | None


class Workers(Row):
    """The autovacuum workers of the server."""

    at_work: int
    most: int
    autovacuum: bool
    counts: bool
    hidden: int
    role: str


def overdue(debts: Sequence[Debt]) -> list[Debt]:
    """What is beyond its own line, the one with most rows beyond it first; where only inserts wait to be frozen, behind the others."""
    behind = [debt for debt in debts if debt.due > LINE]
    return sorted(behind, key=lambda debt: (debt.only_inserts, -debt.excess, debt.name))


def said(debt: Debt) -> str:
    """A table's debt in a sentence."""
    off = ", and autovacuum is off for it" if debt.is_off else ""
    if debt.dead_due >= max(debt.vacuum_due, debt.analyze_due):
        return f"{debt.name} has {several(debt.dead, 'dead row')}, {debt.dead_due / 100:,.1f} times its line{off}"
    if debt.vacuum_due >= debt.analyze_due:
        return f"{debt.name} had {several(debt.inserted, 'row')} inserted since its last vacuum, {debt.vacuum_due / 100:,.1f} times its line{off}"
    return f"{debt.name} had {several(debt.changed, 'row')} changed since ANALYZE, {debt.analyze_due / 100:,.1f} times its line{off}"


def ago(seconds: float | None) -> str:
    """When it last happened."""
    return "never" if seconds is None else f"{duration(max(0.0, seconds))} ago"
