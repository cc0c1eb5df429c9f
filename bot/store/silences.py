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

    def silences(self) -> list[Hush]:
        """Those that are not ended, read where they are heeded."""
        return [Hush.model_validate_json(row["body"]) for row in self._session.rows(SQL["silences"])]

    def cut_silence(self, hush: Hush, at: datetime, by: str) -> bool:
        """Let it end now, by somebody's order; False when it is over already."""
        cut = hush.model_copy(update={"until": at, "ended_by": by})
        return bool(self._session.rows(SQL["cut"], id=hush.id, at=as_text(at), body=as_body(cut)))

    def hold_back(self, by: str, incident: str, at: datetime) -> None:
        """Remember that messages of an incident are held back by a silence or by the quiet hours."""
        self._session.rows(SQL["hold_back"], by=by, incident=incident, at=as_text(at))

    def let_go(self, by: str) -> list[str]:
        """The incidents of which messages were held back, the first before the others; they are not any more."""
        rows = sorted(self._session.rows(SQL["let_go"], by=by), key=lambda row: (row["at"], row["incident"]))
        return [row["incident"] for row in rows]

    def end_silence(self, hush: Hush, at: datetime) -> bool:
        """End a silence, once; False when it is over already."""
        ended = hush.model_copy(update={"ended_at": at})
        return bool(self._session.rows(SQL["end"], id=hush.id, at=as_text(at), body=as_body(ended)))
