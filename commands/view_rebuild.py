"""Build a materialized view anew beside the old one, and put it in its place in a moment."""

from collections.abc import Sequence
from shlex import quote

from bot.command import Args, Check, Command, Plan, Risk, Row, Sources, Sql, Step
from bot.errors import BadInput
from bot.report import Button, Level, Report, Verdict
from bot.sql import queries
from commands.carry_over import Written, carried, quietly
from commands.index_site import nearest
from commands.wording import listed, size

SQL = queries(__file__)
CARRIED = ("columns", "grants", "comments")
NO_LIMIT_S = 0
PATIENCE_S = 2
"""The runbook's notes, section 6: whoever reads the view waits behind the rename, so it gives up soon and tries again."""
TRIES_AGAIN = 5


class Wanted(Args):
    """Which view."""

    view: str


class Name(Row):
    """A materialized view's name."""

    name: str


class View(Row):
    """A materialized view; `left_aside` says what has the name that is needed aside: `ours`, `taken` by something else, or nothing."""

    oid: int
    name: str
    aside: str
    old: str
    owner: str
    populated: bool
    size: int
    left_aside: str
    old_taken: bool
    busy: tuple[int, ...]
    read_by: tuple[str, ...]
    invalid: tuple[str, ...]
    indexes: tuple[str, ...]
    labelled: bool
    of_extension: bool
    drop_left: str
    left_is_gone: str
    is_built: str
    is_replaced: str
    is_confirmed: str


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Look at the view, then propose to build it anew or say what hinders that.

    Raises:
        BadInput: there is no such view; names the nearest.
    """
    database = sources.database
    name = args.view.removeprefix(f"{database.schema}.")
    with database.together() as questions:
        quietly(questions)
        found = questions.ask(SQL["view"], View, schema=database.schema, name=name)
        names = questions.ask(SQL["names"], Name, schema=database.schema)
    if not found.rows:
        known = [one.name for one in names.rows]
        raise BadInput(f"There is no materialized view '{name[:63]}' in {database.schema}.{nearest(name, known)}")
    why_not = hindrance(found.row)
    return refused(found.row, why_not) if why_not else proposal(found.row, written(sources, found.row))


def hindrance(view: View) -> str:
    """Why a view is not rebuilt; empty when it can be."""
    if view.read_by:
        depends = "depends" if len(view.read_by) == 1 else "depend"
        return f"{listed(list(view.read_by), 5)} {depends} on it, and would have to be dropped with the old one"
    if view.busy:
        pids = ", ".join(map(str, view.busy))
        return f"pid {pids} holds or wants its exclusive lock, a refresh or a change. Ask again when that is over"
    if not view.populated:
        return "it was never populated, so there is nothing to rebuild. Refresh it"
    if view.left_aside == "taken" or view.old_taken:
        taken = view.aside if view.left_aside == "taken" else view.old
        return f"the name {taken} is needed for it, and something else has it. Rename that first"
    if view.of_extension or view.labelled:
        what = "it belongs to an extension" if view.of_extension else "it has security labels"
        return f"{what}, which cannot be carried over"
    return ""


def written(sources: Sources, view: View) -> tuple[list[str], list[str]]:
    """The statements that build it aside, and those that put it in place."""
    database, asked = sources.database, {"oid": view.oid, "aside": view.aside, "old": view.old}
    with database.together() as questions:
        quietly(questions)
        found = {
            part: questions.ask(SQL[part], Written, None, **asked)
            for part in ("lock", "create", "indexes", "statistics", "finish", "replace")
        }
    said = {part: [one.statement for one in answer.rows] for part, answer in found.items()}
    rest = carried(database, view.name, view.aside, "materialized view", CARRIED)
    build = [
        *said["lock"],
        view.drop_left,
        *said["create"],
        *said["indexes"],
        *rest,
        *said["statistics"],
        *said["finish"],
    ]
    return build, [*said["lock"], *said["replace"]]


def proposal(view: View, statements: tuple[Sequence[str], Sequence[str]]) -> Plan:
    """Build, replace, and leave nothing aside when that fails."""
    return Plan(
        summary=f"Build {view.name} anew beside the old one, then put it in its place; its readers wait for a moment",
        risk=Risk.DISRUPT,
        steps=steps(view, *statements),
        notes=tuple(notes(view)),
    )


def steps(view: View, build: Sequence[str], replace: Sequence[str]) -> tuple[Step, ...]:
    """What is done, each a transaction of its own."""
    return (
        Step(
            title=f"Build {view.name} aside",
            do=Sql.transaction(build),
            locks="access share on what it reads; nobody waits. One transaction: when it fails nothing is left",
            timeout_s=NO_LIMIT_S,
            lock_timeout_s=PATIENCE_S,
            check=Check(statement=view.is_built),
        ),
        Step(
            title=_replace(view),
            do=Sql.transaction(replace),
            locks="access exclusive on the view, for milliseconds: readers wait",
            timeout_s=30,
            lock_timeout_s=PATIENCE_S,
            required=False,
            retries=TRIES_AGAIN,
            check=Check(statement=view.is_replaced),
        ),
        Step(
            title=f"Confirm {view.name}, or drop what was built",
            do=Sql(statement=view.drop_left),
            locks="access exclusive on what was built aside, which nobody reads",
            timeout_s=60,
            lock_timeout_s=5,
            check=Check(statement=view.is_confirmed),
            follows=(_replace(view),),
            if_skipped=Check(statement=view.left_is_gone),
        ),
    )


def _replace(view: View) -> str:
    return f"Put it in the place of {view.name}"


def notes(view: View) -> list[str]:
    """What is to be known before."""
    return [
        f"The definition stays word for word; a changed one is for a migration. Owner ({view.owner}), rights, comments, options and statistics are compared before it is put in place.",
        f"Indexes that are built again under their names: {listed(list(view.indexes), 10) or 'none'}.",
        f"It takes {size(view.size)} or less beside the old one until the end, which is dropped then; `refresh` is lighter when only the data is old.",
        *([f"Not built again, because they are invalid: {listed(list(view.invalid))}."] if view.invalid else []),
        *(
            [f"An earlier rebuild was left in the middle; what it built, {view.aside}, is dropped first."]
            if view.left_aside
            else []
        ),
        f"Stopped between its steps it leaves {view.aside}, which nobody reads: ask again and it is dropped, or drop it.",
        "A refresh that comes between keeps the old one in its place. Nothing is lost then; ask again.",
    ]


def refused(view: View, why_not: str) -> Report:
    """Why nothing is proposed."""
    return Report(
        title="View rebuild",
        verdict=Verdict(level=Level.INFO, text=f"{view.name} is not rebuilt: {why_not}"),
        buttons=(
            *([Button(label="Refresh it", text=f"refresh {quote(view.name)}")] if not view.busy else []),
            Button(label="Views", text="views"),
            Button(label="Active", text="active"),
        ),
    )


command = Command(
    name="view rebuild",
    help="Build a materialized view anew beside the old one, and swap them",
    runbook="Technique 3: Materialized View Management, fast refresh with swap",
    risk=Risk.DISRUPT,
    place=64,
    args=Wanted,
    plan=plan,
    words=("rebuild view", "swap view", "fast refresh"),
)
