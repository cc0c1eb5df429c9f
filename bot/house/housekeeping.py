"""What has to be looked after again and again: deadlines, the dead, and what was left lying."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.approval import Approval, State
from bot.chat import Pressed, Submitted
from bot.desk import Desk
from bot.errors import Unavailable
from bot.house.reception import Reception
from bot.house.reminders import Reminders
from bot.house.runs import Runs
from bot.runner import Runner
from bot.store import Store

log = logging.getLogger(__name__)

HOUSEKEEPING_SECONDS = 3.0
ON_ITS_WAY_SECONDS = 3.0
"""For how long Slack waits until a press that was made in time is acknowledged, and so written down."""


@dataclass(frozen=True)
class Housekeeping:
    """Keeps house for one process, and takes over from those silent for `dead_after` seconds."""

    store: Store
    holder: str
    dead_after: float
    desk: Desk
    runner: Runner
    reception: Reception
    runs: Runs
    reminders: Reminders

    def keep(self, at: datetime) -> None:
        """Keep house now, if the store can be reached."""
        try:
            self._keep(at)
        except Unavailable as error:
            log.warning("no housekeeping: %s", error)

    def pick_up(self) -> None:
        """Go on with what the last life of this process was at."""
        self._take_over()
        for approval in self.store.approvals({State.APPROVED}):
            self.runs.begin(approval.id)

    def _keep(self, at: datetime) -> None:
        """Show that we live, end what nobody decided, take over from the dead, and take again what was left lying."""
        self.store.beat(self.holder)
        for approval in self._undecided():
            self.desk.expire(approval)
        self.reminders.remind()
        self._take_over()
        left_lying = timedelta(seconds=self.dead_after + HOUSEKEEPING_SECONDS)
        for item in self.store.unanswered(self.holder):
            if abs(at - item.at) > left_lying:  # from the future as well: a clock may have been put back since
                self.reception.work_on(item)
        for approval in self.store.approvals({State.APPROVED}):
            if approval.decided_at is not None and approval.decided_at < self.store.now() - left_lying:
                self.runs.begin(approval.id)

    def _undecided(self) -> list[Approval]:
        """What nobody decided in time: a press may be on its way into the inbox, or wait there until somebody takes it over from the dead."""
        latest = self.store.now() - timedelta(seconds=ON_ITS_WAY_SECONDS)
        overdue = [approval for approval in self.store.overdue() if approval.expires_at <= latest]
        waiting = self.store.waiting_requests() if overdue else []
        pressed = {item.subject for item in waiting if isinstance(item, Pressed | Submitted)}
        return [approval for approval in overdue if approval.id not in pressed]

    def _take_over(self) -> None:
        """Go on with what the dead were at: their questions, their messages and their runs, and runs of ours that were lost."""
        dead = self.store.dead_holders(self.dead_after) - {self.holder}
        for item in self.store.adopt(self.holder, dead):
            self.reception.work_on(item)
        self.store.release_notices(dead)
        self.runner.recover(dead)
