"""What went wrong inside of Scout, in whichever process: kept for the one that judges it."""

from datetime import datetime

from bot.chat import new_id
from bot.sql import queries
from bot.store.engine import Room, as_text

SQL = queries(__file__)


class Mishaps(Room):
    """Jobs that failed, were missed or hang."""

    def put_mishap(self, holder: str, what: str) -> None:
        """Write down what went wrong now."""
        self._engine.tell(SQL["add"], id=new_id(), holder=holder, at=as_text(self._engine.now()), what=what)

    def mishaps(self, since: datetime) -> list[str]:
        """What went wrong since a moment, newest first, twenty at most."""
        return [row["what"] for row in self._engine.ask(SQL["since"], since=as_text(since))]
