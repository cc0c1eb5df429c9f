"""How the server is set: what is dangerous, what is not as built, and who has settings of their own."""

from collections.abc import Iterable, Sequence

from bot.command import Command, Risk, Row, Sources
from bot.report import Button, Cell, Code, Column, Fact, Facts, Level, Part, Report, Table, Verdict, worst
from bot.sql import queries
from commands.settings_judged import WANTED, Finding, Setting, Sizes, findings, memory
from commands.tps import ACTIVITY, Activity, Done, ingest_relation, windows
from commands.wording import listed, several, size

SQL = queries(__file__)
HOUR_S = 3600
SCREEN = 12
OVERRIDES = tuple(Column(title=title) for title in ("Role", "Database", "Setting", "Value"))
DEVIATING = tuple(Column(title=title) for title in ("Setting", "Value", "As built", "From", "Restart"))


class Override(Row):
    """A setting of a role or of a database, or of a role in a database; empty names mean all."""

    database: str
    role: str
    name: str
    value: str
    own: bool


class Unvacuumed(Row):
    """A table without autovacuum."""

    name: str


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Look, then say."""
    with sources.database.together() as questions:
        settings = questions.ask(SQL["settings"], Setting, wanted=list(WANTED))
        sizes = questions.ask(SQL["sizes"], Sizes)
        overrides = questions.ask(SQL["overrides"], Override)
        unvacuumed = questions.ask(SQL["unvacuumed"], Unvacuumed)
        activity = questions.ask(ACTIVITY.statement, Activity, ingest_relation=ingest_relation(sources))
    (latest, *_) = windows(activity.row, [sources.earlier(ACTIVITY, HOUR_S)], sources.at)
    return report(settings.rows, sizes.row, overrides.rows, [one.name for one in unvacuumed.rows], latest)


def report(
    settings: Sequence[Setting],
    sizes: Sizes,
    overrides: Sequence[Override],
    unvacuumed: Sequence[str],
    latest: Done,
) -> Report:
    """What to look at first, then the exceptions, then everything that is not as built."""
    found = findings({one.name: one for one in settings}, unvacuumed)
    deviating = [one for one in settings if not one.own and (one.pending_restart or not one.at_default)]
    return Report(
        title="Settings",
        verdict=verdict(found, len(deviating), len(overrides)),
        parts=tuple(_screen(found, sizes, overrides, latest)),
        more=tuple(_rest(deviating, overrides)),
        notes=tuple(notes(settings, deviating, overrides)),
        buttons=(Button(label="Throughput", text="tps"), Button(label="Status", text="status")),
    )


def verdict(found: Sequence[Finding], deviating: int, overrides: int) -> Verdict:
    """The most dangerous setting, or that there is none, in one line."""
    urgent = [one for one in found if one.level is Level.ALERT]
    rest = f"{several(deviating, 'setting')} not as built, {several(overrides, 'exception')} for roles or databases"
    if not urgent:
        return Verdict(level=Level.OK, text=f"No setting is dangerous; {rest}")
    more = f"; {len(urgent) - 1} more like it" if len(urgent) > 1 else ""
    level = worst([one.level for one in urgent])
    return Verdict(level=level, text=f"{urgent[0].name} is {urgent[0].text}{more}")


def notes(settings: Sequence[Setting], deviating: Sequence[Setting], overrides: Sequence[Override]) -> Iterable[str]:
    """What was examined, and what cannot be seen from here."""
    yield (
        f"Examined: {several(len(deviating), 'setting')} that somebody changed, {several(len(overrides), 'exception')},"
        " and the options of every table. Values that are free text are hidden."
    )
    own = [one.name for one in settings if one.own]
    if own:
        yield f"Not seen: what others get for {listed(own, 6)}, because Scout's session has its own."


def _screen(found: Sequence[Finding], sizes: Sizes, overrides: Sequence[Override], latest: Done) -> Iterable[Part]:
    if found:
        yield Facts(
            title="To look at", facts=tuple(Fact(name=one.name, value=one.text, level=one.level) for one in found)
        )
    yield Facts(title="Memory and temporary files", facts=tuple(_memory(sizes, latest)))
    if any(one.name == "temp_file_limit" and one.level is Level.ALERT for one in found):
        yield Code(
            title="As a superuser; new sessions have it",
            text=f"{sizes.limit_statement};\n-- undo: {sizes.limit_undo};",
        )
    if overrides:
        rows = tuple(_exception(one) for one in overrides[:SCREEN])
        yield Table(title="Exceptions", columns=OVERRIDES, rows=rows, left_out=max(0, len(overrides) - SCREEN))


def _memory(sizes: Sizes, latest: Done) -> Iterable[Fact]:
    yield Fact(name="work_mem", value=memory(sizes), note=f"shared buffers {size(sizes.buffers)}")
    files = latest.count(lambda one: one.temp_files)
    written = latest.count(lambda one: one.temp_bytes)
    text = f"{several(files, 'file')}, {size(written)} {latest.span.said}"
    yield Fact(
        name="Temporary files",
        value=text,
        note="more work_mem for the role that writes them, or less to sort" if files else "",
    )


def _rest(deviating: Sequence[Setting], overrides: Sequence[Override]) -> Iterable[Table]:
    if overrides[SCREEN:]:
        rows = tuple(_exception(one) for one in overrides[SCREEN:])
        yield Table(title="More exceptions", columns=OVERRIDES, rows=rows)
    if deviating:
        rows = tuple(
            (one.name, one.value, one.factory, one.source, "waits" if one.pending_restart else "") for one in deviating
        )
        yield Table(title="Not as built", columns=DEVIATING, rows=rows)


def _exception(one: Override) -> tuple[Cell, ...]:
    return one.role or "all", one.database or "all", one.name, one.value


command = Command(
    name="settings",
    help="What is dangerous, not as built, or set for a role or database",
    runbook="Quick wins: settings",
    risk=Risk.LOOK,
    place=40,
    plan=plan,
    words=("configuration", "parameters", "pg settings"),
    probes=(ACTIVITY,),
)
