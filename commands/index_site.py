"""Where an index would be built and what stands there already: from the wish and the catalog to steps."""

from collections.abc import Sequence
from difflib import get_close_matches

from bot.command import Answer, Check, Row, Sql, Step, Together
from bot.errors import BadInput
from bot.sql import queries
from commands.index_catalogue import Wish
from commands.older import BESIDE_OTHERS, PATIENCE_S
from commands.wording import listed, several, size

SQL = queries(__file__)
NO_LIMIT_S = 0
MOMENT_S = 0.5
"""Who comes while a step waits to lock for a moment waits with it: hardly noticed, and less than deadlock_timeout."""
MOMENT = (
    f"share on the table or access exclusive on an index, for a moment: who comes meanwhile waits {MOMENT_S} s at most"
)
TRIES_AGAIN = 5
KINDS = {"v": "a view", "f": "a foreign table"}


class Site(Row):
    """The table of a wish, and the statements that the database wrote for it.

    `same_name` says what has the index's name already: `valid`, `other` (valid in another form), `invalid`, `building`, `taken` by something else, or nothing.
    """

    oid: int
    relation: str
    kind: str
    owner: str
    locked: bool
    size: int
    rows: int
    missing: tuple[str, ...]
    known: tuple[str, ...]
    columns: tuple[str, ...]
    directions: tuple[int, ...]
    keys: str | None
    condition: str
    predicate: str
    index: str
    same_name: str
    same: str
    same_lead: tuple[str, ...]
    definition: str
    left_aside: bool
    statement: str | None
    valid: str
    set_aside: str
    is_aside: str
    drop_it: str
    drop_aside: str
    is_gone: str
    aside_is_gone: str
    confirmed: str
    cleared: str

    @property
    def build_title(self) -> str:
        """The title of the step that builds it, which others follow."""
        return f"Build index {self.index}"


def ask(questions: Together, wish: Wish, schema: str) -> Answer[Site]:
    """Queue the question where a wish would be built; no row when there is no such table."""
    return questions.ask(
        SQL["site"],
        Site,
        schema=schema,
        relation=wish.relation,
        columns=wish.names,
        descending=wish.descending,
        name=wish.name,
        method=wish.method,
        null=wish.null,
        notnull=wish.notnull,
        unique=wish.unique,
    )


def refuse_unknown(site: Site) -> None:
    """Refuse columns that the table does not have.

    Raises:
        BadInput: names the first, and the nearest or all.
    """
    if site.missing:
        raise BadInput(
            f"{site.relation} has no column '{site.missing[0][:63]}'.{nearest(site.missing[0], site.known)} It has: {listed(list(site.known), 30)}."
        )


def nearest(name: str, known: Sequence[str]) -> str:
    """A question with the name that was probably meant."""
    close = get_close_matches(name, known, 1, 0.5)
    return f" Did you mean '{close[0]}'?" if close else ""


def hindrance(site: Site) -> str:
    """Why the index is not built, though all its names are right; empty when it can be."""
    if site.kind in KINDS:
        return f"{site.relation} is {KINDS[site.kind]}, which has no indexes"
    if site.locked:
        return f"{site.relation} is locked exclusively, or about to be. See who holds it with active"
    taken = {
        "valid": f"{site.index} exists and is valid: nothing to do",
        "other": f"{site.index} exists and is valid, in another form. To replace it, build the new one under another name first",
        "building": f"{site.index} is being built now",
        "taken": f"The name {site.index} is taken by something else",
    }
    if site.same_name in taken:
        return taken[site.same_name]
    return f"{site.same} is the same index under another name: nothing to do" if site.same else ""


def steps(site: Site) -> tuple[Step, ...]:
    """Clear away what is broken, build, and leave nothing invalid behind when that fails."""
    return (
        *(
            [beside(f"Drop invalid index {site.index}", site.drop_it, site.is_gone)]
            if site.same_name == "invalid"
            else []
        ),
        *([beside("Drop what an earlier build left", site.drop_aside, site.aside_is_gone)] if site.left_aside else []),
        _build(site),
        Step(
            title=f"Set {site.index} aside if its build failed",
            do=Sql(statement=site.set_aside),
            locks="share update exclusive on the index, for a moment",
            timeout_s=15,
            required=False,
            check=Check(statement=site.is_aside),
            follows=(site.build_title,),
            if_skipped=Check(statement=site.is_aside),
        ),
        beside(f"Confirm {site.index}, or drop what its build left", site.drop_aside, site.confirmed).model_copy(
            update={"follows": (site.build_title,), "if_skipped": Check(statement=site.cleared)}
        ),
    )


def _build(site: Site) -> Step:
    return Step(
        title=site.build_title,
        do=Sql(statement=site.statement or ""),
        locks=BESIDE_OTHERS,
        timeout_s=NO_LIMIT_S,
        lock_timeout_s=PATIENCE_S,
        required=False,
        check=Check(statement=site.valid),
        undo=(beside(f"Remove index {site.index}, which was built", site.drop_it, site.is_gone),),
    )


def beside(title: str, statement: str, check: str) -> Step:
    """A step that takes as long as it takes, beside readers and writers."""
    return Step(
        title=title,
        do=Sql(statement=statement),
        locks=BESIDE_OTHERS,
        timeout_s=NO_LIMIT_S,
        lock_timeout_s=PATIENCE_S,
        check=Check(statement=check),
    )


def moment(title: str, statement: str, check: str) -> Step:
    """A step that changes the catalog at once, tried again where somebody is in its way."""
    return Step(
        title=title,
        do=Sql(statement=statement),
        locks=MOMENT,
        timeout_s=15,
        lock_timeout_s=MOMENT_S,
        retries=TRIES_AGAIN,
        check=Check(statement=check),
    )


def preview(site: Site) -> list[str]:
    """What is there: the table, its rights, and the indexes that begin alike."""
    others = listed(list(site.same_lead), 5) or "none"
    return [
        f"{site.relation}: {size(site.size)}, about {several(site.rows, 'row')}; it is read twice. Only {site.owner} and its members may build there.",
        f"Indexes of it that begin with {site.columns[0]} too: {others}.",
    ]
