"""Which tables are behind with vacuum, who vacuums now, and who keeps vacuum from removing anything."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.command import Args, Command, Plan, Risk, Sources
from bot.report import Button, Cell, Code, Column, Level, Report, Table, Unit, Verdict
from commands import horizon, upkeep, vacuuming
from commands.horizon import Holder
from commands.upkeep import Debt, Running, Workers, ago, overdue
from commands.wording import listed, several

ON_SCREEN, MOST_ROWS = 6, 60


@dataclass(frozen=True)
class Known:
    """All that was seen; holders only those of this database that matter, the oldest first."""

    debts: Sequence[Debt]
    running: Sequence[Running]
    workers: Workers
    holders: Sequence[Holder]
    is_replica: bool = False
    behind_feedback: Sequence[str] = ()

    @property
    def behind(self) -> list[Debt]:
        """What is past its own line."""
        return overdue(self.debts)


class Wanted(Args):
    """Which table to vacuum; without one it is only looked which are behind."""

    table: str = ""


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Look, then say; with a table propose to vacuum it."""
    return vacuuming.plan(sources, args.table) if args.table else diagnosis(sources)


def diagnosis(sources: Sources) -> Report:
    """Which tables are behind, and who is in the way."""
    schema = sources.database.schema
    with sources.database.together() as questions:
        debts = questions.ask(upkeep.SQL["debts"], Debt, schema=schema, everywhere=True)
        running = questions.ask(upkeep.SQL["running"], Running, schema=schema)
        workers = questions.ask(upkeep.SQL["workers"], Workers)
        holders = questions.ask(horizon.SQL["holders"], Holder)
    here = horizon.old([one for one in holders.rows if one.here])
    is_replica = sources.database.facts().is_replica
    behind = horizon.behind(sources, here)
    return report(Known(debts.rows, running.rows, workers.row, here, is_replica, behind), sources.doing)


def report(known: Known, doing: Callable[[str, int | None], str]) -> Report:
    """What is behind, what runs, and who is in the way."""
    behind = known.behind
    holders, more_holders = horizon.tables(known.holders, doing)
    parts = (
        _behind("Behind their own lines", behind[:ON_SCREEN]),
        _running(known.running),
        holders,
    )
    more = (
        _behind("More tables behind", behind[ON_SCREEN : ON_SCREEN + MOST_ROWS], len(behind) - ON_SCREEN - MOST_ROWS),
        more_holders,
    )
    danger = any(one.kind == "session" for one in known.holders)
    return Report(
        title="Vacuum",
        verdict=verdict(known),
        parts=(*(part for part in parts if part.rows), *horizon.remedies(known.holders), *_by_hand(known)),
        more=tuple(part for part in more if part.rows),
        notes=notes(known),
        buttons=(
            *((Button(label="Emergency", text="emergency", danger=True),) if danger else ()),
            *((Button(label="Maintenance", text="maintenance"),) if behind and not known.is_replica else ()),
            Button(label="Active", text="active"),
            Button(label="Bloat", text="bloat"),
            Button(label="Wraparound", text="wraparound"),
        ),
    )


def verdict(known: Known) -> Verdict:
    """Who is in the way of vacuum, else what is furthest behind, in one line."""
    behind = known.behind
    if known.is_replica:
        return Verdict(level=Level.INFO, text="This is a replica: vacuum runs on the primary, ask there")
    if not (known.workers.autovacuum and known.workers.counts):
        off = "autovacuum" if not known.workers.autovacuum else "track_counts"
        return Verdict(level=Level.ALERT, text=f"{off} is off for the whole server: no table is vacuumed by itself")
    held = horizon.held(known.holders)
    if behind and held:
        return Verdict(level=Level.ALERT, text=f"{upkeep.said(behind[0])}; {held}")
    if behind:
        return Verdict(level=behind[0].level, text=upkeep.said(behind[0]) + _others(behind) + _at_work(behind[0]))
    if held:
        return Verdict(level=Level.INFO, text=f"No table is past its own line; {held}")
    return Verdict(level=Level.OK, text="No table is past its own vacuum or analyze line, and nobody holds vacuum back")


def notes(known: Known) -> tuple[str, ...]:
    """What was examined, what is left alone, and what cannot be seen."""
    workers = known.workers
    said = [
        (
            f"Examined: {several(sum(not one.toast for one in known.debts), 'table')} of this database, catalogs included, and their TOAST;"
            f" {workers.at_work} of {several(workers.most, 'autovacuum worker')} at work on the server."
        )
    ]
    off = [one.name for one in known.debts if not one.enabled]
    locked = [one.name for one in known.debts if one.locked]
    if off:
        said.append(f"Autovacuum is off for {listed(off)}.")
    if locked:
        said.append(f"Locked now, so vacuum has to wait: {listed(locked)}.")
    if workers.hidden:
        said.append(
            f"Not complete: {several(workers.hidden, 'session')} hidden from {workers.role}: `grant pg_read_all_stats to {workers.role};`"
        )
    return (*said, *known.behind_feedback)


def _others(behind: Sequence[Debt]) -> str:
    return f"; {several(len(behind) - 1, 'more table')} past theirs" if len(behind) > 1 else ""


def _at_work(debt: Debt) -> str:
    return "; it is being vacuumed now" if debt.vacuuming else ""


def _behind(title: str, debts: Sequence[Debt], left_out: int = 0) -> Table:
    units = (Unit.CODE, Unit.PERCENT, Unit.PERCENT, Unit.COUNT, Unit.TEXT, Unit.TEXT)
    titles = ("Table", "Vacuum due", "Analyze due", "Dead rows", "Last vacuum", "State")
    columns = tuple(Column(title=name, unit=unit) for name, unit in zip(titles, units, strict=True))
    return Table(title=title, columns=columns, rows=tuple(_cells(debt) for debt in debts), left_out=max(0, left_out))


def _cells(debt: Debt) -> tuple[Cell, ...]:
    state = "being vacuumed" if debt.vacuuming else "locked" if debt.locked else "autovacuum off" if debt.is_off else ""
    return debt.name, debt.vacuum_due, debt.analyze_due, debt.dead, ago(debt.vacuumed_s), state


def _running(running: Sequence[Running]) -> Table:
    titles = ("PID", "Table", "What", "By", "Phase", "Since")
    units = (Unit.CODE, Unit.CODE, Unit.TEXT, Unit.TEXT, Unit.TEXT, Unit.SECONDS)
    columns = tuple(Column(title=name, unit=unit) for name, unit in zip(titles, units, strict=True))
    rows = tuple(
        (one.pid, one.relation or "(hidden)", one.what, one.who, _phase(one), one.age_s) for one in running[:MOST_ROWS]
    )
    return Table(title="At work now", columns=columns, rows=rows)


def _phase(one: Running) -> str:
    part = f" {one.percent:.0f} %" if one.percent is not None else ""
    passes = f", {several(one.passes, 'index pass', 'index passes')} done" if one.passes > 1 else ""
    return f"{one.phase}{part}{passes}"


def _by_hand(known: Known) -> tuple[Code, ...]:
    lines = [one.statement for one in known.behind if one.statement and not (one.vacuuming or one.locked)][:2]
    if not lines or known.holders or known.is_replica:
        return ()
    title = "By hand (neither reads nor writes wait; stop it at any time, nothing to undo)"
    return (Code(title=title, text="\n".join(lines)),)


command = Command(
    name="vacuum",
    help="Which tables are behind with vacuum; with a table: vacuum it (mend)",
    runbook="Vacuum & Analyze Script",
    risk=Risk.LOOK,
    place=32,
    args=Wanted,
    plan=plan,
    words=("autovacuum", "vacuum debt", "dead rows", "dead tuples", "xmin horizon"),
)
