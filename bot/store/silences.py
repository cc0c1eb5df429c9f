"""What is to be told to nobody for a while, by whose order."""

from datetime import datetime

from bot.command import Hush
from bot.sql import queries
from bot.store.engine import Hand, Room, as_body, as_text

SQL = queries(__file__)


class Silences(Room):
    """Silences."""

    def silences(self) -> list[Hush]:
        """Those that are not ended, the one that ends first before the others."""
        return [Hush.model_validate_json(row["body"]) for row in self._engine.ask(SQL["silences"])]

    def silence(self, id: str) -> Hush | None:  # noqa: A002 - callers say silence(id=…), the record's own word
        """One of them, ended or not."""
        found = self._engine.ask(SQL["silence"], id=id)
        return next((Hush.model_validate_json(row["body"]) for row in found), None)


class SilencesHand(Hand):
    """Silencing, as part of a change."""

    def add_silence(self, hush: Hush) -> None:
        """Begin a silence."""
        self._session.rows(
            SQL["add"],
            id=hush.id,
            database=hush.database,
            metric=hush.metric,
            until=as_text(hush.until),
            body=as_body(hush),
        )

    def end_silence(self, hush: Hush, at: datetime) -> bool:
        """End a silence, once; False when it is over already."""
        ended = hush.model_copy(update={"ended_at": at})
        return bool(self._session.rows(SQL["end"], id=hush.id, at=as_text(at), body=as_body(ended)))
