"""How far the server is from running out of transaction numbers, and who keeps old rows from being frozen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.command import Command, Risk, Row, Sources
from bot.report import Button, Cell, Code, Column, Level, Report, Table, Unit, Verdict, worst
from bot.sql import queries
from commands import horizon
from commands.horizon import Holder
from commands.numbers_used import END, METRICS
from commands.wording import listed, several

SQL = queries(__file__)
LATE = 1.25
"""An age beyond its line by so much: autovacuum should have been done with it."""
NEAR = 0.9
"""A holder as old as this share of a line keeps vacuum from coming below it."""
ON_SCREEN, MOST_ROWS = 6, 60


class Age(Row):
    """A database's ages in transactions and multixacts, and the lines that the settings draw."""

    name: str
    here: bool
    connectable: bool
    xids: int
    mxids: int
    xid_line: int
    mxid_line: int
    xid_failsafe: int
    mxid_failsafe: int

    @property
    def share(self) -> float:
        """How much of the numbers is used up, in per cent, by the nearer of both ends."""
        return 100 * max(self.xids, self.mxids) / END

    @property
    def level(self) -> Level:
        """Page beyond the failsafe age, alert when autovacuum is late."""
        if self.xids > self.xid_failsafe or self.mxids > self.mxid_failsafe:
            return Level.PAGE
        late = self.xids > LATE * self.xid_line or self.mxids > LATE * self.mxid_line
        return Level.ALERT if late else Level.OK


class Relation(Row):
    """One of the oldest relations of this database; `examined` is how many there are, `own_line` 0 where it has none."""

    name: str
    kind: str
    xids: int
    mxids: int
    size: int
    own_line: int
    examined: int
    vacuuming: bool
    temporary: bool
    statement: str


@dataclass(frozen=True)
class Known:
    """All that was seen; holders only those that matter, the oldest first."""

    ages: Sequence[Age]
    relations: Sequence[Relation]
    holders: Sequence[Holder]
    hidden: str = ""
    behind: Sequence[str] = ()

    @property
    def level(self) -> Level:
        """The worst database counts."""
        return worst([age.level for age in self.ages])

    @property
    def oldest(self) -> Age:
        """The database that stops the server first."""
        return max(self.ages, key=lambda age: age.share)


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Look, then say."""
    with sources.database.together() as questions:
        ages = questions.ask(SQL["databases"], Age)
        relations = questions.ask(SQL["relations"], Relation, schema=sources.database.schema)
        holders = questions.ask(horizon.SQL["holders"], Holder)
    facts = sources.database.facts()
    hidden = (
        ""
        if facts.reads_all_stats
        else f"Not complete: sessions are hidden from {facts.role}: `grant pg_read_all_stats to {facts.role};`"
    )
    behind = horizon.behind(sources, holders.rows)
    return report(Known(ages.rows, relations.rows, horizon.old(holders.rows), hidden, behind), sources.doing)


def report(known: Known, doing: Callable[[str, int | None], str]) -> Report:
    """The databases, the oldest first, the oldest relations of this one, and who holds them back."""
    left_out = max(0, len(known.ages) - ON_SCREEN)
    databases = _ages("Databases of the server", known.ages[:ON_SCREEN], 0)
    holders, more_holders = horizon.tables(known.holders, doing)
    more = (
        _ages("More databases", known.ages[ON_SCREEN : ON_SCREEN + MOST_ROWS], left_out - MOST_ROWS),
        _relations("More relations", known.relations[ON_SCREEN:]),
        more_holders,
    )
    danger = any(one.kind == "session" for one in known.holders)
    return Report(
        title="Wraparound",
        verdict=verdict(known),
        parts=(
            databases,
            _relations("Oldest relations of this database", known.relations[:ON_SCREEN]),
            *((holders,) if holders.rows else ()),
            *horizon.remedies(known.holders),
            *_freeze(known),
        ),
        more=tuple(part for part in more if part.rows),
        notes=notes(known),
        buttons=(
            *((Button(label="Emergency", text="emergency", danger=True),) if danger else ()),
            Button(label="Vacuum", text="vacuum"),
            Button(label="Active", text="active"),
        ),
    )


def verdict(known: Known) -> Verdict:
    """Which database is nearest to the end, and who holds it, in one line."""
    oldest = known.oldest
    number = "transaction" if oldest.xids >= oldest.mxids else "multixact"
    text = f"{oldest.name} has used {oldest.share:.1f} % of its {number} numbers ({max(oldest.xids, oldest.mxids):,} of {END:,})"
    holder = next((one for one in known.holders if _holds(one, oldest)), None)
    held = f"; it cannot fall below {holder.xids:,} while {holder.who} is there" if holder else ""
    calm = "Far from wraparound: " if known.level is Level.OK else ""
    return Verdict(level=known.level, text=f"{calm}{text}{held}")


def notes(known: Known) -> tuple[str, ...]:
    """What was examined, and what cannot be seen from here."""
    examined = known.relations[0].examined if known.relations else 0
    elsewhere = [age.name for age in known.ages if age.level is not Level.OK and not age.here]
    shut = [age.name for age in known.ages if not age.connectable]
    said = [
        f"Examined: {several(len(known.ages), 'database')}; {several(examined, 'relation')} of this one with TOAST and materialized views. The relations of the others are seen only from there."
    ]
    if elsewhere:
        said.append(f"The oldest relations are in {listed(elsewhere)}: ask there.")
    if shut:
        said.append(f"No connections to {listed(shut)}; autovacuum goes there all the same.")
    if any(one.temporary for one in known.relations):
        said.append("Temporary tables are vacuumed by their own session alone.")
    return tuple(filter(None, (*said, *known.behind, known.hidden)))


def _holds(holder: Holder, age: Age) -> bool:
    """Whether a holder keeps a database's age from falling: one of that database, or of all."""
    concerned = holder.database in {"", age.name}
    return concerned and holder.xids > NEAR * min(age.xid_line, max(age.xids, 1))


def _ages(title: str, ages: Sequence[Age], left_out: int) -> Table:
    titles = ("Database", "Used", "Transactions", "Multixacts", "Autovacuum line")
    units = (Unit.CODE, Unit.PERCENT, Unit.COUNT, Unit.COUNT, Unit.TEXT)
    columns = tuple(Column(title=name, unit=unit) for name, unit in zip(titles, units, strict=True))
    rows = tuple((one.name, one.share, one.xids, one.mxids, f"{one.xid_line:,} / {one.mxid_line:,}") for one in ages)
    return Table(title=title, columns=columns, rows=rows, left_out=max(0, left_out))


def _relations(title: str, relations: Sequence[Relation]) -> Table:
    titles = ("Relation", "Kind", "Transactions", "Multixacts", "Size", "State")
    units = (Unit.CODE, Unit.TEXT, Unit.COUNT, Unit.COUNT, Unit.BYTES, Unit.TEXT)
    columns = tuple(Column(title=name, unit=unit) for name, unit in zip(titles, units, strict=True))
    return Table(title=title, columns=columns, rows=tuple(_cells(one) for one in relations))


def _cells(one: Relation) -> tuple[Cell, ...]:
    own = f"own line {one.own_line:,}" if one.own_line else ""
    return one.name, one.kind, one.xids, one.mxids, one.size, "being vacuumed" if one.vacuuming else own


def _freeze(known: Known) -> tuple[Code, ...]:
    lines = list(dict.fromkeys(one.statement for one in known.relations if not (one.vacuuming or one.temporary)))[:3]
    here = any(age.here and age.level is not Level.OK for age in known.ages)
    if not lines or not here:
        return ()
    return (Code(title="To freeze the oldest (neither reads nor writes wait; nothing to undo)", text="\n".join(lines)),)


command = Command(
    name="wraparound",
    help="How far the server is from running out of transaction numbers",
    runbook="Vacuum & Analyze Script",
    risk=Risk.LOOK,
    place=33,
    plan=plan,
    metrics=METRICS,
    words=("xid wraparound", "xid age", "transaction wraparound", "freeze", "multixact"),
)
