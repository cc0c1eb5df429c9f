"""Which processes run Scout on this store, and which of them are gone."""

from datetime import timedelta

from bot.sql import queries
from bot.store.engine import Engine, Room, as_text

SQL = queries(__file__)


class Processes(Room):
    """The holders of work."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._sole_holder = ""

    def claim(self, holder: str) -> None:
        """Say that this process runs Scout.

        Raises:
            Unavailable: another Scout uses this store, and it is an SQLite file.
        """
        alone = self._engine.claim()
        self.beat(holder)
        if alone:
            for name in ("alone", "alone_leases", "alone_watches"):
                self._engine.tell(SQL[name], holder=holder)
        self._sole_holder = holder if alone else ""

    def beat(self, holder: str) -> None:
        """Say that the process lives, every few seconds."""
        self._engine.tell(SQL["beat"], holder=holder, at=as_text(self._engine.now()))

    def dead_holders(self, patience_s: float) -> set[str]:
        """Holders that have not beaten for some seconds, or said farewell; at once those that had the store alone before us."""
        before = as_text(self._engine.now() - timedelta(seconds=patience_s))
        if self._sole_holder:
            found = self._engine.ask(SQL["others"], holder=self._sole_holder, before=before)
        else:
            found = self._engine.ask(SQL["silent"], before=before)
        return {row["holder"] for row in found}

    def farewell(self, holder: str) -> None:
        """Say that the process ends now: whoever comes next need not wait to take over what it leaves."""
        self._engine.tell(SQL["farewell"], holder=holder)
