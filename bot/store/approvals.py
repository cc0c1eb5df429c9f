"""Plans that wait for people or run, and the journal of their steps; every change of state is a compare-and-swap."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from bot.approval import Approval, State, StepRecord, StepState
from bot.sql import queries
from bot.store.engine import Hand, Room, Row, as_body, as_text

SQL = queries(__file__)


class Approvals(Room):
    """What was asked, decided and done."""

    def approval(self, id: str) -> Approval | None:  # noqa: A002 - callers say approval(id=…), the record's own word
        """The approval with an id."""
        return next((_read(row) for row in self._engine.ask(SQL["one"], id=id)), None)

    def steps(self, id: str) -> list[StepRecord]:  # noqa: A002 - callers say steps(id=…), the record's own word
        """The journal of an approval; `number` is the step's place in the plan, 0 first."""
        return [_read_step(row) for row in self._engine.ask(SQL["steps"], approval=id)]

    def approvals(
        self,
        states: Collection[State] | None = None,
        database: str | None = None,
        limit: int = 50,
        *,
        loud: bool = False,
    ) -> list[Approval]:
        """Approvals, newest first; in some states and of one database when those are given, without what went silently when `loud`."""
        wanted = tuple(State if states is None else states)
        return [
            _read(row)
            for row in self._engine.ask(SQL["newest"], states=wanted, database=database, limit=limit, loud=int(loud))
        ]

    def overdue(self) -> list[Approval]:
        """What nobody decided in time, by the store's clock."""
        return [_read(row) for row in self._engine.ask(SQL["overdue"], now=as_text(self._engine.now()))]

    def counted_approvals(self) -> dict[str, int]:
        """How many plans are in which state."""
        return {row["state"]: row["plans"] for row in self._engine.ask(SQL["counted"])}

    def durations(self, database: str, titles: Iterable[str], last: int = 20) -> dict[str, tuple[float, ...]]:
        """How many seconds the last successful steps with these titles took, newest first."""
        found: dict[str, list[float]] = defaultdict(list)
        for row in self._engine.ask(SQL["durations"], database=database, titles=tuple(titles), last=last):
            step = StepRecord.model_validate_json(row["body"])
            if step.started_at is not None and step.ended_at is not None:
                found[row["title"]].append((step.ended_at - step.started_at).total_seconds())
        return {title: tuple(seconds) for title, seconds in found.items()}

    def last_done(self, database: str, titles: Iterable[str]) -> dict[str, datetime]:
        """When steps with these titles last succeeded, by title."""
        rows = self._engine.ask(SQL["durations"], database=database, titles=tuple(titles), last=1)
        ended = {row["title"]: StepRecord.model_validate_json(row["body"]).ended_at for row in rows}
        return {title: at for title, at in ended.items() if at is not None}


class ApprovalsHand(Hand):
    """Asking, deciding and running, as part of a change."""

    def add_approval(self, approval: Approval) -> str | None:
        """Write down a plan that people are asked about, all its steps waiting.

        Returns:
            None when it is there now, else the id of the open one for the same command and database that is in the way.
        """
        if not self._session.rows(
            SQL["add"], asked_at=as_text(approval.asked_at), quiet=int(approval.is_quiet), **_columns(approval)
        ):
            return self._in_the_way(approval)
        self._add_steps(approval)
        return None

    def replan(self, approval: Approval) -> bool:
        """Put another plan in the place of one that is asked, its revision one higher; False: somebody was first."""
        if not self._session.rows(SQL["replan"], id=approval.id, had=approval.revision - 1, body=as_body(approval)):
            return False
        self._session.rows(SQL["drop_steps"], approval=approval.id)
        self._add_steps(approval)
        return True

    def _add_steps(self, approval: Approval) -> None:
        for number, step in enumerate(approval.plan.steps):
            record = StepRecord(approval=approval.id, number=number)
            self._session.rows(
                SQL["add_step"],
                approval=record.approval,
                number=record.number,
                database=approval.database,
                title=step.title,
                state=record.state,
                body=as_body(record),
            )

    def swap_approval(
        self, was: Collection[State], becomes: Approval, held_by: str | None = None, had: int | None = None
    ) -> bool:
        """Change the state where it still is one of some, and of a given holder if one is given; False: somebody was first.

        It must still have as many voices as it had, which are those it becomes unless `had` says fewer: then one is added.
        False as well when it would open again beside another open one of the same command and database.
        """
        known = becomes.voices if had is None else had
        return bool(self._session.rows(SQL["swap"], was=tuple(was), held_by=held_by, had=known, **_swapped(becomes)))

    def save_approval(self, approval: Approval) -> bool:
        """Keep everything but the state, where state and holder are still the same."""
        kept = {name: value for name, value in _columns(approval).items() if name in _SAVED}
        return bool(self._session.rows(SQL["save"], **kept))

    def ask_stop(self, id: str, by: str) -> bool:  # noqa: A002 - callers say ask_stop(id=…), the record's own word
        """Ask a running plan to stop; False when it does not run, or somebody asked before."""
        return bool(self._session.rows(SQL["ask_stop"], id=id, by=by))

    def ask_skip(self, id: str, number: int, by: str) -> bool:  # noqa: A002 - callers say ask_skip(id=…), the record's own word
        """Ask a running plan to go on without a step; False when it is not at work, or somebody asked before."""
        return bool(self._session.rows(SQL["ask_skip"], approval=id, number=number, by=by))

    def swap_step(self, was: Collection[StepState], becomes: StepRecord, held_by: str | None = None) -> bool:
        """Change a step's state where it still is one of some, and the run is one of a given holder if one is given."""
        ended_at = as_text(becomes.ended_at) if becomes.ended_at else None
        return bool(
            self._session.rows(
                SQL["swap_step"],
                was=tuple(was),
                approval=becomes.approval,
                number=becomes.number,
                state=becomes.state,
                ended_at=ended_at,
                body=as_body(becomes),
                held_by=held_by,
            )
        )

    def _in_the_way(self, approval: Approval) -> str:
        (row,) = self._session.rows(
            SQL["in_the_way"], id=approval.id, database=approval.database, command=approval.command
        )
        return row["id"]


_SAVED = {"id", "state", "holder", "stop_asked_by", "body"}
_SWAPPED = _SAVED | {"expires_at", "decisions", "revision"}


def _swapped(approval: Approval) -> dict[str, str | int]:
    return {name: value for name, value in _columns(approval).items() if name in _SWAPPED}


def _columns(approval: Approval) -> dict[str, str | int]:
    return {
        "id": approval.id,
        "database": approval.database,
        "command": approval.command,
        "state": approval.state,
        "holder": approval.holder,
        "stop_asked_by": approval.stop_asked_by,
        "expires_at": as_text(approval.expires_at),
        "decisions": approval.voices,
        "revision": approval.revision,
        "body": as_body(approval),
    }


def _read_step(row: Row) -> StepRecord:
    """The body, with the one field that another process may write while this one carries the step out."""
    found = StepRecord.model_validate_json(row["body"])
    return found.model_copy(update={"skip_asked_by": row["skip_asked_by"]})


def _read(row: Row) -> Approval:
    """The body, with the one field that another process may write while this one runs the plan."""
    found = Approval.model_validate_json(row["body"])
    return found.model_copy(update={"stop_asked_by": row["stop_asked_by"]})
