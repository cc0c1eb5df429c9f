"""Rewrite one bloated table in the maintenance window: two approvers, measured bloat, free disk, one attempt."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import Field

from bot.command import Args, Check, Command, Limits, Opening, Plan, Program, Risk, Row, Sources, Sql, Step
from bot.errors import BadInput, Cannot
from bot.report import Button, Code, Level, Report, Verdict
from bot.sql import queries
from commands import bloat_heap, bloat_look, care, horizon
from commands.bloat_found import Bloat
from commands.bloat_heap import Heap, Measured
from commands.care import TABLES, Cared
from commands.horizon import Holder
from commands.opening import opening
from commands.wording import duration, listed, several, size

SQL = queries(__file__)
FOUR_HOURS_S, LOCK_S, DISK_S = 14_400, 2, 30
COPIES = 2
"""What a rewrite may need of free disk, in sizes of the table: the new copy, and as much again in the log."""
SLOW, FAST = 20 * 2**20, 100 * 2**20
"""Bytes a second between which a rewrite is expected to go, where none is remembered."""


class Wanted(Args):
    """Which table; `anyway` where pg_repack could do it and stop nobody."""

    table: str = Field(min_length=1, max_length=127)
    anyway: bool = False


class Site(Row):
    """A table with its indexes, in bytes, and how it is rewritten; `has_key` is what pg_repack needs."""

    total: int
    indexes: int
    tablespace: str
    statement: str
    rewritten: str
    repack: bool
    has_key: bool
    database: str
    identity: str


class User(Row):
    """A session that has the table open."""

    pid: int
    role: str
    state: str
    age_s: float


@dataclass(frozen=True)
class Known:
    """All that is known of the table."""

    table: Cared
    site: Site
    users: Sequence[User]
    bloat: Bloat
    opening: Opening


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Look whether it may be rewritten and is worth it, then propose it.

    Raises:
        BadInput: there is no such table, or it is a partitioned one.
        Cannot: no window is set, this is a replica, or nothing can be measured.
    """
    when = opening(sources)
    care.primary_only(sources)
    with sources.database.together() as questions:
        tables = questions.ask(TABLES, Cared, schema=sources.database.schema, everywhere=False)
        holders = questions.ask(horizon.SQL["holders"], Holder)
    table = care.choose(tables.rows, args.table)
    if table.partitioned:
        raise BadInput(
            f"{table.name} is a partitioned table: name one of its partitions, which are rewritten one by one."
        )
    refused = in_the_way(table, holders.rows)
    if refused:
        return not_now(refused)
    with sources.database.together() as questions:
        site = questions.ask(SQL["site"], Site, oid=table.oid)
        users = questions.ask(SQL["users"], User, oid=table.oid)
    if site.row.repack and site.row.has_key and not args.anyway:
        return rather_repack(table, site.row)
    known = Known(table, site.row, users.rows, measure(sources, table), when)
    return judged(known, sources)


def judged(known: Known, sources: Sources) -> Plan | Report:
    """The rewrite, when it is worth its lock."""
    refused = not_worth(known, sources.limits)
    return not_now(refused, "bloat") if refused else proposal(known, sources)


def in_the_way(table: Cared, holders: Sequence[Holder]) -> str:
    """Why it cannot be done now; empty when nothing is in the way."""
    if table.in_the_way:
        return f"{table.name} is {table.in_the_way}: ask again when that is over"
    holder = care.holding(holders)
    if holder is None:
        return ""
    end = f"`terminate {holder.pid}` ends it" if holder.kind == "session" else "`vacuum` shows how it is let go"
    return f"A rewrite would copy the dead rows of {table.name} too: {holder.who} still holds an old snapshot. {end}; then ask again"


def measure(sources: Sources, table: Cared) -> Bloat:
    """The bloat of the table by pgstattuple, with no cap on its size.

    Raises:
        Cannot: it cannot be measured here.
    """
    look = bloat_look.SQL
    with sources.database.together() as questions:
        heaps = questions.ask(look["heaps"], Heap, schema=sources.database.schema, table=table.relation, most=1)
        installed = questions.ask(look["installed"], bloat_look.Installed)
    notes: list[str] = []
    where = bloat_look.usable(installed.rows, notes)
    if where is None or not heaps.rows:
        raise Cannot(f"A table is rewritten only when its bloat was measured. {' '.join(notes)}")
    names = {"pgstattuple": where.home}
    (found,) = sources.database.rows(look["approximately"], Measured, names, oids=[table.oid])
    return bloat_heap.measured(heaps.rows[0], found)


def not_worth(known: Known, limits: Limits) -> str:
    """Why a rewrite is not worth stopping everybody; empty when it is (runbook notes, section 8: 30 % and 1 GB)."""
    percent, wasted = known.bloat.percent or 0, known.bloat.wasted or 0
    lines = f"{limits.rewrite_percent:g} % and {size(limits.rewrite_bytes)}"
    if percent >= limits.rewrite_percent and wasted >= limits.rewrite_bytes:
        return ""
    return (
        f"A rewrite of {known.table.name} would give back {size(wasted)} ({percent:.0f} %, measured); it stops everybody, "
        f"so it is done from {lines} on. Its indexes can be rebuilt while all go on: `bloat {known.table.relation}`"
    )


def proposal(known: Known, sources: Sources) -> Plan:
    """The rewrite in its window, behind the proof that there is room where a program can give it."""
    wasted = size(known.bloat.wasted or 0)
    return Plan(
        summary=f"Rewrite {known.table.name}, which gives back {wasted} of {size(known.bloat.size)}; nobody can read or write it meanwhile",
        risk=Risk.DISRUPT,
        steps=(*room(known, sources.limits), rewrite(known)),
        notes=tuple(notes(known, sources)),
        evidence=("active",),
        approvers=2,
        window=known.opening,
    )


def room(known: Known, limits: Limits) -> Iterable[Step]:
    """The proof that the disk has room; PostgreSQL cannot tell, so it takes a program of the settings."""
    if limits.free_disk_program:
        yield Step(
            title="Look whether the disk has room",
            do=Program(argv=limits.free_disk_program),
            locks="none",
            timeout_s=DISK_S,
            at_least=COPIES * known.site.total,
        )


def rewrite(known: Known) -> Step:
    """One attempt: while it only waits for its lock, everybody who comes after waits too (runbook notes, sections 8 and 16)."""
    return Step(
        title=f"Rewrite {known.table.name}",
        do=Sql(statement=known.site.statement),
        locks="access exclusive: nobody can read or write the table until it ends",
        timeout_s=min(FOUR_HOURS_S, known.opening.seconds),
        lock_timeout_s=LOCK_S,
        check=Check(statement=known.site.rewritten),
    )


def notes(known: Known, sources: Sources) -> Iterable[str]:
    """The disk, who waits, how long, and what becomes of it when it is ended."""
    site, needed = known.site, size(COPIES * known.site.total)
    copies = f"up to {needed} for the new copy and the log, on the disk of tablespace {site.tablespace}"
    if sources.limits.free_disk_program:
        yield f"Free disk: {copies}; the first step asks {sources.limits.free_disk_program[0]}, and ends the run when it is less."
    else:
        yield f"Free disk: {copies}. PostgreSQL cannot tell how much is free: who approves confirms to have looked."
    yield _users(known)
    yield f"Expected: {_expected(known, sources)}. Everybody who reads or writes {known.table.name} waits that long."
    yield f"Size: {size(site.total)}, {size(site.indexes)} of it indexes; {known.bloat.percent or 0:.0f} % bloat, measured."
    yield "It is ended when the window closes, and then as when it is stopped or fails everything is as before. No undo is needed: no row changes."
    if site.repack:
        yield f"pg_repack is installed and stops nobody{'' if site.has_key else f', but {known.table.name} has no key, which it needs'}."


def _users(known: Known) -> str:
    waits = f"It waits {LOCK_S} s for them at most, in one attempt, and whoever comes meanwhile waits behind it."
    if not known.users:
        return f"Nobody has {known.table.name} open now. {waits}"
    said = listed([f"pid {one.pid} ({one.role}, {one.state} for {duration(one.age_s)})" for one in known.users], 3)
    return f"{several(len(known.users), 'session')} in {known.table.name} now: {said}. {waits}"


def _expected(known: Known, sources: Sources) -> str:
    step = rewrite(known)
    (said,) = care.expected([step], sources.memory.durations([step.title])) or [""]
    if said:
        return said.removeprefix("Expected, by the runs before: ").removesuffix(".") + ", by the runs before"
    kept = known.site.total - (known.bloat.wasted or 0)
    return (
        f"{duration(kept / FAST)} to {duration(kept / SLOW)} for {size(kept)}, a guess: no rewrite of it is remembered"
    )


def rather_repack(table: Cared, site: Site) -> Report:
    """That pg_repack does the same and stops nobody, word for word."""
    words = f"pg_repack --dbname={shlex.quote(site.database)} --table={shlex.quote(site.identity)}"
    return Report(
        title="Vacuum full",
        verdict=Verdict(
            level=Level.INFO,
            text=f"pg_repack is installed: it rewrites {table.name} while readers and writers go on, so I propose that instead",
        ),
        parts=(Code(title="On a machine with the program pg_repack, as its owner", text=words),),
        notes=(
            f"It needs up to {size(COPIES * site.total)} of free disk, and 2 short exclusive locks.",
            f"`vacuum full {table.name} anyway=yes` proposes the rewrite that stops everybody.",
        ),
        buttons=(Button(label="All the same", text=f"vacuum full {shlex.quote(table.name)} anyway=yes", danger=True),),
    )


def not_now(text: str, look: str = "vacuum") -> Report:
    """That it is not done, and why."""
    return Report(
        title="Vacuum full",
        verdict=Verdict(level=Level.INFO, text=text),
        buttons=(Button(label=look.capitalize(), text=look), Button(label="Active", text="active")),
    )


command = Command(
    name="vacuum full",
    help="Rewrite a bloated table, in the maintenance window only",
    runbook="Vacuum & Analyze Script",
    risk=Risk.DISRUPT,
    place=33,
    args=Wanted,
    plan=plan,
    words=("full vacuum", "rewrite table"),
)
