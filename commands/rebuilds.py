"""The bloated indexes of a schema, rebuilt one by one beside their users: the part of the runbook's REINDEX SCHEMA that is worth it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.command import Limits, Sources
from commands import reindex
from commands.bloat_found import Bloat
from commands.reindex import Index
from commands.wording import several, size

MOST = 10
"""So many indexes are rebuilt in one window; the rest the week after."""


@dataclass(frozen=True)
class Rebuilds:
    """The indexes to rebuild, the one that gives back most first, and what is left out."""

    chosen: Sequence[Index]
    notes: Sequence[str]


def look(sources: Sources, indexes: Sequence[Bloat], rewritten: Collection[str]) -> Rebuilds:
    """What to rebuild of what is bloated: not the indexes of tables that are rewritten, which come with them."""
    worth = beyond(indexes, sources.limits)
    wasted = {one.name: one.wasted or 0 for one in worth}
    with sources.database.together() as questions:
        asked = [
            questions.ask(reindex.SQL["indexes"], Index, schema=sources.database.schema, index=one.name)
            for one in worth
        ]
    found = [one for answer in asked for one in answer.rows[:1] if one.relation not in rewritten]
    todo = [one for one in found if not one.why_not and not one.leftover]
    return Rebuilds(
        todo[:MOST],
        (
            *(f"{one.index} of {one.relation} gives back about {size(wasted[one.index])}." for one in todo[:MOST]),
            *(f"{one.index} is left out: {one.why_not}." for one in found if one.why_not),
            *([f"{several(len(todo) - MOST, 'index', 'indexes')} more: ask again afterwards."] if todo[MOST:] else []),
        ),
    )


def beyond(indexes: Sequence[Bloat], limits: Limits) -> list[Bloat]:
    """The indexes that are worth a rebuild; what is only guessed is not."""
    return [
        one
        for one in indexes
        if one.reliable and (one.percent or 0) >= limits.rewrite_percent and (one.wasted or 0) >= limits.rebuild_bytes
    ]
