"""The runbook's eight quick wins, each judged against the database as it is now."""

from bot.command import Command, Risk, Row, Sources
from bot.report import Button, Fact, Facts, Level, Record, Report, Verdict
from bot.sql import queries
from commands import bloat, cache, connections, indexes_missing, pool, views
from commands.rounds import in_rounds
from commands.tps import ACTIVITY, Activity, Done, ingest_relation, windows
from commands.verdicts import first_line
from commands.wording import several, size

SQL = queries(__file__)
HOUR_S = 3600
SPILLED = 1 << 30
"""Bytes an hour from which on it is worth more memory."""
GOAL = 64 << 20
FEW_WORKERS = 2
CROWDED = (Level.ALERT, Level.PAGE)
SAID = {True: ("yes", Level.INFO), False: ("no", Level.OK), None: ("not known", Level.NO_DATA)}


class Statistics(Row):
    """How many tables have no fresh statistics."""

    examined: int
    stale: int
    worst: str


class Memory(Row):
    """The settings that bound memory and workers; sizes in bytes."""

    work_mem: int
    hash_multiplier: float
    connections: int
    gather: int
    workers: int
    large_tables: int


class Win(Record):
    """One of the eight: whether it applies now, the evidence in a line, what to expect of it, and what to press."""

    name: str
    applies: bool | None
    evidence: str
    effect: str
    text: str = ""


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Ask the diagnoses that know, and look at memory and statistics oneself."""
    judged = in_rounds(sources, [own, missing, bloated, stale, pooling, cached])
    return report([win for wins in judged for win in wins])


def own(sources: Sources) -> list[Win]:
    """What no other diagnosis knows."""
    schema = sources.database.schema
    with sources.database.together() as questions:
        statistics = questions.ask(SQL["statistics"], Statistics, schema=schema)
        memory = questions.ask(SQL["memory"], Memory, schema=schema)
        activity = questions.ask(ACTIVITY.statement, Activity, ingest_relation=ingest_relation(sources))
    (latest, *_) = windows(activity.row, [sources.earlier(ACTIVITY, HOUR_S)], sources.at)
    return [analyze(statistics.row), work_mem(memory.row, latest), parallel(memory.row)]


def missing(sources: Sources) -> list[Win]:
    """Indexes."""
    effect = "high: a scan becomes a look-up"
    return [said("Add missing indexes", effect, "indexes missing", sources, indexes_missing.command)]


def bloated(sources: Sources) -> list[Win]:
    """Room that a vacuum or a rewrite gives back."""
    return [said("Vacuum bloated tables", "high where reads scan: less to read", "bloat", sources, bloat.command)]


def stale(sources: Sources) -> list[Win]:
    """Views that are behind."""
    return [said("Refresh materialized views", "high: readers see today", "views", sources, views.command)]


def cached(sources: Sources) -> list[Win]:
    """A cache before the database."""
    return [said("Add Redis caching", "high for keys asked again and again", "cache", sources, cache.command)]


def said(name: str, effect: str, text: str, sources: Sources, diagnosis: Command) -> Win:
    """What a diagnosis says; it applies when it wants somebody, and nobody knows when it could not look."""
    verdict = first_line(diagnosis, sources)
    applies = None if verdict.level is Level.NO_DATA else verdict.level in {*CROWDED, Level.INFO}
    return Win(name=name, applies=applies, evidence=verdict.text, effect=effect, text=text)


def analyze(found: Statistics) -> Win:
    """Fresh statistics."""
    told = f"{found.stale} of {several(found.examined, 'table')} never analyzed, or changed by a tenth since"
    evidence = (
        f"{told}, most of all {found.worst}" if found.stale else f"all {several(found.examined, 'table')} are fresh"
    )
    return Win(
        name="Update table statistics",
        applies=found.stale > 0,
        evidence=evidence,
        effect="medium: plans fit the data again",
        text="tables",
    )


def work_mem(found: Memory, latest: Done) -> Win:
    """More memory for sorts, for one role; never the runbook's 256 MB for everybody."""
    files, written = latest.count(lambda one: one.temp_files), latest.count(lambda one: one.temp_bytes)
    rate = latest.rate(lambda one: one.temp_bytes)
    spills = None if rate is None and written else (rate or 0) * HOUR_S > SPILLED
    worst = found.connections * 2 * (found.gather + 1) * max(found.work_mem, GOAL) * found.hash_multiplier
    spilled = f"{several(files, 'temporary file')}, {size(written)} {latest.span.said}"
    return Win(
        name="Increase work_mem",
        applies=spills if found.work_mem < GOAL else False,
        evidence=f"{spilled}; work_mem is {size(found.work_mem)}; {size(GOAL)} could cost up to {size(worst)} at worst",
        effect="medium: sorts stay in memory; per role, not for all",
        text="settings",
    )


def parallel(found: Memory) -> Win:
    """More workers for large scans."""
    few = found.gather < FEW_WORKERS
    return Win(
        name="Enable parallel queries",
        applies=few and found.large_tables > 0 and found.workers > found.gather,
        evidence=f"{found.gather} workers a query of {found.workers} in all; {several(found.large_tables, 'table')} large enough",
        effect="high for large scans, none on few processors",
        text="settings",
    )


def pooling(sources: Sources) -> list[Win]:
    """A pooler, judged by the slots where there is none."""
    name = "Implement connection pooling"
    if sources.pooler is not None:
        return [said(name, "done: a pooler is configured", "pool", sources, pool.command)]
    verdict = first_line(connections.command, sources)
    evidence = f"no pooler is configured; {verdict.text}"
    effect = "high when connections are many and short"
    return [Win(name=name, applies=verdict.level in CROWDED, evidence=evidence, effect=effect, text="connections")]


def report(wins: list[Win]) -> Report:
    """Those that apply or are not known, with their evidence; those that nobody needs now behind *More*."""
    fitting = [win for win in wins if win.applies]
    unknown = [win for win in wins if win.applies is None]
    needless = [win for win in wins if win.applies is False]
    told = Facts(title="Of the runbook's eight", facts=tuple(as_fact(win) for win in [*fitting, *unknown]))
    rest = Facts(title="Not needed now", facts=tuple(as_fact(win) for win in needless))
    return Report(
        title="Quick wins",
        verdict=verdict_of(fitting, len(unknown)),
        parts=(told,) if told.facts else (),
        more=(rest,) if rest.facts else (),
        notes=("A bare SET, as the runbook has it, changes only its own session; nothing here does that.",),
        buttons=tuple(Button(label=win.text.capitalize(), text=win.text) for win in _once(fitting)),
    )


def as_fact(win: Win) -> Fact:
    """Whether a win applies, why, and what to expect of it."""
    value, level = SAID[win.applies]
    return Fact(name=win.name, value=value, level=level, note=f"{win.evidence}; effect {win.effect}")


def verdict_of(fitting: list[Win], unknown: int) -> Verdict:
    """How many apply, and the first of them; that none does is only said when all are known."""
    if not fitting and unknown:
        text = f"None of the eight quick wins applies as far as can be seen; {unknown} not known"
        return Verdict(level=Level.NO_DATA, text=text)
    if not fitting:
        return Verdict(level=Level.OK, text="None of the eight quick wins applies now")
    first, many = fitting[0], len(fitting) > 1
    text = f"{len(fitting)} of the eight quick wins {'apply' if many else 'applies'}; first: {first.name.lower()} ({first.evidence})"
    return Verdict(level=Level.INFO, text=text)


def _once(wins: list[Win]) -> list[Win]:
    known: dict[str, Win] = {}
    for win in wins:
        known.setdefault(win.text, win)
    return list(known.values())


command = Command(
    name="wins",
    help="The runbook's eight quick wins, judged against the database now",
    runbook="Quick Performance Wins",
    risk=Risk.LOOK,
    place=21,
    plan=plan,
    words=("quick wins", "what would help"),
    probes=(ACTIVITY,),
)
