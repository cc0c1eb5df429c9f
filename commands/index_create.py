"""Build an index while everybody goes on: one of the runbook's four, or one on columns that the catalog knows."""

from collections.abc import Sequence
from typing import Literal

from bot.command import Args, Command, Plan, Risk, Row, Sources
from bot.errors import BadInput
from bot.report import Button, Code, Column, Level, Report, Table, Unit, Verdict
from commands import index_parts, index_parts_plan, index_sentence, older
from commands.index_catalogue import CATALOGUE, Wish, in_catalogue
from commands.index_site import SQL, Site, ask, hindrance, nearest, preview, refuse_unknown, steps
from commands.older import Older
from commands.view_key import key_of, refuse_duplicates
from commands.wording import listed

STATES = {
    "valid": "valid",
    "other": "there in another form",
    "invalid": "invalid",
    "building": "being built",
    "taken": "name taken",
    "": "missing",
}
PARTITIONED = "p"
HOW = (
    "`index create NAME` takes one of the runbook's; any other is `index create on TABLE (A, B desc)`, "
    "with `where C is null` or `where C is not null` for a partial one."
)


class Wanted(Args):
    """A name of the catalogue, or a table and columns; `null` and `notnull` name the column of a condition."""

    name: str = ""
    table: str = ""
    columns: str = ""
    null: str = ""
    notnull: str = ""
    unique: Literal["yes", "no"] = "no"

    @classmethod
    def spoken(cls, words: Sequence[str]) -> Sequence[str]:
        """As in SQL: `NAME on TABLE (A, B desc) where C is null`."""
        return index_sentence.arguments(words)


class Relation(Row):
    """A table or materialized view."""

    name: str


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Look at the place, then propose the build or say what is in the way.

    Raises:
        BadInput: there is no such table or column, or nothing to tell which index is meant.
    """
    schema = sources.database.schema
    if not (args.name or args.table):
        return catalogue(look(sources, CATALOGUE))
    wish = wished(args, schema)
    if wish.unique and not wish.columns:
        wish = wish.model_copy(update={"columns": key_of(sources.database, wish.relation)})
    with sources.database.together() as questions:
        place = ask(questions, wish, schema)
        waits = older.ask(questions, schema, [wish.relation])
    if not place.rows:
        names = [row.name for row in sources.database.rows(SQL["relations"], Relation, schema=schema)]
        raise BadInput(f"There is no table '{wish.relation[:63]}' in {schema}.{nearest(wish.relation, names)}")
    refuse_unknown(place.row)
    if wish.unique and not hindrance(place.row):
        refuse_duplicates(sources.database, place.row.relation, place.row.kind, place.row.columns)
    if place.row.kind == PARTITIONED and not hindrance(place.row):
        return of_parts(sources, place.row, wish)
    return proposal(place.row, wish, waits.rows)


def of_parts(sources: Sources, site: Site, wish: Wish) -> Plan | Report:
    """The build on each partition, or what is in the way of one of them."""
    database = sources.database
    parts = index_parts.look(database, site, wish)
    if parts.why_not:
        return in_the_way(site, wish, f"No index of {site.relation} can become valid: {parts.why_not}")
    with database.together() as questions:
        waits = older.ask(questions, database.schema, [one.relation for one in parts.known])
    return index_parts_plan.proposal(site, wish, parts, index_parts.whole(database, parts), waits.rows)


def wished(args: Wanted, schema: str) -> Wish:
    """What is meant by the words.

    Raises:
        BadInput: a name that is not in the catalogue came without a table, or a table without columns.
    """
    if not args.table:
        found = in_catalogue(args.name)
        if found is None:
            raise BadInput(
                f"'{args.name[:63]}' is none of the runbook's indexes: {listed([wish.name for wish in CATALOGUE])}. {HOW}"
            )
        return found
    columns = tuple(one for part in args.columns.strip("() ").split(",") if (one := part.strip().strip('"')))
    unique = args.unique == "yes"
    if not columns and not unique:
        raise BadInput(f"Which columns of {args.table[:63]}? {HOW}")
    if len(set(columns)) != len(columns):
        raise BadInput("A column is there twice.")
    table = args.table.removeprefix(f"{schema}.")
    return Wish(relation=table, columns=columns, name=args.name, null=args.null, notnull=args.notnull, unique=unique)


def proposal(site: Site, wish: Wish, waits: Sequence[Older]) -> Plan | Report:
    """The build with what is to be known before, or what is in the way."""
    why_not = hindrance(site)
    if why_not:
        return in_the_way(site, wish, why_not)
    again = "; the invalid one of that name goes first" if site.same_name == "invalid" else ""
    return Plan(
        summary=f"Build index {site.index} on {site.relation} ({', '.join(site.columns)}); readers and writers go on{again}",
        risk=Risk.MEND,
        steps=steps(site),
        notes=(
            *preview(site),
            older.note(waits),
            *wish.why,
            f"Undo: `{site.drop_it}`; `undo` proposes it afterwards.",
            "A build that fails is cleared away by the last two steps. One that is stopped in the middle leaves an invalid index: `reindex invalid` mends it.",
        ),
    )


def in_the_way(site: Site, wish: Wish, why_not: str) -> Report:
    """Why nothing is proposed."""
    done = why_not.endswith("nothing to do")
    return Report(
        title="Index create",
        verdict=Verdict(level=Level.OK if done else Level.INFO, text=why_not),
        parts=(Code(title="There now", text=site.definition),) if site.definition else (),
        notes=tuple(preview(site)) if site.columns else (),
        buttons=(
            *(beside(wish) if site.same_name == "other" else ()),
            Button(label="Indexes", text="indexes"),
            Button(label="Active", text="active"),
        ),
    )


def beside(wish: Wish) -> tuple[Button, ...]:
    """The runbook's index under another name, where its own is taken by the runbook's first form."""
    if in_catalogue(wish.name) is None:
        return ()
    text = f"index create {wish.name}_2 table={wish.relation} columns={','.join(wish.columns)}"
    return (Button(label="Build it beside", text=text),) if wish.method == "btree" else ()


def look(sources: Sources, wishes: Sequence[Wish]) -> list[tuple[Wish, Site | None]]:
    """Where each would be built, in one round trip."""
    with sources.database.together() as questions:
        asked = [(wish, ask(questions, wish, sources.database.schema)) for wish in wishes]
    return [(wish, answer.rows[0] if answer.rows else None) for wish, answer in asked]


def catalogue(found: Sequence[tuple[Wish, Site | None]]) -> Report:
    """The runbook's indexes and what there is of them."""
    missing = [wish.name for wish, site in found if site and not site.missing and not hindrance(site)]
    text = (
        f"{len(missing)} of the runbook's {len(found)} indexes can be built"
        if missing
        else "None of the runbook's indexes is to be built"
    )
    rows = tuple((wish.name, wish.relation, ", ".join(wish.columns), state(site)) for wish, site in found)
    columns = (Column(title="Index", unit=Unit.CODE), *(Column(title=title) for title in ("Table", "Columns", "State")))
    return Report(
        title="Index create",
        verdict=Verdict(level=Level.INFO, text=text),
        parts=(Table(title="The runbook's indexes", columns=columns, rows=rows),),
        notes=(HOW,),
        buttons=(
            *(Button(label=name.removeprefix("idx_transactions_"), text=f"index create {name}") for name in missing),
            Button(label="Missing", text="indexes missing"),
        ),
    )


def state(site: Site | None) -> str:
    """What there is of an index, in a word or two."""
    if site is None:
        return "no such table"
    if site.missing:
        return f"no column {site.missing[0]}"
    return f"served by {site.same}" if site.same and not site.same_name else STATES[site.same_name]


command = Command(
    name="index create",
    help="Build an index of the runbook, or one of your own, while all go on",
    runbook="Technique 1: Index Optimization",
    risk=Risk.MEND,
    place=61,
    args=Wanted,
    plan=plan,
    words=("create index",),
)
