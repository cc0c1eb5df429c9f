"""Which materialized views are worth a refresh: those that lag behind what they read, and those that nobody can vouch for."""

from collections.abc import Sequence
from datetime import datetime

from bot.command import Sources
from commands.matviews import SQL as MATVIEWS
from commands.matviews import View
from commands.view_ages import Details, Seen
from commands.view_ages import look as ages
from commands.views import MOST_BYTES, SQL
from commands.wording import HOUR, MINUTE, duration, listed

LATE_S = MINUTE
"""What is behind by less is no staler than one that was refreshed a moment ago."""
UNKNOWN_S = HOUR
"""A view that shows no age counts as stale when Scout has not refreshed it for so long."""


def look(sources: Sources) -> list[Seen]:
    """Every view with its age, in the order in which they are refreshed."""
    schema = sources.database.schema
    with sources.database.together() as questions:
        views = questions.ask(MATVIEWS["views"], View, schema=schema)
        details = questions.ask(SQL["details"], Details, schema=schema, most_bytes=MOST_BYTES)
    known = {one.name: one for one in details.rows}
    both = [(view, known[view.name]) for view in views.rows if view.name in known]
    return ages(sources, both, SQL["behind"])


def stale(seen: Sequence[Seen], at: datetime) -> dict[str, str]:
    """The stale views by name, each with the reason; what reads a stale view is stale with it."""
    found: dict[str, str] = {}
    for one in sorted(seen, key=lambda one: one.view.level):
        late = why(one, at)
        sources = [name for name in one.view.reads_from if name in found]
        if late or sources:
            found[one.view.name] = late or f"reads {listed(sources)}"
    return found


def why(one: Seen, at: datetime) -> str:
    """Why a view is stale by itself; empty when it is not."""
    if not one.view.populated:
        return "never populated"
    if one.behind is not None:
        return _compared(one)
    if one.last_at is None:
        return "shows no age, and was never refreshed by Scout"
    age = (at - one.last_at).total_seconds()
    return f"shows no age, and was refreshed {duration(age)} ago" if age > UNKNOWN_S else ""


def _compared(one: Seen) -> str:
    if one.behind is not None and one.behind.is_empty:
        return f"empty, though {one.details.source} is not"
    behind = one.behind_s or 0
    return f"{duration(behind)} behind {one.details.source}" if behind > LATE_S else ""
