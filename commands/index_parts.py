"""What a partitioned table needs for an index: one on each relation in it, and what of that is there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.command import Database, Row
from bot.sql import queries
from commands.index_catalogue import Wish
from commands.index_site import Site

SQL = queries(__file__)


class Part(Row):
    """A relation of a partitioned table, itself the first, with the statements that the database wrote for it.

    `state` is that of its index: `valid`, `begun` (a partitioned one that lacks some of its own), `invalid` and under the name that is
    needed, `building`, `broken` (attached, and not valid), `taken` by something else, or nothing. `spare` builds one that was there before
    once more, under `spare_name`.
    """

    oid: int
    parent: int | None
    relation: str
    kind: str
    owner: str
    locked: bool
    detaching: bool
    size: int
    index: str
    state: str
    attached: bool
    left_aside: bool
    build: str
    built: str
    attach: str
    is_attached: str
    is_aside: str
    drop_aside: str
    confirmed: str
    cleared: str
    aside_is_gone: str
    drop_it: str
    is_gone: str
    spare: str
    spare_name: str
    spare_valid: str
    name: str

    @property
    def is_whole(self) -> bool:
        """Whether nothing is to be done here or below."""
        return self.state == "valid" and self.attached

    @property
    def build_title(self) -> str:
        """The title of the step that builds it, which others follow."""
        return f"Build {self.index} on {self.relation}"

    @property
    def why_not(self) -> str:
        """Why no index can be built here or attached; empty when it can."""
        if self.kind == "f":
            return f"its partition {self.relation} is a foreign table, which has no index to attach"
        if self.detaching:
            return f"its partition {self.relation} is being detached. Finish that first, with `alter table … detach partition … finalize`"
        if self.locked:
            return f"{self.relation} is locked exclusively, or about to be. See who holds it with active"
        return {
            "building": f"{self.index} on {self.relation} is being built now. Ask again when that is over",
            "broken": f"{self.index} on {self.relation} is attached and not valid. Mend it with `reindex {self.index}`",
            "taken": f"the name {self.index}, which {self.relation} needs for its own, is taken by something else",
        }.get(self.state, "")


class Whole(Row):
    """How the whole is verified, and how it is taken away again."""

    is_whole: str
    is_begun: str
    drop_all: str
    is_gone: str


@dataclass(frozen=True)
class Parts:
    """The relations of a partitioned table that still need something, the table itself first."""

    known: Sequence[Part]

    @property
    def root(self) -> Part:
        """The partitioned table."""
        return self.known[0]

    @property
    def why_not(self) -> str:
        """Why the index is not built; empty when it can be."""
        return next((one.why_not for one in self.known if one.why_not), "")

    @property
    def todo(self) -> list[Part]:
        """Those below it that need something, each after what is below it."""
        return list(self._below(self.root))

    @property
    def built(self) -> list[Part]:
        """The partitions whose index is to be built."""
        return [one for one in self.todo if one.kind != "p" and one.state != "valid"]

    @property
    def found(self) -> list[Part]:
        """Those that have a fitting index already, which is only attached."""
        return [one for one in self.todo if one.state == "valid"]

    def _below(self, above: Part) -> Iterable[Part]:
        for one in self.known:
            if one.parent == above.oid and not one.is_whole:
                if one.kind == "p" and one.state != "valid":
                    yield from self._below(one)
                if not (one.kind == "p" and one.attached):
                    yield one

    def builds_below(self, above: Part) -> tuple[str, ...]:
        """The titles of the builds on what is below one."""
        return tuple(one.build_title for one in self._below(above) if one.kind != "p" and one.state != "valid")


def look(database: Database, site: Site, wish: Wish) -> Parts:
    """Ask for every relation of the table."""
    return Parts(
        database.rows(
            SQL["parts"],
            Part,
            schema=database.schema,
            oid=site.oid,
            index=site.index,
            columns=list(site.columns),
            directions=list(site.directions),
            keys=site.keys,
            condition=site.condition,
            predicate=site.predicate,
            method=wish.method,
        )
    )


def whole(database: Database, parts: Parts) -> Whole:
    """Ask how the whole is verified and taken away."""
    created = [one for one in parts.known if one.kind == "p" and one.state == "" and one is not parts.root]
    kept = [one for one in parts.found if one.spare]
    (found,) = database.rows(
        SQL["whole"],
        Whole,
        oid=parts.root.oid,
        name=parts.root.name,
        built=[one.name for one in (*parts.built, *created)],
        spares=[one.spare_name for one in kept],
        kept=[one.name for one in kept],
    )
    return found
