"""Big tables that are not partitioned: whether they could be, and what stands in the way."""

from collections.abc import Iterable, Sequence

from bot.command import Row
from bot.report import Cell, Column, Fact, Facts, Table, Unit
from bot.sql import queries
from commands.wording import listed, several

SQL = queries(__file__)
LEAST_BYTES = 1024**3
LEAST_ROWS = 10_000_000
"""From here on a month that is dropped as a partition saves a delete and a vacuum worth speaking of."""
COLUMNS = (
    Column(title="Not partitioned"),
    Column(title="Size", unit=Unit.BYTES),
    Column(title="Rows, about", unit=Unit.COUNT),
    Column(title="By"),
    Column(title="In the way"),
)


class Largest(Row):
    """How many tables there are that are not partitioned, and the largest of them; empty when there is none."""

    examined: int
    name: str


class Candidate(Row):
    """A table that is not partitioned, with what a partitioned one in its place could not have, or would have to be given again."""

    name: str
    size: int
    about: int
    key: str | None
    key_nullable: bool
    key_generated: bool
    referenced_by: tuple[str, ...]
    exclusions: tuple[str, ...]
    inherits: bool
    transition_triggers: tuple[str, ...]
    keys_without: tuple[str, ...]
    read_by: tuple[str, ...]
    references_out: int
    triggers: int
    policies: int
    row_security: bool
    publications: int
    identity_breaks: bool

    @property
    def blockers(self) -> list[str]:
        """Why it cannot be converted as it is."""
        return list(_blockers(self))

    @property
    def consequences(self) -> list[str]:
        """What changes or has to be carried over, when it is converted."""
        return list(_consequences(self))


def _blockers(one: Candidate) -> Iterable[str]:
    if one.key is None:
        yield "no column of a date or a time"
    if one.key_generated:
        yield f"{one.key} is generated"
    if one.key_nullable:
        yield f"{one.key} may be null"
    if one.referenced_by:
        yield f"foreign keys to it: {listed(list(one.referenced_by), 3)}"
    if one.exclusions:
        yield f"exclusion constraints: {listed(list(one.exclusions), 3)}"
    if one.inherits:
        yield "it inherits, or is inherited from"
    if one.transition_triggers:
        yield f"row triggers with transition tables: {listed(list(one.transition_triggers), 3)}"


def _consequences(one: Candidate) -> Iterable[str]:
    if one.keys_without and one.key:
        yield (
            f"unique only together with {one.key} afterwards: {listed(list(one.keys_without), 3)}; "
            "`on conflict` on the old columns then fails"
        )
    if one.read_by:
        yield f"views stay on the old table until they are made anew: {listed(list(one.read_by), 4)}"
    if one.row_security or one.policies:
        yield f"row security and {several(one.policies, 'policy', 'policies')} must be carried over, or everybody sees every row"
    carried = [
        several(number, noun)
        for number, noun in (
            (one.references_out, "foreign key"),
            (one.triggers, "trigger"),
            (one.publications, "publication"),
        )
        if number
    ]
    if carried:
        yield f"to be carried over: {', '.join(carried)}"
    if one.identity_breaks:
        yield "identity columns do not work for inserts straight into a partition before PostgreSQL 17"


def table(found: Sequence[Candidate]) -> Table:
    """The tables, each with what stands in the way."""
    return Table(title="Big tables that are not partitioned", columns=COLUMNS, rows=tuple(_cells(one) for one in found))


def _cells(one: Candidate) -> tuple[Cell, ...]:
    return one.name, one.size, one.about, one.key or "", "; ".join(one.blockers) or "nothing: convertible"


def facts(found: Sequence[Candidate]) -> list[Facts]:
    """What a conversion of each would change."""
    return [
        Facts(
            title=f"If {one.name} were partitioned",
            facts=tuple(Fact(name=str(number), value=text) for number, text in enumerate(one.consequences, 1)),
        )
        for one in found
        if one.consequences
    ]
