"""A plan that a schedule asks for: confirmed at once where nobody notices it, put before people where somebody may."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.approval import Approval, State, expiry, seal
from bot.chat import Card, Lane, Notice, new_id
from bot.command import Plan
from bot.timetable import Job


@dataclass(frozen=True)
class Request:
    """What is asked for, by which job, and where people see it."""

    job: Job
    command: str
    plan: Plan
    channel: str
    approval_seconds: float
    needed: int

    def approval(self, by: str, at: datetime) -> Approval:
        """The approval: the schedule may confirm what one operator may confirm alone, and nothing heavier."""
        asked = Approval(
            id=new_id(),
            text=f"{self.job.command} on {self.job.database}",
            command=self.command,
            database=self.job.database,
            plan=self.plan,
            seal=seal(self.plan),
            requester=by,
            channel=self.channel,
            job=self.job.name,
            reason=f"the job {self.job.name} of the schedule, {self.job.pace}",
            needed=self.needed,
            asked_at=at,
            expires_at=self._expires_at(at),
        )
        if not asked.is_quiet:
            return asked
        return asked.model_copy(update={"state": State.APPROVED, "decider": by, "decider_name": by, "decided_at": at})

    def _expires_at(self, at: datetime) -> datetime:
        """As long as its window may still come; without one, until the job comes again, and a day at most."""
        if self.plan.window is not None:
            return self.plan.window.closes_at
        return max(expiry(at, self.approval_seconds), min(self.job.after(at), expiry(at, 86_400)))


def cards(approval: Approval) -> Iterable[Notice]:
    """The card, where it is for people to decide."""
    if approval.state is State.ASKED:
        yield Notice(id=new_id(), lane=Lane.APPROVAL, message=Card(key=f"approval:{approval.id}", channel=approval.channel), due=approval.asked_at)  # fmt: skip
