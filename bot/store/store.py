"""The store as others see it: rooms that read, and one change at a time that writes."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Self

from bot.errors import BadInput
from bot.store.alerts import Alerts, AlertsHand
from bot.store.approvals import SQL as APPROVALS
from bot.store.approvals import Approvals, ApprovalsHand
from bot.store.audit import Audit, AuditHand
from bot.store.engine import Engine, as_text
from bot.store.findings import SQL as FINDINGS
from bot.store.findings import FindingsHand, FindingsRoom
from bot.store.homes import SQL as HOMES
from bot.store.homes import Homes, HomesHand
from bot.store.inbox import SQL as INBOX
from bot.store.inbox import Inbox, InboxHand
from bot.store.leases import Fence, Leases, LeasesHand
from bot.store.mishaps import SQL as MISHAPS
from bot.store.mishaps import Mishaps
from bot.store.notices import SQL as NOTICES
from bot.store.notices import Notices, NoticesHand
from bot.store.postgres import Postgres
from bot.store.process import SQL as PROCESS
from bot.store.process import Processes
from bot.store.samples import Samples, SamplesHand
from bot.store.schema import migrate
from bot.store.silences import SQL as SILENCES
from bot.store.silences import Silences, SilencesHand
from bot.store.sqlite import Sqlite
from bot.store.timetable import SQL as TIMETABLE
from bot.store.timetable import Timetable, TimetableHand


class Change(
    InboxHand,
    ApprovalsHand,
    AlertsHand,
    SamplesHand,
    SilencesHand,
    FindingsHand,
    NoticesHand,
    HomesHand,
    LeasesHand,
    TimetableHand,
    AuditHand,
):
    """What happens together or not at all."""

    def now(self) -> datetime:
        """The store's clock, the same moment for the whole change."""
        return self._session.now()


class Store(
    Processes,
    Inbox,
    Approvals,
    Alerts,
    Samples,
    Silences,
    FindingsRoom,
    Notices,
    Homes,
    Leases,
    Mishaps,
    Timetable,
    Audit,
):
    """Scout's own memory; safe for many threads."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._busy = threading.local()

    @classmethod
    def open(cls, url: str) -> Self:
        """Open or create a store and bring its schema forward.

        Args:
            url: `sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql://…`.

        Raises:
            Unavailable: it cannot be reached, or a newer Scout has changed it.
            BadInput: the address is of another kind.
        """
        engine = _engine(url)
        try:
            migrate(engine)
        except BaseException:
            engine.close()
            raise
        return cls(engine)

    def close(self) -> None:
        """Let go of the store; a change under way is finished first."""
        self._engine.close()

    def now(self) -> datetime:
        """The store's clock."""
        return self._engine.now()

    @contextmanager
    def change(self, fence: Fence | None = None) -> Generator[Change]:
        """One write transaction: all of it is kept at the end, nothing when an error leaves the block.

        Raises:
            LostLease: what is written needs a right that this process has lost.
            RuntimeError: this thread is inside a change already, which would wait for itself.
        """
        if getattr(self._busy, "changing", False):
            raise RuntimeError("a change inside a change")
        with self._engine.changing() as session:
            self._busy.changing = True
            try:
                change = Change(session)
                if fence is not None:
                    change.check(fence)
                yield change
            finally:
                self._busy.changing = False

    def prune(self, before: datetime) -> int:
        """Forget ended silences, old findings, settled messages, answered requests, runs of jobs, lost processes and home tabs that nobody opened, older than a moment; never the audit, nor approvals but those of a schedule that went silently and well."""
        for aside in (TIMETABLE["prune_keepsakes"], APPROVALS["prune_steps"], APPROVALS["prune"]):
            self._engine.tell(aside, before=as_text(before))
        rooms = (SILENCES, FINDINGS, NOTICES, INBOX, PROCESS, MISHAPS, HOMES, TIMETABLE)
        return sum(len(self._engine.tell(room["prune"], before=as_text(before))) for room in rooms)


def _engine(url: str) -> Engine:
    if url.startswith("sqlite:///"):
        return Sqlite(Path(url.removeprefix("sqlite:///")))
    if url.startswith(("postgresql://", "postgres://")):
        return Postgres(url)
    raise BadInput("The store's address must begin with sqlite:/// or postgresql://.")
