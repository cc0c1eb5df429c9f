"""Materialized views: how old each is, how it can be refreshed, and who does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.command import Answer, Command, Metric, PastStep, Risk, Row, Sources, Value
from bot.report import Button, Cell, Column, Level, Report, Table, Unit, Verdict, worst
from bot.sql import queries
from commands.cron_jobs import Schedule, Scheduler, schedule, table
from commands.matviews import SQL as MATVIEWS
from commands.matviews import View
from commands.wording import MINUTE, duration, listed, several

SQL = queries(__file__)
MOST_ROWS = 12
MOST_COMPARED = 25
MOST_BYTES = 256 * 1024 * 1024
"""So much is read through for its newest row where no index finds it."""
LINES = "freshness"
"""The metric whose lines say how old data may be."""
COLUMNS = (
    Column(title="View"),
    Column(title="Refresh"),
    Column(title="Behind", unit=Unit.SECONDS),
    Column(title="Refreshed by Scout"),
    Column(title="Took", unit=Unit.SECONDS),
    Column(title="Size", unit=Unit.BYTES),
)
MORE_COLUMNS = (
    Column(title="View"),
    Column(title="Level", unit=Unit.COUNT),
    Column(title="Reads views"),
    Column(title="Read by"),
    Column(title="Concurrent refresh"),
)


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


@dataclass(frozen=True)
class Told:
    """All of it; `line` is the metric with the lines for the age of data."""

    seen: Sequence[Seen]
    schedule: Schedule
    texts: Sequence[str]
    line: Metric[Any] | None
    schema: str
    at: datetime

    def level(self, one: Seen) -> Level:
        """Where a view's age stands."""
        if one.behind_s is None or self.line is None:
            return Level.OK
        return self.line.level(Value(value=one.behind_s / MINUTE))


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Look into the catalog, then compare those views that carry the moment of their newest row."""
    database = sources.database
    with database.together() as questions:
        views = questions.ask(MATVIEWS["views"], View, schema=database.schema)
        details = questions.ask(SQL["details"], Details, schema=database.schema, most_bytes=MOST_BYTES)
        scheduler = questions.ask(SQL["scheduler"], Scheduler)
    known = {one.name: one for one in details.rows}
    both = [(view, known[view.name]) for view in views.rows if view.name in known]
    planned = schedule(database, SQL["jobs"], scheduler.row)
    line = next((metric for metric in sources.metrics if metric.name == LINES), None)
    texts = [sources.doing(job.command, None) for job in planned.jobs]
    return report(Told(_seen(sources, both), planned, texts, line, database.schema, sources.at), may_refresh(sources))


def may_refresh(sources: Sources) -> bool:
    """Whether the asker is offered a refresh."""
    return any(offer.name == "refresh" for offer in sources.offers)


def _seen(sources: Sources, both: Sequence[tuple[View, Details]]) -> list[Seen]:
    titles = [view.title for view, _ in both]
    answers = _compared(sources, [details for _, details in both])
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


def _compared(sources: Sources, details: Sequence[Details]) -> Answers:
    """How far the views are behind that can be compared."""
    can = [one for one in details if one.column and one.source and not one.why_not and not one.locked][:MOST_COMPARED]
    with sources.database.together() as questions:
        return {one.name: questions.ask(SQL["behind"], Behind, _names(one)) for one in can}


def _names(one: Details) -> Mapping[str, str]:
    told = one.model_dump(include={"column", "source_schema", "source", "source_column"})
    return {"view": one.name, **told}


def report(told: Told, refresh: bool = True) -> Report:  # noqa: FBT001, FBT002 - whether a button may be offered
    """The views, the one that is furthest behind first."""
    seen = sorted(told.seen, key=lambda one: (one.view.populated, -(one.behind_s or 0), one.view.level, one.view.name))
    rows = tuple(_cells(one, told.at) for one in seen[:MOST_ROWS])
    views = Table(title="Materialized views", columns=COLUMNS, rows=rows, left_out=len(seen) - len(rows))
    more = Table(title="How they hang together", columns=MORE_COLUMNS, rows=tuple(_more(one) for one in seen))
    jobs = (table(told.schedule.jobs, told.texts),) if told.schedule.jobs else ()
    return Report(
        title="Materialized views",
        verdict=verdict(told, seen),
        parts=(*((views,) if rows else ()), *jobs),
        more=(more,) if rows else (),
        notes=tuple(notes(told)),
        buttons=(
            *((Button(label="Refresh all", text="refresh all"),) if rows and refresh else ()),
            Button(label="Active", text="active"),
            Button(label="Status", text="status"),
        ),
    )


def verdict(told: Told, seen: Sequence[Seen]) -> Verdict:
    """What is worst, in one line: a view that nobody can read, one that is old, or a refresh that fails every time."""
    if not seen:
        return Verdict(level=Level.INFO, text=f"There is no materialized view in the schema {told.schema}")
    empty = [one.view.name for one in seen if not one.view.populated]
    trouble = told.schedule.trouble()
    level = worst([told.level(one) for one in seen])
    if level is Level.PAGE or (level is Level.ALERT and not empty and not trouble):
        return Verdict(level=level, text=_oldest(told))
    if empty:
        return Verdict(level=Level.ALERT, text=f"{listed(empty, 3)} was never populated, so nobody can read it")
    if trouble:
        return Verdict(level=Level.ALERT, text=trouble)
    return _calm(told, seen)


def _oldest(told: Told) -> str:
    old = sorted((one for one in told.seen if one.behind_s), key=lambda one: -(one.behind_s or 0))
    others = sum(told.level(one) is not Level.OK for one in old) - 1
    more = f", and {several(others, 'view')} more" if others > 0 else ""
    first = old[0]
    return (
        f"{first.view.name} is {duration(first.behind_s or 0)} behind {first.details.source}{more}. Press Refresh all"
    )


def _calm(told: Told, seen: Sequence[Seen]) -> Verdict:
    ages = [one.behind_s for one in seen if one.behind_s is not None]
    plain = [one.view.name for one in seen if not one.view.is_concurrent]
    wait = f"; readers of {listed(plain, 3)} wait while it is refreshed" if plain else ""
    if not ages:
        return Verdict(level=Level.INFO, text=f"{several(len(seen), 'view')}, none of which shows its age{wait}")
    age = f"at most {duration(max(ages))} behind" if max(ages) else "up to date"
    whole = f"{len(ages)} of {several(len(seen), 'view')} can be compared: {age}{wait}"
    return Verdict(level=Level.OK if told.line else Level.INFO, text=whole)


def notes(told: Told) -> Iterable[str]:
    """What was examined and how, and what was left out and why."""
    yield f"Examined: {several(len(told.seen), 'materialized view')} of the schema {told.schema}. Refreshes by others leave no time behind."
    locked = [one.view.name for one in told.seen if one.details.locked]
    if locked:
        yield f"Not compared, because they or what they read are locked exclusively, or about to be: {listed(locked)}. See active."
    busy = [f"{one.view.name} (pid {', '.join(map(str, one.view.busy))})" for one in told.seen if one.view.busy]
    if busy:
        yield f"Being refreshed or changed now: {listed(busy)}."
    without = [
        one.view.name for one in told.seen if one.behind is None and not one.details.locked and not one.details.why_not
    ]
    if without:
        yield f"Without a column that shows their age, as max(created_at) as last_created_at: {listed(without)}."
    yield from (f"{one.view.name} was not compared: {one.details.why_not}." for one in told.seen if one.details.why_not)
    emptied = [one.view.name for one in told.seen if one.behind and one.behind.is_empty]
    if emptied:
        yield f"Without a row though their source has some: {listed(emptied)}."
    yield from told.schedule.notes()


def _cells(one: Seen, at: datetime) -> tuple[Cell, ...]:
    last = f"{duration(max(0.0, (at - one.last_at).total_seconds()))} ago" if one.last_at else "never"
    return one.view.name, how(one.view), one.behind_s, last, one.took_s, one.view.size


def how(view: View) -> str:
    """How it is refreshed, in a word or two."""
    if not view.populated:
        return "never populated"
    return "readers go on" if view.is_concurrent else "readers wait"


def _more(one: Seen) -> tuple[Cell, ...]:
    view = one.view
    return view.name, view.level, ", ".join(view.reads_from), ", ".join(one.details.read_by), why(one)


def why(one: Seen) -> str:
    """Why a view can be refreshed while it is read, or not."""
    if not one.view.has_unique_index:
        return f"no: {one.details.hindrance or 'it has no unique index on plain columns without WHERE'}"
    return "yes: it has a unique index" if one.view.populated else "not the first time: it was never populated"


command = Command(
    name="views",
    help="Materialized views: how old, how refreshed, and by whom",
    runbook="Technique 3: Materialized View Management",
    risk=Risk.LOOK,
    place=40,
    plan=plan,
    words=("materialized views", "matviews", "mv"),
)
