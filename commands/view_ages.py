"""How old materialized views are: by Scout's own record, and beside the source where the definition tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.command import Answer, PastStep, Row, Sources
from bot.sql import Statement
from commands.matviews import View

MOST_COMPARED = 25


class Details(Row):
    """What else is known of a view; `column` shows its age, compared with a column of its source where `why_not` is empty."""

    name: str
    locked: bool
    hindrance: str
    read_by: tuple[str, ...]
    column: str | None
    source_schema: str | None
    source: str | None
    source_column: str | None
    why_not: str


class Behind(Row):
    """How many seconds a view's newest row is older than its source's; None when one of them is empty."""

    seconds: float | None
    is_empty: bool


@dataclass(frozen=True)
class Seen:
    """A view with everything that was found out about it."""

    view: View
    details: Details
    behind: Behind | None
    last_at: datetime | None
    took_s: float | None

    @property
    def behind_s(self) -> float | None:
        """How far it is behind its source, in seconds; never less than nothing."""
        return None if self.behind is None or self.behind.seconds is None else max(0.0, self.behind.seconds)


def look(sources: Sources, both: Sequence[tuple[View, Details]], statement: Statement) -> list[Seen]:
    """The views with their ages; `statement` compares one with its source."""
    titles = [view.title for view, _ in both]
    answers = _compared(sources, [details for _, details in both], statement)
    past, last = sources.memory.durations(titles), sources.memory.last_done(titles)
    return [
        Seen(view, _told(details, answers), _behind(view, answers), last.get(view.title), _newest(past.get(view.title)))
        for view, details in both
    ]


Answers = Mapping[str, Answer[Behind]]


def _behind(view: View, answers: Answers) -> Behind | None:
    answer = answers.get(view.name)
    return answer.row if answer and answer.error is None else None


def _told(details: Details, answers: Answers) -> Details:
    """The details, with why the comparison failed where it did: somebody may have locked a partition of the source."""
    answer = answers.get(details.name)
    failed = answer is not None and answer.error is not None
    return details.model_copy(update={"why_not": "its source is locked or too slow, see active"}) if failed else details


def _newest(past: PastStep | None) -> float | None:
    return past.seconds[0] if past and past.seconds else None


def _compared(sources: Sources, details: Sequence[Details], statement: Statement) -> Answers:
    """How far the views are behind that can be compared."""
    can = [one for one in details if one.column and one.source and not one.why_not and not one.locked][:MOST_COMPARED]
    with sources.database.together() as questions:
        return {one.name: questions.ask(statement, Behind, _names(one)) for one in can}


def _names(one: Details) -> Mapping[str, str]:
    told = one.model_dump(include={"column", "source_schema", "source", "source_column"})
    return {"view": one.name, **told}
