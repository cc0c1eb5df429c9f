"""Make the partitions of the months to come, each beside the table and then attached, so that nobody waits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from pydantic import Field

from bot.command import Args, Check, Command, Plan, Risk, Row, Sources, Sql, Step
from bot.errors import BadInput
from bot.report import Button, Fact, Facts, Level, Report, Verdict
from bot.sql import queries
from commands import partition_look
from commands.carry_over import carried, quietly
from commands.partitioned_tables import MOST_COUNTED, Judged, Partitioned
from commands.ranges import Range, ahead, gaps, is_free, is_month, months, opens_month, successor
from commands.wording import listed, several

SQL = queries(__file__)
MOST = 24
"""So many partitions are made at once; the rest when it is asked again."""


class Wanted(Args):
    """One table, else all that are partitioned by months; and how many months after this one."""

    table: str = ""
    months: int = Field(default=2, ge=1, le=24)


@dataclass(frozen=True)
class Asked:
    """A month that has no partition: of which table, under which name, and the partition that it takes after (0: none)."""

    table: Partitioned
    month: str
    name: str
    like: int


class Creation(Row):
    """How the partition of a month is made, and taken away again while it is empty; `taken` where the name is somebody else's."""

    parent: str
    month: str
    partition: str
    taken: bool
    row_security: bool
    references: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    attached: str
    undo: tuple[str, ...]
    undone: str


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Look how far the bounds reach, then propose what is missing or say why it cannot be added.

    Raises:
        BadInput: there is no partitioned table of the name.
    """
    judged = _look(sources, args.table.removeprefix(f"{sources.database.schema}."))
    refused = [why for one in judged for why in refusals(one, args.months)]
    asked = [one for table in judged for one in wanted(table, args.months)]
    creations = _creations(sources, asked[:MOST]) if asked else []
    refused += [
        f"{one.parent} {one.month}: the name {one.partition} is taken by something that is no partition of it. Rename that first."
        for one in creations
        if one.taken
    ]
    free = [one for one in creations if not one.taken]
    if not free:
        return nothing(judged, refused, args.months)
    rest = [f"{several(len(asked) - MOST, 'month')} more: ask again afterwards."] if asked[MOST:] else []
    return proposal([(one, _rights(sources, one)) for one in free], [*refused, *rest, *_defaults(judged)])


def _look(sources: Sources, name: str) -> list[Judged]:
    found = partition_look.look(sources)
    alike = [one for one in found.tables if one.name == name] or [
        one for one in found.tables if one.name.lower() == name.lower()
    ]
    if name and not alike:
        raise BadInput(partition_look.unknown(name, [one.name for one in found.tables], sources.database.schema))
    chosen = alike if name else [one for one in found.tables if one.by_time]
    judged, _ = partition_look.judge(sources, chosen, found.bounds)
    return [one for one in judged if name or not one.is_archive]


def window(one: Judged, months_ahead: int) -> Range:
    """From the beginning of this month to the end of the last that is wanted, as far as it is this table's."""
    low, high = ahead(one.table.now_s, months_ahead)
    return Range(max(low, one.own.low), min(high, one.own.high))


def missing(one: Judged, months_ahead: int) -> list[str]:
    """The months that lack a partition, in whole or in part."""
    return months(gaps(one.ranges, window(one, months_ahead)))


def hindrance(one: Judged) -> str:
    """Why no month of a table can be added; empty when it can be."""
    if not one.table.by_time:
        return "it is not partitioned by a date or a time"
    finite = [found for found in one.ranges if found.high < inf]
    if finite and not (is_month(max(finite)) or opens_month(max(finite, key=lambda found: found.high).high)):
        return "its partitions are no whole months (of UTC)"
    if one.table.why_not:
        return f"{one.table.default_name} could not be looked into: {one.table.why_not}"
    if one.rows_in_default >= MOST_COUNTED:
        return f"{one.table.default_name} has {MOST_COUNTED:,} rows or more, which would be read under a lock that stops its writers. Move them out first"
    return ""


def refusals(one: Judged, months_ahead: int) -> Iterable[str]:
    """Why months of a table cannot be added, and what to do."""
    lacking, why = missing(one, months_ahead) if one.table.by_time else ["all"], hindrance(one)
    if lacking and why:
        yield f"{one.table.name}: {why}."
        return
    rows = {found.month: found.rows for found in one.in_default}
    for month in lacking:
        if month in rows:
            yield (
                f"{one.table.name} {month}: {several(rows[month], 'row')} of it in {one.table.default_name}. "
                "In one transaction detach that, add the month, and insert those rows again."
            )
        elif not is_free(one.ranges, month):
            yield f"{one.table.name} {month}: a part of it has a partition, so a whole month cannot be attached."


def wanted(one: Judged, months_ahead: int) -> list[Asked]:
    """The months that can be added at once."""
    if hindrance(one):
        return []
    taken = {found.month for found in one.in_default}
    free = [month for month in missing(one, months_ahead) if month not in taken and is_free(one.ranges, month)]
    dated = [found for found in one.attached if found.high is not None and found.high < inf]
    last = max(dated, key=lambda found: found.high or 0, default=None)
    low, high = (last.low or 0, last.high or 0) if last else (0, 0)
    return [
        Asked(one.table, month, successor(last.name if last else "", Range(low, high), month), last.oid if last else 0)
        for month in free
    ]


def _creations(sources: Sources, asked: Sequence[Asked]) -> list[Creation]:
    with sources.database.together() as questions:
        quietly(questions)
        found = questions.ask(
            SQL["creations"],
            Creation,
            parents=[one.table.oid for one in asked],
            months=[one.month for one in asked],
            called=[one.name for one in asked],
            likes=[one.like for one in asked],
        )
    return found.rows


def _rights(sources: Sources, one: Creation) -> Sequence[str]:
    """The rights of the table for its partition; with row security none, because they would be a way around it."""
    return [] if one.row_security else carried(sources.database, one.parent, one.partition, "table", ("grants",))


def _defaults(judged: Sequence[Judged]) -> Iterable[str]:
    named = [one.table.default_name for one in judged if one.table.default_name]
    if named:
        yield f"Each attach reads {listed([str(name) for name in named], 3)} under a lock, to be sure that nothing in it belongs to the month; few rows are in it."


def proposal(made: Sequence[tuple[Creation, Sequence[str]]], said: Sequence[str]) -> Plan:
    """A step for each month."""
    by_table: Mapping[str, list[str]] = {}
    for one, _ in made:
        by_table = {**by_table, one.parent: [*by_table.get(one.parent, []), one.month]}
    what = [f"{name} {', '.join(found)}" for name, found in by_table.items()]
    return Plan(
        summary=f"Add {several(len(made), 'partition')}: {listed(what, 4)}; nobody waits",
        risk=Risk.MEND,
        steps=tuple(step(one, rights) for one, rights in made),
        notes=(*said, "Undo detaches and drops a partition, as long as it is empty."),
    )


def step(one: Creation, rights: Sequence[str]) -> Step:
    """How the partition of one month is made, and how that is verified."""
    referenced = "".join(f", share row exclusive on {name}" for name in one.references)
    return Step(
        title=f"Add {one.partition} to {one.parent}",
        do=Sql.transaction([*one.before, *rights, *one.after]),
        locks=f"share update exclusive on {one.parent}: neither reads nor writes wait{referenced}",
        timeout_s=30,
        lock_timeout_s=2,
        retries=3,
        check=Check(statement=one.attached),
        undo=(
            Step(
                title=f"Take {one.partition} away from {one.parent} while it is empty",
                do=Sql.transaction(one.undo),
                locks=f"access exclusive on {one.parent}, for milliseconds",
                timeout_s=30,
                lock_timeout_s=2,
                retries=3,
                check=Check(statement=one.undone),
            ),
        ),
    )


def nothing(judged: Sequence[Judged], refused: Sequence[str], months_ahead: int) -> Report:
    """That every table reaches far enough, or why those that do not cannot be helped here."""
    told = tuple(Fact(name=str(number), value=why) for number, why in enumerate(refused, 1))
    calm = (
        f"{several(len(judged), 'table')} reach {several(months_ahead, 'month')} ahead: nothing to do"
        if judged
        else "No table is partitioned by time"
    )
    verdict = Verdict(level=Level.ALERT, text=f"No partition can be added: {refused[0]}") if refused else None
    return Report(
        title="Partition ensure",
        verdict=verdict or Verdict(level=Level.OK if judged else Level.INFO, text=calm),
        parts=(Facts(title="What to do first", facts=told),) if told else (),
        buttons=(Button(label="Partitions", text="partitions"), Button(label="Status", text="status")),
    )


command = Command(
    name="partition ensure",
    help="Add the partitions of the months to come",
    runbook="Storage Optimization: monthly partitions",
    risk=Risk.MEND,
    place=65,
    args=Wanted,
    plan=plan,
    words=("add partitions", "create partitions", "ensure partitions"),
)
