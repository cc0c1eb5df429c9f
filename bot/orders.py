"""Where orders are carried out: what changes Scout's own state, allowed, done, audited and answered in one place.

To add a kind: its record in `bot/command/ordering.py`, its case in `_done`, a method that says what it did. It runs inside the change that
also ends the question, so that it happens exactly once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.alert import Alert
from bot.chat import CallEvent, Lane, Profile, new_id
from bot.command import EVERYTHING, Acknowledge, EndSilence, Hush, Order, PauseJob, Release, ResumeJob, Silence
from bot.errors import BadInput, TooLate
from bot.policy import Deed, Policy, authorise
from bot.report import Level, Report, Verdict
from bot.store import Change, Store
from bot.telling import Telling, card_of
from bot.timetable import Paused, Standing


@dataclass(frozen=True)
class Orders:
    """Carries orders out; `telling` knows whom else an acknowledgement is told."""

    policy: Policy
    store: Store
    telling: Telling

    def carry_out(self, change: Change, order: Order, who: Profile) -> Report:
        """Do it inside a change, and what to say of it.

        Raises:
            NotAllowed: this person may not.
            TooLate: it is so already, or over.
        """
        authorise(self.policy, who, Deed.ORDER)
        subject, said = self._done(change, order, who)
        change.record(who.id, order.kind, subject, order.model_dump(mode="json", exclude={"kind"}))
        return Report(title="Scout", verdict=Verdict(level=Level.OK, text=said))

    def _done(self, change: Change, order: Order, who: Profile) -> tuple[str, str]:
        """The subject for the audit, and what was done."""
        match order:
            case Silence():
                return self._silence(change, order, who)
            case EndSilence():
                return self._end(change, order, who)
            case Acknowledge():
                return self._acknowledge(change, order, who)
            case Release():
                return self._release(change, order)
            case PauseJob():
                return self._pause(change, order, who)
            case ResumeJob():
                return self._resume(change, order)
            case _:
                assert_never(order)

    # --- silences

    def _silence(self, change: Change, order: Silence, who: Profile) -> tuple[str, str]:
        at = change.now()
        if order.until <= at:
            raise BadInput("A silence has to end later than now.")
        hush = Hush(id=new_id(), since=at, person=who.id, name=who.name, **order.model_dump(exclude={"kind"}))
        change.add_silence(hush)
        self._redraw(change, hush, at)
        return (
            hush.id,
            f"Silenced until {hush.until:%b %d %H:%M} UTC: {covered(hush)}. Cards and `status` go on telling.",
        )

    def _end(self, change: Change, order: EndSilence, who: Profile) -> tuple[str, str]:
        hush, at = self.store.silence(order.silence), change.now()
        if hush is None:
            raise BadInput("I do not know this silence. `silences` lists those that hold.")
        if not change.cut_silence(hush, at, who.name or who.id):
            raise TooLate("This silence is over already.")
        self._redraw(change, hush, at)
        return hush.id, f"The silence of {covered(hush)} is over."

    def _redraw(self, change: Change, hush: Hush, at: datetime) -> None:
        for alert in change.alerts(hush.database):
            if alert.is_open and hush.metric in {alert.metric, EVERYTHING}:
                self._show(change, alert, at)

    # --- what recurs by itself

    def _pause(self, change: Change, order: PauseJob, who: Profile) -> tuple[str, str]:
        at = change.now()
        if order.until is not None and order.until <= at:
            raise BadInput("A pause has to end later than now.")
        known = change.standing(order.database, order.job) or Standing(
            database=order.database, job=order.job, defined="", since=at
        )
        paused = Paused(person=who.id, name=who.name, why=order.why, since=at, until=order.until)
        change.put_standing(known.model_copy(update={"paused": paused}))
        until = f"until {order.until:%b %d %H:%M} UTC" if order.until else "until somebody resumes it"
        return (
            f"{order.database}.{order.job}",
            f"Paused {until}: the job {order.job} on {order.database}. What runs now goes on.",
        )

    def _resume(self, change: Change, order: ResumeJob) -> tuple[str, str]:
        known, at = change.standing(order.database, order.job), change.now()
        if known is None or known.pause(at) is None:
            raise TooLate(f"The job {order.job} on {order.database} is not paused.")
        change.put_standing(known.model_copy(update={"paused": None, "since": at}))
        return (
            f"{order.database}.{order.job}",
            f"Resumed: the job {order.job} on {order.database}, from its next time on.",
        )

    # --- whose an incident is

    def _acknowledge(self, change: Change, order: Acknowledge, who: Profile) -> tuple[str, str]:
        alert = self._open(change, order.incident)
        if alert.acknowledged_by:
            raise TooLate(f"Already acknowledged by {alert.acknowledged_name or alert.acknowledged_by}.")
        owner = {"acknowledged_by": who.id, "acknowledged_name": who.name, "acknowledged_at": change.now()}
        owned = alert.model_copy(update=owner)
        self._put(change, owned)
        for notice in self.telling.calls(owned, CallEvent.ACKNOWLEDGE, change.now()) if owned.paged else ():
            change.put_notice(notice)
        return alert.incident, "Acknowledged: it is yours."

    def _release(self, change: Change, order: Release) -> tuple[str, str]:
        alert = self._open(change, order.incident)
        if not alert.acknowledged_by:
            raise TooLate("Nobody has acknowledged this incident.")
        nobody = {"acknowledged_by": "", "acknowledged_name": "", "acknowledged_at": None}
        self._put(change, alert.model_copy(update=nobody))
        return alert.incident, "It is nobody's any more."

    def _open(self, change: Change, incident: str) -> Alert:
        alert = change.incident(incident)
        if alert is None or not alert.is_open:
            raise TooLate("This incident is over.")
        return alert

    def _put(self, change: Change, alert: Alert) -> None:
        change.put_alert(alert)
        self._show(change, alert, change.now())

    def _show(self, change: Change, alert: Alert, at: datetime) -> None:
        """Draw its card anew, when it has one."""
        if alert.on_card:
            change.put_notice(card_of(alert, Lane.ALERT, at))


def covered(hush: Hush) -> str:
    """What a silence mutes, in words."""
    return f"everything on {hush.database}" if hush.metric == EVERYTHING else f"{hush.metric} on {hush.database}"
