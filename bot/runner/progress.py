"""What happens beside a run: its card moves, and Stop and Skip are heard that were pressed at another replica."""

import logging
import threading
from collections.abc import Sequence

from bot.approval import Approval, StepRecord, StepState
from bot.chat import Lane, bug
from bot.command import Sql
from bot.database import Advance
from bot.errors import ScoutError
from bot.runner.hands import Live, Operated, session_name
from bot.runner.journal import card
from bot.runner.pace import Seen, in_words, seen
from bot.store import Store

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 1.0


class Progress:
    """Keeps a run's card moving and listens for Stop and Skip pressed at another replica, while a `with` block lasts."""

    def __init__(self, store: Store, database: Operated, approval_id: str, live: Live) -> None:
        self._store, self._database, self._id, self._live = store, database, approval_id, live
        self._first: Seen | None = None
        self._past: dict[str, Sequence[float]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"progress {approval_id}", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(PROGRESS_SECONDS):
            try:
                self._once()
            except ScoutError as error:
                log.warning("no progress of %s can be shown: %s", self._id, error)
            except Exception as error:  # noqa: BLE001 - else nobody would hear a Stop that is pressed at another replica
                bug(f"the progress of {self._id}", error)

    def _once(self) -> None:
        approval = self._store.approval(self._id)
        if approval is None:
            return
        if approval.stop_asked_by:
            self._live.cancel()
        record = self._live.record
        if record is not None:
            self._hear_skip(record)
            if not self._live.lost:  # then the run itself tells what it waits for
                self._tell(approval, record)
        with self._store.change() as change:
            change.put_notice(card(approval, change.now(), Lane.PROGRESS))

    def _hear_skip(self, record: StepRecord) -> None:
        if any(one.skip_asked_by for one in self._store.steps(self._id) if one.number == record.number):
            self._live.skip(record.number)

    def _tell(self, approval: Approval, record: StepRecord) -> None:
        """Write into the journal how far the step is; one that has ended meanwhile is left as it ended."""
        if not isinstance(approval.plan.steps[record.number].do, Sql):
            return  # an errand tells by itself
        said = self._said(approval, record)
        if not said:
            return
        with self._store.change() as change:
            told = record.model_copy(update={"said": said})
            change.swap_step({StepState.RUNNING}, told, held_by=approval.holder)

    def _said(self, approval: Approval, record: StepRecord) -> str:
        elapsed = (self._store.now() - record.started_at).total_seconds() if record.started_at else 0.0
        advance = self._advance(record)
        self._first = seen(self._first, advance, elapsed)
        return in_words(advance, self._first, elapsed, self._usual(approval, record))

    def _advance(self, record: StepRecord) -> Advance | None:
        try:
            return self._database.advance(session_name(self._id, record.number))
        except ScoutError as error:  # the card goes on with what is usual
            log.info("how far step %s of %s is cannot be seen: %s", record.number + 1, self._id, error)
            return None

    def _usual(self, approval: Approval, record: StepRecord) -> Sequence[float]:
        """How long steps of this title took; asked once for each."""
        title = approval.plan.steps[record.number].title
        if title not in self._past:
            self._past[title] = self._store.durations(approval.database, [title]).get(title, ())
        return self._past[title]
