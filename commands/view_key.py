"""The key of a materialized view: which of its columns tell its rows apart, found by looking at all of them."""

from collections.abc import Sequence

from bot.command import Database, Row
from bot.errors import BadInput, Cannot
from bot.sql import queries

SQL = queries(__file__)
MOST_ROWS = 1_000_000
MOST_COLUMNS = 4


class Candidate(Row):
    """Columns that could be a key."""

    columns: tuple[str, ...]
    width: int


class Told(Row):
    """Whether rows differ, and how many were looked at."""

    rows: int
    is_unique: bool


def key_of(database: Database, relation: str) -> tuple[str, ...]:
    """The narrowest columns that are different in every row now.

    Raises:
        Cannot: it is not populated, too large to look at, or nothing that is tried tells its rows apart.
    """
    candidates = database.rows(SQL["candidates"], Candidate, schema=database.schema, relation=relation)
    if not candidates:
        raise BadInput(f"There is no materialized view '{relation[:63]}' in {database.schema}.")
    for one in candidates:
        if _told(database, relation, one.columns).is_unique:
            return one.columns
    tried = "; ".join(", ".join(one.columns) for one in candidates)
    raise Cannot(
        f"None of these tells the rows of {relation} apart: {tried}. Say which do: "
        f"`index create table={relation} columns=A,B unique=yes`."
    )


def refuse_duplicates(database: Database, relation: str, kind: str, columns: Sequence[str]) -> None:
    """Refuse a unique index where it cannot be built or would change what may be written.

    Raises:
        Cannot: it is a table, or the rows are not unique.
    """
    if kind != "m":
        raise Cannot(
            f"{relation} is a table: a unique index there would change what may be written, which is for its owner to decide. "
            "Scout builds unique ones only for materialized views."
        )
    if not _told(database, relation, columns).is_unique:
        raise Cannot(f"{relation} has rows that are alike in {', '.join(columns)}, so they cannot be its key.")


def _told(database: Database, relation: str, columns: Sequence[str]) -> Told:
    if len(columns) > MOST_COLUMNS:
        raise Cannot(f"A key of more than {MOST_COLUMNS} columns is not looked for.")
    names = dict(zip("abcd", columns, strict=False)) | {"relation": relation}
    (told,) = database.rows(SQL[f"unique_{len(columns)}"], Told, names, most=MOST_ROWS + 1)
    if told.rows > MOST_ROWS:
        raise Cannot(
            f"{relation} has more than {MOST_ROWS:,} rows, too many to be compared in passing: find out where nobody waits whether its key is unique, "
            "and build the index there by hand."
        )
    return told
