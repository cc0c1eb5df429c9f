"""What the database does per second: transactions and rows, each under its own name, and what they cost in log and temporary files."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.command import Command, Kept, Metric, Probe, Risk, Row, Sources, Value
from bot.report import Button, Cell, Column, Level, Report, Table, Unit, Verdict
from bot.sql import queries
from commands.since import LONGEST_S, Span, is_too_close
from commands.wording import duration, quantity, several, size

WINDOWS_S = (60, 600, 3600, LONGEST_S)


class Activity(Row):
    """A database's counters since they began; `ingested` are rows inserted into the table that the data come in by."""

    committed: int
    rolled_back: int
    inserted: int
    updated: int
    deleted: int
    scanned: int
    fetched: int
    deadlocks: int
    conflicts: int
    temp_files: int
    temp_bytes: int
    sessions: int
    sessions_lost: int
    reset_at: datetime | None
    started_at: datetime
    wal_bytes: int
    ingested: int | None


ACTIVITY = Probe("activity", queries(__file__)["activity"], Activity, keep_s=LONGEST_S)
Count = Callable[[Activity], float]
RATES: tuple[tuple[str, Count], ...] = (
    ("Transactions committed", lambda one: one.committed),
    ("Transactions rolled back", lambda one: one.rolled_back),
    ("Rows inserted", lambda one: one.inserted),
    ("Rows updated", lambda one: one.updated),
    ("Rows deleted", lambda one: one.deleted),
    ("Rows read by scans", lambda one: one.scanned),
    ("Rows fetched by index", lambda one: one.fetched),
    ("Sessions opened", lambda one: one.sessions),
)
VOLUMES: tuple[tuple[str, Count], ...] = (
    ("Log (WAL), whole server", lambda one: one.wal_bytes),
    ("Temporary files", lambda one: one.temp_bytes),
)
TOTALS: tuple[tuple[str, Count], ...] = (
    ("Temporary files written", lambda one: one.temp_files),
    ("Deadlocks", lambda one: one.deadlocks),
    ("Conflicts with recovery", lambda one: one.conflicts),
    ("Sessions lost, killed or failed", lambda one: one.sessions_lost),
)


@dataclass(frozen=True)
class Done:
    """What was done over a time."""

    span: Span
    now: Activity
    before: Activity | None

    def count(self, of: Count) -> float:
        """How many in this time."""
        return of(self.now) - (of(self.before) if self.before else 0)

    def rate(self, of: Count) -> float | None:
        """How many per second; None when nobody knows for how long was counted."""
        return self.count(of) / self.span.seconds if self.span.seconds else None


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Look, compare with what the watch read before, then say."""
    (now,) = sources.database.rows(ACTIVITY.statement, Activity, ingest_relation=ingest_relation(sources))
    found = windows(now, [sources.earlier(ACTIVITY, back) for back in WINDOWS_S], sources.at)
    line = next((metric for metric in sources.metrics if metric.name == "throughput"), None)
    return report(found, sources.limits.ingest_table, line)


def ingest_relation(sources: Sources) -> str:
    """The table that the data come in by, as a quoted name."""
    return ".".join(
        '"{}"'.format(name.replace('"', '""')) for name in (sources.database.schema, sources.limits.ingest_table)
    )


def windows(now: Activity, kept: Sequence[Kept[Activity] | None], at: datetime) -> list[Done]:
    """What was done since each earlier reading, the latest first; since the counters began when there is none."""
    usable = {one.at: one for one in kept if one is not None and _comparable(now, one, at)}
    found = [Done(Span(begin=one.at, end=at), now, one.rows[0]) for one in usable.values()]
    return found or [Done(Span(begin=now.reset_at, end=at, since_reset=True), now, None)]


def _comparable(now: Activity, kept: Kept[Activity], at: datetime) -> bool:
    before = kept.rows[0]
    same = (now.reset_at, now.started_at) == (before.reset_at, before.started_at)
    return same and now.committed >= before.committed and not is_too_close(kept.at, at)


def report(found: Sequence[Done], ingest: str, line: Metric[Any] | None) -> Report:
    """The latest time first, longer ones beside it."""
    columns = (Column(title="Counted"), *(Column(title=_title(one)) for one in found))
    return Report(
        title="Throughput",
        verdict=verdict(found[0], ingest, line),
        parts=(Table(title="Of this database", columns=columns, rows=tuple(_rows(found, ingest))),),
        notes=tuple(notes(found[0])),
        buttons=(
            Button(label="Slow", text="slow"),
            Button(label="Hit ratio", text="hitratio"),
            Button(label="Status", text="status"),
        ),
    )


def verdict(latest: Done, ingest: str, line: Metric[Any] | None) -> Verdict:
    """Transactions per second, and rows per second into the table that the data come in by, in one line."""
    rate, ingested = latest.rate(_transactions), latest.rate(_ingested)
    if rate is None:
        text = f"{several(latest.count(_transactions), 'transaction')} {latest.span.said}; no rate before the watch has been round"
        return Verdict(level=Level.INFO, text=text)
    text = f"{quantity(rate, Unit.COUNT)} transactions/s {latest.span.said}"
    if latest.now.ingested is not None and ingested is not None:
        text += f"; {quantity(ingested, Unit.COUNT)} rows/s into {ingest}"
    judged = line is not None and not latest.span.since_reset
    return Verdict(level=line.level(Value(value=rate)) if judged and line else Level.INFO, text=text)


def notes(latest: Done) -> Iterable[str]:
    """From when the figures are, what was examined, and what they hold."""
    if latest.span.since_reset:
        yield "All since the counters were reset, not of late: there is no earlier reading to compare with yet."
    yield "Examined: the counters of this database; other databases are left out, but for the log."
    yield "Transactions include every statement outside of a transaction block, and Scout's own; rows include those rolled back."
    yield "Counters come up to ten seconds late, on PostgreSQL 14 not before a session's next command."


def _rows(found: Sequence[Done], ingest: str) -> Iterable[tuple[Cell, ...]]:
    rates = (
        *RATES[:2],
        *([(f"Rows inserted into {ingest}", _ingested)] if found[0].now.ingested is not None else []),
        *RATES[2:],
    )
    for name, of in rates:
        yield name, *(_per_second(one, of) for one in found)
    for name, of in VOLUMES:
        yield name, *(_bytes(one, of) for one in found)
    for name, of in TOTALS:
        yield name, *(f"{one.count(of):,.0f}" for one in found)


def _transactions(one: Activity) -> float:
    return one.committed + one.rolled_back


def _ingested(one: Activity) -> float:
    return one.ingested or 0


def _per_second(one: Done, of: Count) -> str:
    rate = one.rate(of)
    return f"{one.count(of):,.0f} in all" if rate is None else quantity(rate, Unit.PER_SECOND)


def _bytes(one: Done, of: Count) -> str:
    rate = one.rate(of)
    return f"{size(one.count(of))} in all" if rate is None else f"{size(rate)}/s"


def _title(one: Done) -> str:
    if one.span.since_reset:
        return "Since reset"
    return f"Last {duration(one.span.seconds or 0)}"


command = Command(
    name="tps",
    help="Transactions and rows per second, log and temporary files",
    runbook="Diagnostics, step 2: transaction rate",
    risk=Risk.LOOK,
    place=22,
    plan=plan,
    words=("throughput", "transaction rate", "transactions per second", "ingest rate"),
    probes=(ACTIVITY,),
)
