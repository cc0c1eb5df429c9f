"""What was measured: the last hour whole, and what is older the sparser, with its peaks."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.command import STRAGGLER, Measurement, Value
from bot.sql import queries
from bot.store.engine import Hand, Room, as_body, as_text

SQL = queries(__file__)

WHOLE = timedelta(hours=1)
DAY = timedelta(days=1)
TEN_MINUTES, HOUR = len("2026-03-01T12:3"), len("2026-03-01T12")
"""How many characters of a moment name the stretch of time that it lies in."""
MOST = 100_000
"""Samples of one database; however often it is measured, there are no more."""


class Samples(Room):
    """Reading samples, and thinning them out."""

    def samples(self, database: str, metric: str, since: datetime, limit: int = 10_000) -> list[Measurement]:
        """The newest samples of a metric since a moment, oldest first."""
        found = self._engine.ask(SQL["samples"], database=database, metric=metric, since=as_text(since), limit=limit)
        return [Measurement.model_validate_json(row["body"]) for row in found]

    def last_samples(self, database: str) -> list[Measurement]:
        """The newest sample of every metric of a database; it stays when older ones are pruned."""
        found = self._engine.ask(SQL["last_samples"], database=database)
        return [Measurement.model_validate_json(row["body"]) for row in found]

    def thin(self, at: datetime, keep: timedelta, most: int = MOST) -> int:
        """Forget what is older than `keep`; of what is older than an hour keep the extremes of ten minutes, of a day those of an hour.

        One database after another, so that nobody who writes waits for long.
        """
        gone = len(self._engine.tell(SQL["prune"], before=as_text(at - keep)))
        for row in self._engine.ask(SQL["databases"]):
            gone += self._thin(row["database"], TEN_MINUTES, at - DAY, at - WHOLE)
            gone += self._thin(row["database"], HOUR, at - keep, at - DAY)
            gone += len(self._engine.tell(SQL["cap"], database=row["database"], most=most - 1))
        return gone

    def _thin(self, database: str, digits: int, since: datetime, before: datetime) -> int:
        window = {"since": as_text(since), "before": as_text(before)}
        return len(self._engine.tell(SQL["thin"], database=database, digits=digits, **window))


class SamplesHand(Hand):
    """Measuring, as part of a change."""

    def put_samples(self, database: str, samples: Sequence[Measurement]) -> None:
        """Keep samples; one that is there already stays as it is, and a straggler is not the last, unless a clock was put back."""
        for sample in samples:
            kept = {"database": database, "metric": sample.name, "at": as_text(sample.at), "body": as_body(sample)}
            value = sample.measured.value if isinstance(sample.measured, Value) else None
            self._session.rows(SQL["put_sample"], value=value, **kept)
            self._session.rows(SQL["put_last_sample"], straggler=as_text(sample.at + STRAGGLER), **kept)
