"""Tables with more dead rows than autovacuum would leave, and who keeps them from being removed."""

from collections.abc import Collection, Sequence

from bot.command import Check, Row, Sql, Step
from bot.sql import queries
from commands.wording import duration, listed

SQL = queries(__file__)
HOUR_S = 3600


class Overdue(Row):
    """A table with more dead rows than autovacuum would leave."""

    relation: str
    dead: int
    live: int
    vacuuming: bool
    locked: bool
    statement: str
    vacuumed: str


class Holder(Row):
    """Who keeps dead rows from being removed; pid 0 is not a session."""

    pid: int
    who: str
    age_s: float


def vacuum(
    tables: Sequence[Overdue], holders: Sequence[Holder], ended: Collection[int]
) -> tuple[list[Step], list[str]]:
    """The vacuum of the table that needs it most, or why there is none: nothing can be removed while a snapshot is held."""
    free = [table for table in tables if not table.vacuuming and not table.locked]
    notes = [
        f"{one.relation}: {'being vacuumed' if one.vacuuming else 'locked'}, left alone."
        for one in tables
        if one not in free
    ]
    if not free:
        return [], notes
    held = [holder for holder in holders if holder.pid not in ended]
    if held:
        who = listed([f"{one.who}{f' for {duration(one.age_s)}' if one.age_s else ''}" for one in held], 2)
        return [], [
            *notes,
            f"No vacuum of {free[0].relation}: it would remove nothing while an old snapshot is held by {who}.",
        ]
    return [_vacuum(free[0])], notes


def _vacuum(table: Overdue) -> Step:
    return Step(
        title=f"Vacuum {table.relation}",
        do=Sql(statement=table.statement),
        locks="share update exclusive: neither reads nor writes wait",
        timeout_s=2 * HOUR_S,
        required=False,
        check=Check(statement=table.vacuumed, patience_s=12),
    )
