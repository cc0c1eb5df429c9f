"""Make a large table the first partition of a new one in its place, without copying a row and while all go on."""

from collections.abc import Iterable, Sequence

from pydantic import Field

from bot.command import Args, Check, Command, Plan, Risk, Sources, Sql, Step
from bot.errors import BadInput, Cannot, TooSlow
from bot.report import Button, Fact, Facts, Level, Report, Verdict
from commands import older, partition_statistics, partition_swap
from commands.carry_over import carried
from commands.index_site import nearest
from commands.older import BESIDE_OTHERS, PATIENCE_S, Older
from commands.partition_site import SQL, After, Bound, Key, Site, blockers, notes
from commands.partition_statistics import Table
from commands.unpartitioned import SQL as OTHERS
from commands.unpartitioned import Candidate
from commands.wording import several

MONTHS = 2
"""So many partitions are made for what comes after the cutoff."""
NO_LIMIT_S = 0
SHORT_S = 0.8
"""Less than deadlock_timeout, which is 1 s as a rule: where Scout and a writer wait for each other it is Scout that gives up."""
TRIES_AGAIN = 5
MOMENT = "access exclusive on {}, for milliseconds: who comes meanwhile waits"


class Wanted(Args):
    """Which table; by which column, else the best; and in how many months the old partition ends."""

    table: str
    key: str = ""
    ahead: int = Field(default=2, ge=2, le=60)


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Look at everything that hangs on the table, then propose the conversion or list what is in the way.

    Raises:
        BadInput: there is no such table or column.
    """
    database, schema = sources.database, sources.database.schema
    name = args.table.removeprefix(f"{schema}.")
    with database.together() as questions:
        found = questions.ask(
            OTHERS["judged"], Candidate, schema=schema, table=name, key=args.key, least_bytes=0, least_rows=0
        )
        waits = older.ask(questions, schema, [name])
    exact = [one for one in found.rows if one.name == name] or list(found.rows)
    if len(exact) != 1:
        return already(sources, name)
    judged = exact[0]
    if judged.key is None and args.key:
        raise BadInput(f"{judged.name} has no column '{args.key[:63]}' of a date or a time.")
    if judged.key is None:
        return in_the_way(judged.name, judged.blockers, [])
    return _examined(sources, judged, judged.key, args.ahead, waits.rows)


def _examined(sources: Sources, judged: Candidate, key: str, ahead: int, waits: Sequence[Older]) -> Plan | Report:
    database, schema = sources.database, sources.database.schema
    (site,) = database.rows(SQL["site"], Site, schema=schema, name=judged.name, key=key, ahead=ahead, months=MONTHS)
    if site.locked:
        return in_the_way(site.name, ["it is locked exclusively, or about to be. See who holds it with active"], [])
    after, unseen = _after(sources, site)
    found = blockers(site, judged, after)
    if found:
        return in_the_way(site.name, found, notes(site, judged))
    asked = {"oid": site.oid, "key": key}
    keys = database.rows(SQL["keys"], Key, None, **asked)
    (bound,) = database.rows(SQL["bound"], Bound, None, **asked, cutoff=site.cutoff)
    said = (*unseen, *notes(site, judged), older.note(waits), *left(keys, bound))
    (new,) = [one for one in partition_statistics.tables(database) if one.name == site.name]
    planned = (
        *steps(site, keys, bound, swap(sources, site, judged)),
        partition_statistics.step(new, follows=(_replace(site),)),
    )
    return proposal(site, planned, said)


def _after(sources: Sources, site: Site) -> tuple[str, list[str]]:
    """The newest value at or after the cutoff, and what to say when it could not be looked for in time."""
    names = {"name": site.name, "key": site.key}
    try:
        found = sources.database.rows(SQL["after"], After, names, cutoff=site.cutoff)
    except (TooSlow, Cannot) as error:
        why = "no index finds them" if isinstance(error, TooSlow) else "I may not read it"
        return "", [f"Rows at or after {site.cutoff} were not looked for, because {why}: the CHECK will tell."]
    return (found[0].newest if found else ""), []


def swap(sources: Sources, site: Site, judged: Candidate) -> list[str]:
    """The statements of the one short transaction."""
    database = sources.database
    before, parent, attach, checked = partition_swap.written(database, site)
    rights = [] if judged.row_security else [one for month in site.months for one in _rights(sources, site, month)]
    given = carried(database, site.name, site.name, "table", ("grants", "comments"))
    options = carried(database, site.name, site.name, "table", ("columns",))
    return [*before, *parent, *given, *attach, *rights, *options, *checked]


def _rights(sources: Sources, site: Site, month: str) -> list[str]:
    return carried(sources.database, site.name, month, "table", ("grants",))


def steps(site: Site, keys: Sequence[Key], bound: Bound, statements: Sequence[str]) -> tuple[Step, ...]:
    """Build what takes long beside the others, swap in a moment, and take back what stops writers when that fails."""
    return (*_build_keys(keys), *_promise(site, bound), *_swap(site, bound, statements))


def _build_keys(keys: Sequence[Key]) -> Iterable[Step]:
    for key in keys:
        if key.state != "valid":
            title = f"Build {key.index}, the index for {key.name}"
            build = _step(title, key.statement, BESIDE_OTHERS, key.valid, lock_timeout_s=PATIENCE_S)
            yield build.model_copy(update={"do": Sql(first=key.drop_it, statement=key.statement)})


def _promise(site: Site, bound: Bound) -> Iterable[Step]:
    moment = MOMENT.format(site.name)
    if bound.state == "other":
        yield _step("Drop the CHECK of an earlier attempt", bound.drop_it, moment, bound.is_gone, retries=TRIES_AGAIN)
    if bound.state in {"", "other"}:
        title = f"Hold new rows to be before {site.cutoff}"
        yield _step(title, bound.add, moment, bound.is_there, retries=TRIES_AGAIN)
    if bound.state != "proven":
        prove = _step(
            _proof(site),
            bound.prove,
            "share update exclusive: neither reads nor writes wait while it reads the table",
            bound.is_proven,
            lock_timeout_s=PATIENCE_S,
        )
        yield prove.model_copy(update={"required": False})
        title = "Confirm the proof, or drop the CHECK"
        confirm = _step(title, bound.drop_unproven, moment, bound.is_proven, retries=TRIES_AGAIN)
        yield _confirming(prove, confirm, bound.is_gone)


def _swap(site: Site, bound: Bound, statements: Sequence[str]) -> Iterable[Step]:
    referenced = "".join(f", share row exclusive on {one}" for one in site.references)
    change = Step(
        title=_replace(site),
        do=Sql.transaction(statements),
        locks=MOMENT.format(site.name) + referenced,
        timeout_s=30,
        lock_timeout_s=SHORT_S,
        required=False,
        retries=TRIES_AGAIN,
        check=Check(statement=site.is_partitioned),
        follows=(_proof(site),),
    )
    yield change
    title, moment = "Confirm the conversion, or drop the CHECK", MOMENT.format(site.name)
    confirm = _step(title, bound.take_back, moment, site.is_partitioned, retries=TRIES_AGAIN)
    yield _confirming(change, confirm, bound.is_gone)


def _replace(site: Site) -> str:
    return f"Put a partitioned table in the place of {site.name}"


def _proof(site: Site) -> str:
    return f"Prove that all rows are before {site.cutoff}"


def _confirming(first: Step, confirm: Step, is_gone: str) -> Step:
    """A step that confirms another, or when that is skipped takes away what would stop writers later."""
    return confirm.model_copy(update={"follows": (first.title,), "if_skipped": Check(statement=is_gone)})


def _step(
    title: str, statement: str, locks: str, check: str, *, lock_timeout_s: float = SHORT_S, retries: int = 0
) -> Step:
    return Step(
        title=title,
        do=Sql(statement=statement),
        locks=locks,
        timeout_s=NO_LIMIT_S,
        lock_timeout_s=lock_timeout_s,
        retries=retries,
        check=Check(statement=check),
    )


def left(keys: Sequence[Key], bound: Bound) -> Iterable[str]:
    """What an earlier attempt left, and what this one leaves when it is stopped."""
    there = [key.index for key in keys if key.state == "valid"] + ["the CHECK"] * (
        bound.state in {"proven", "unproven"}
    )
    if there:
        yield f"Already there from an earlier attempt: {', '.join(there)}."
    broken = [key.index for key in keys if key.state == "in the way"]
    if broken:
        yield f"Left in the middle by an earlier attempt, and dropped before it is built: {', '.join(broken)}."
    built = [*(key.index for key in keys), "the CHECK scout_partition_bound"]
    yield f"Stopped in the middle it leaves {' and '.join(built)}: ask again and it goes on from there, or drop them."


def proposal(site: Site, planned: tuple[Step, ...], said: Sequence[str]) -> Plan:
    """The plan, for two people to approve."""
    return Plan(
        summary=f"Partition {site.name} by months of {site.key} from {site.cutoff} on; its users wait for milliseconds, a few times",
        risk=Risk.DISRUPT,
        steps=planned,
        notes=tuple(said),
        evidence=("partitions",),
        approvers=2,
    )


def in_the_way(name: str, why: Sequence[str], more: Sequence[str]) -> Report:
    """Everything that keeps the table from being converted, and what a conversion would change."""
    things = several(len(why), "thing is", "things are")
    numbered = tuple(Fact(name=str(number), value=text) for number, text in enumerate(why, 1))
    return Report(
        title="Partition convert",
        verdict=Verdict(level=Level.INFO, text=f"{name} cannot be converted: {things} in the way"),
        parts=(Facts(title="In the way", facts=numbered),),
        notes=tuple(more),
        buttons=(Button(label="Partitions", text="partitions"), Button(label="Tables", text="tables")),
    )


def already(sources: Sources, name: str) -> Plan | Report:
    """That a table is partitioned already; the statistics that a conversion gives it at the end, when it has none.

    Raises:
        BadInput: there is no such table; names the nearest.
    """
    tables = partition_statistics.tables(sources.database)
    done = [one for one in tables if one.is_partitioned and one.name.lower() == name.lower()]
    if not done:
        hint = nearest(name, [one.name for one in tables])
        raise BadInput(f"There is no table '{name[:63]}' in {sources.database.schema} that could be converted.{hint}")
    return nothing(done[0]) if done[0].analyzed else partition_statistics.proposal(done[0])


def nothing(table: Table) -> Report:
    """That it is partitioned, and whole."""
    return Report(
        title="Partition convert",
        verdict=Verdict(level=Level.OK, text=f"{table.name} is partitioned: nothing to do"),
        buttons=(Button(label="Partitions", text="partitions"), Button(label="Add months", text="partition ensure")),
    )


command = Command(
    name="partition convert",
    help="Make a large table partitioned in its place, without a copy",
    runbook="Storage Optimization: table partitioning",
    risk=Risk.DISRUPT,
    place=66,
    args=Wanted,
    plan=plan,
    words=("convert table", "partition table"),
)
