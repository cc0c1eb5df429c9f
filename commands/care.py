"""Tables as they are vacuumed and analyzed by hand: which one is meant, how it is done, what stands in the way."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from statistics import median

from bot.command import Check, PastStep, Row, Sources, Sql, Step
from bot.errors import BadInput, Cannot
from bot.sql import queries
from commands.horizon import Holder
from commands.horizon import old as old_ones
from commands.upkeep import ago
from commands.wording import duration, listed, several

TABLES = queries(__file__)["tables"]
VACUUM_S, ANALYZE_S = 7200, 900
PATIENCE_S = 12
"""The counters of a server before 15 are that late."""
MOST_STEPS = 20
WORTH_ROWS = 1000
"""Fewer rows are not worth a step of a plan: autovacuum comes by, and the plan would change while people read it."""
ALL_ROWS = "all rows"


class Cared(Row):
    """A table, a materialized view, or a partitioned table with its `members`; ages in seconds, None: never."""

    oid: int
    toast: int
    namespace: str
    relation: str
    own: bool
    partitioned: bool
    members: tuple[int, ...]
    dead: int
    rows: int
    changed: int
    vacuumed_s: float | None
    analyzed_s: float | None
    locked: bool
    vacuuming: bool
    vacuum: str
    vacuumed: str
    analyze: str
    analyzed: str

    @property
    def name(self) -> str:
        """As people type it: without the schema that the runbook is about."""
        return self.relation if self.own else f"{self.namespace}.{self.relation}"

    @property
    def in_the_way(self) -> str:
        """Why it is left alone now; empty when nothing is in the way."""
        if self.vacuuming:
            return "being vacuumed now"
        return "locked now by somebody who has it alone or waits to" if self.locked else ""


def primary_only(sources: Sources) -> None:
    """Refuse where nothing can be vacuumed.

    Raises:
        Cannot: this is a replica.
    """
    if sources.database.facts().is_replica:
        raise Cannot(f"{sources.database.name} is a replica: vacuum and analyze run on the primary, ask there.")


def choose(tables: Sequence[Cared], typed: str) -> Cared:
    """The table of a name, with or without its schema, exact or else in any case.

    Raises:
        BadInput: there is no such table, with the nearest name, or there are several.
    """
    known: dict[str, list[Cared]] = {}
    for one in tables:
        for name in {one.name, f"{one.namespace}.{one.relation}"}:
            known.setdefault(name, []).append(one)
    alike = known.get(typed) or [one for name, found in known.items() if name.lower() == typed.lower() for one in found]
    different = {one.oid: one for one in alike}
    if len(different) == 1:
        return next(iter(different.values()))
    if different:
        raise BadInput(f"'{typed[:63]}' may be {listed([one.name for one in alike])}. Type the one you mean exactly.")
    close = get_close_matches(typed, known, 1, 0.5)
    hint = f" Did you mean '{close[0]}'?" if close else " `tables` lists them."
    raise BadInput(f"There is no table '{typed[:63]}'.{hint}")


def vacuum(table: Cared, *, required: bool = True) -> Step:
    """How a table is vacuumed and analyzed, and how that is verified."""
    return Step(
        title=f"Vacuum {table.name}",
        do=Sql(statement=table.vacuum),
        locks="share update exclusive: neither reads nor writes wait",
        timeout_s=VACUUM_S,
        lock_timeout_s=5,
        required=required,
        check=Check(statement=table.vacuumed, patience_s=PATIENCE_S),
    )


def analyze(table: Cared, *, required: bool = True) -> Step:
    """How a table is analyzed, and how that is verified."""
    return Step(
        title=f"Analyze {table.name}",
        do=Sql(statement=table.analyze),
        locks="share update exclusive: neither reads nor writes wait",
        timeout_s=ANALYZE_S,
        lock_timeout_s=5,
        required=required,
        check=Check(statement=table.analyzed, patience_s=PATIENCE_S),
    )


def left_alone(table: Cared) -> str:
    """That a table is not touched, and why."""
    return f"{table.name}: {table.in_the_way}, left alone."


def left_out(found: int, most: int) -> list[str]:
    """How many more there would be."""
    return [f"{several(found - most, 'table')} more; these {most} first, then ask again."] if found > most else []


def holding(holders: Iterable[Holder]) -> Holder | None:
    """Who has kept the dead rows of this database's tables from being removed for longest; None when nobody who matters."""
    found = old_ones([one for one in holders if one.here and one.holds == ALL_ROWS])
    return found[0] if found else None


def is_useless(table: Cared, holder: Holder | None) -> bool:
    """Whether everything that died since the last vacuum died after the snapshot that is held: a vacuum removes none of it."""
    if holder is None or holder.age_s is None or table.vacuumed_s is None:
        return False
    return holder.age_s > table.vacuumed_s


def held(table: Cared | None, holder: Holder | None) -> list[str]:
    """Who keeps a vacuum from removing what, in a sentence; none when nobody does."""
    if holder is None:
        return []
    who = _upper(holder.who)
    if table is not None and is_useless(table, holder):
        return [
            f"{who} has held a snapshot since before the last vacuum of {table.name}: no row that died since then can be removed."
        ]
    return [f"{who} keeps the rows that died since from being removed ({several(holder.xids, 'transaction')} since)."]


def state(table: Cared) -> str:
    """What there is to do, in a sentence."""
    parts = f" in {several(len(table.members), 'partition')}" if table.partitioned else ""
    return (
        f"{table.name}: {several(table.dead, 'dead row')} beside {several(table.rows, 'row')}{parts}, last vacuum {ago(table.vacuumed_s)}; "
        f"{several(table.changed, 'row')} changed since ANALYZE, {ago(table.analyzed_s)}."
    )


def expected(steps: Sequence[Step], past: Mapping[str, PastStep]) -> list[str]:
    """How long it should take, from the runs before."""
    known = [(step.title, past[step.title].seconds) for step in steps if step.title in past]
    said = [f"{title.lower()} {duration(median(seconds))}" for title, seconds in known if seconds]
    return [f"Expected, by the runs before: {listed(said)}."] if said else []


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
