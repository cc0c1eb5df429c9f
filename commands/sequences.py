"""How many numbers the sequences have left, by the nearer of their own limit and their column's."""

from collections.abc import Sequence as List

from bot.command import Command, Risk, Row, Sources
from bot.errors import Cannot
from bot.report import Button, Cell, Code, Column, Level, Report, Table, Unit, Verdict
from bot.sql import queries
from commands.wording import listed, several

SQL = queries(__file__)
ALERT_PERCENT, PAGE_PERCENT = 80, 95
ON_SCREEN, MOST_ROWS = 10, 80


class Found(Row):
    """A sequence; `cycles` when it turns round before its column is full, `at` and `until` as text: they may be larger than a float tells."""

    name: str
    column: str
    type: str
    identity: bool
    descending: bool
    cycles: bool
    column_is_nearer: bool
    readable: bool
    locked: bool
    used: bool
    at: str
    until: str
    remaining: float
    percent: float
    remedy: str
    grant_it: str

    @property
    def runs_out(self) -> bool:
        """Whether it can run out and its state is known."""
        return self.readable and not self.locked and not self.cycles

    @property
    def level(self) -> Level:
        """How near its end is."""
        if not self.runs_out or self.percent < ALERT_PERCENT:
            return Level.OK
        return Level.PAGE if self.percent >= PAGE_PERCENT else Level.ALERT


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Look, then say.

    Raises:
        Cannot: there are sequences, and all are hidden.
    """
    found = sources.database.rows(SQL["sequences"], Found, schema=sources.database.schema)
    if found and not any(one.readable for one in found):
        role, schema = sources.database.facts().role, sources.database.schema
        raise Cannot(
            f"No sequence may be read by Scout. Run there: `grant select on all sequences in schema {schema} to {role};`"
        )
    return report(found)


def report(found: List[Found]) -> Report:
    """The sequences, the fullest first."""
    known = sorted((one for one in found if one.runs_out), key=lambda one: (-one.percent, one.remaining, one.name))
    parts = _table("Fullest sequences", known[:ON_SCREEN], 0)
    more = _table("More sequences", known[ON_SCREEN : ON_SCREEN + MOST_ROWS], len(known) - ON_SCREEN - MOST_ROWS)
    urgent = [one.remedy for one in known if one.level is not Level.OK][:4]
    title = "To widen (a column's type: rewrites the table under an exclusive lock, prepare it as a new column; undo: the old type, while values fit)"
    return Report(
        title="Sequences",
        verdict=verdict(known),
        parts=(*((parts,) if parts.rows else ()), *((Code(title=title, text="\n".join(urgent)),) if urgent else ())),
        more=(more,) if more.rows else (),
        notes=notes(found),
        buttons=(Button(label="Tables", text="tables"), Button(label="Wraparound", text="wraparound")),
    )


def verdict(known: List[Found]) -> Verdict:
    """Which one is nearest to its end, in one line."""
    if not known:
        return Verdict(level=Level.INFO, text="There is no sequence that could run out")
    first = known[0]
    if first.level is Level.OK:
        text = f"No sequence is near its end: {first.name} is the fullest, {first.percent:.1f} % used"
        return Verdict(level=Level.OK, text=text)
    left = several(first.remaining, "number")
    return Verdict(
        level=first.level, text=f"{first.name} has {left} left ({first.percent:.1f} % used, {_limit(first)})"
    )


def notes(found: List[Found]) -> tuple[str, ...]:
    """What was examined, and what was left out and why."""
    said = [f"Examined: {several(len(found), 'sequence')} of this database."]
    hidden = [one for one in found if not one.readable]
    locked = [one.name for one in found if one.locked and one.readable]
    cycling = [one.name for one in found if one.cycles]
    alone = [one.name for one in found if not one.column]
    if hidden:
        said.append(f"Not readable: {listed([one.name for one in hidden])}. `{hidden[0].grant_it}`")
    if locked:
        said.append(f"Locked now, so not opened: {listed(locked)}.")
    if cycling:
        said.append(f"They begin anew and never run out, but may repeat a value: {listed(cycling)}.")
    if alone:
        said.append(f"No column is known to use them: {listed(alone)}.")
    return tuple(said)


def _table(title: str, found: List[Found], left_out: int) -> Table:
    titles = ("Sequence", "Used", "Left", "Column", "Type", "At", "Limit")
    units = (Unit.CODE, Unit.PERCENT, Unit.COUNT, Unit.CODE, Unit.TEXT, Unit.TEXT, Unit.TEXT)
    columns = tuple(Column(title=name, unit=unit) for name, unit in zip(titles, units, strict=True))
    return Table(title=title, columns=columns, rows=tuple(_cells(one) for one in found), left_out=max(0, left_out))


def _cells(one: Found) -> tuple[Cell, ...]:
    at = one.at if one.used else "not used yet"
    return one.name, one.percent, one.remaining, one.column or "none", one.type, at, f"{one.until} ({_limit(one)})"


def _limit(one: Found) -> str:
    nearer = f"its column is {one.type}" if one.column_is_nearer else "its own limit"
    return f"{nearer}, descending" if one.descending else nearer


command = Command(
    name="sequences",
    help="How many numbers the sequences have left",
    runbook="Diagnostics (beyond the runbook)",
    risk=Risk.LOOK,
    place=34,
    plan=plan,
    words=("sequence", "sequence limits", "serial", "identity columns"),
)
