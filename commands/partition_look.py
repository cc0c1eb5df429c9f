"""Partitioned tables as the catalog has them, with what fell into their DEFAULT partitions."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from bot.command import Sources, Together
from bot.errors import ScoutError
from bot.sql import queries
from commands.partitioned_tables import InDefault, Judged, Partition, Partitioned
from commands.ranges import ALWAYS, Range
from commands.wording import several

SQL = queries(__file__.replace("partition_look", "partitions"))
MOST_COUNTS = 50


class Asked:
    """The questions for the tables and their partitions, and what came back once they are answered."""

    def __init__(self, questions: Together, schema: str) -> None:
        self._tables = questions.ask(SQL["partitioned"], Partitioned, schema=schema)
        self._bounds = questions.ask(SQL["bounds"], Partition, schema=schema)

    @property
    def tables(self) -> Sequence[Partitioned]:
        """The partitioned tables."""
        return self._tables.rows

    @property
    def bounds(self) -> Sequence[Partition]:
        """The partitions of all of them."""
        return self._bounds.rows


def look(sources: Sources) -> Asked:
    """The partitioned tables of the schema, with their partitions."""
    with sources.database.together() as questions:
        return Asked(questions, sources.database.schema)


def judge(
    sources: Sources, chosen: Sequence[Partitioned], bounds: Sequence[Partition]
) -> tuple[list[Judged], list[str]]:
    """The tables with their partitions and what is in DEFAULT, and which DEFAULT could not be counted."""
    in_default, left_out = _counted(sources, chosen)
    own = {one.oid: Range(one.low, one.high) for one in bounds if one.low is not None and one.high is not None}
    judged = [
        Judged(
            one,
            [partition for partition in bounds if partition.parent == one.oid],
            in_default.get(one.name, ()),
            own.get(one.oid, ALWAYS),
        )
        for one in chosen
    ]
    return judged, left_out


def watched(sources: Sources) -> list[Judged]:
    """Every partitioned table, for the watch."""
    found = look(sources)
    return judge(sources, found.tables, found.bounds)[0]


def unknown(name: str, names: Sequence[str], schema: str) -> str:
    """That there is no such table, with the nearest name."""
    close = get_close_matches(name, names, 1, 0.5)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    return f"There is no table '{name[:63]}' in the schema {schema}.{hint}"


def _counted(sources: Sources, tables: Sequence[Partitioned]) -> tuple[dict[str, list[InDefault]], list[str]]:
    """The rows in each DEFAULT partition, and which could not be counted after all."""
    can = [one for one in tables if one.default_name and not one.why_not]
    with sources.database.together() as questions:
        asked = {
            one.name: questions.ask(
                SQL["months_in_default" if one.by_time else "rows_in_default"], InDefault, _names(one)
            )
            for one in can[:MOST_COUNTS]
        }
    failed = [str(answer.error) for answer in asked.values() if isinstance(answer.error, ScoutError)]
    rest = (
        [f"{several(len(can) - MOST_COUNTS, 'DEFAULT partition')} more not counted."] if len(can) > MOST_COUNTS else []
    )
    return {name: answer.rows for name, answer in asked.items() if answer.error is None}, [*failed, *rest]


def _names(one: Partitioned) -> Mapping[str, str]:
    return {"default": one.default_name or "", "default_schema": one.default_schema or "", "key": one.key_column or ""}
