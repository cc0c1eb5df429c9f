"""Whose home tab was opened lately, and what was published there last."""

from dataclasses import dataclass
from datetime import datetime

from bot.sql import queries
from bot.store.engine import Hand, Room, Row, as_moment, as_text

SQL = queries(__file__)


@dataclass(frozen=True)
class Visit:
    """Somebody who opened the home tab; `shown` is the seal of what stands there, empty when it has to be published anew."""

    person: str
    opened_at: datetime
    shown: str
    shown_at: datetime | None


class Homes(Room):
    """Home tabs."""

    def visits(self, since: datetime) -> list[Visit]:
        """Who opened the home tab since a moment; who has waited longest for a new page before the others."""
        return [_read(row) for row in self._engine.ask(SQL["visits"], since=as_text(since))]

    def visit(self, person: str) -> Visit | None:
        """What is known of one person's home tab."""
        return next((_read(row) for row in self._engine.ask(SQL["one"], person=person)), None)


class HomesHand(Hand):
    """Home tabs, as part of a change."""

    def opened_home(self, person: str) -> None:
        """Somebody opened the home tab: whatever stands there is published anew."""
        self._session.rows(SQL["opened"], person=person, now=as_text(self._session.now()))

    def shown_home(self, person: str, seal: str) -> None:
        """Keep what was published just now."""
        self._session.rows(SQL["shown"], person=person, seal=seal, now=as_text(self._session.now()))

    def forget_home(self, person: str) -> None:
        """Publish nothing more there until it is opened again."""
        self._session.rows(SQL["forget"], person=person)


def _read(row: Row) -> Visit:
    shown_at = as_moment(row["shown_at"]) if row["shown_at"] else None
    return Visit(row["person"], as_moment(row["opened_at"]), row["shown"], shown_at)
