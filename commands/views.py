"""Materialized views: how old each is, how it can be refreshed, and who does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.command import Command, Metric, Risk, Sources, Value
from bot.report import Button, Cell, Column, Level, Report, Table, Unit, Verdict, worst
from bot.sql import queries
from commands.cron_jobs import Schedule, Scheduler, schedule, table
from commands.matviews import SQL as MATVIEWS
from commands.matviews import View
from commands.typed import named
from commands.view_ages import Details, Seen, look
from commands.wording import MINUTE, duration, listed, several

SQL = queries(__file__)
MOST_ROWS = 12
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
    told = Told(inspected(sources, both), planned, texts, line, database.schema, sources.at)
    return report(told, may_refresh(sources))


def inspected(sources: Sources, both: Sequence[tuple[View, Details]]) -> list[Seen]:
    """The views with their ages."""
    return look(sources, both, SQL["behind"])


def may_refresh(sources: Sources) -> bool:
    """Whether the asker is offered a refresh."""
    return any(offer.name == "refresh" for offer in sources.offers)


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
            *(refreshes(seen) if rows and refresh else ()),
            Button(label="Active", text="active"),
            Button(label="Status", text="status"),
        ),
    )


def refreshes(seen: Sequence[Seen]) -> Iterable[Button]:
    """What can be done about them: refresh, the index without which readers wait, and the largest that can be rebuilt."""
    yield Button(label="Refresh all", text="refresh all")
    yield Button(label="Refresh stale", text="refresh stale")
    plain = next((one.view for one in seen if one.view.populated and not one.view.has_unique_index), None)
    if plain is not None:
        yield Button(label=f"Unique index for {plain.name[:40]}", text=plain.key_text)
    alone = [one.view for one in seen if one.view.populated and not one.details.read_by]
    largest = max(alone, key=lambda view: view.size, default=None)
    if largest is not None and named("view rebuild", largest.name):
        yield Button(label=f"Rebuild {largest.name[:40]}", text=named("view rebuild", largest.name))


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
