"""Approve and deny: each decision is written by compare-and-swap, and counted once for each person."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.approval import Approval, Decision, State, with_decision
from bot.chat import Pressed, Profile, Submitted, Verb
from bot.desk.duty import Duty, card_of, said
from bot.dialog import Dialog, Words
from bot.errors import BadInput, TooLate
from bot.policy import Deed
from bot.report import Report
from bot.store import Store
from bot.tidings import news_of

EXPIRED = "Too late: this request has expired. Ask for it again; the plan may be another one by now."
SEEN = "Everybody who sees the card can read it."
TRIES = 20
"""How many others may decide in the very same moment; more than ever are asked."""


@dataclass(frozen=True)
class Decisions:
    """The buttons of a plan that waits; `begin` reaches the runner of this process."""

    store: Store
    begin: Callable[[str], None]

    @property
    def duties(self) -> Mapping[Verb, Duty]:
        """Its buttons."""
        return {
            Verb.APPROVE: Duty(Deed.DECIDE, lambda pressed, who: self._decide(pressed, who, yes=True)),
            Verb.NOTE: Duty(Deed.DECIDE, self._with_a_note, self._approve),
            Verb.DENY: Duty(Deed.DECIDE, self._why_not, self._deny),
        }

    def _with_a_note(self, pressed: Pressed, _: Profile) -> Dialog:
        approval = self.waiting(pressed)
        return Dialog(
            verb=Verb.NOTE,
            subject=approval.id,
            seal=approval.seal,
            title="Approve this plan?",
            text=f"{_about(approval)}. It is run as soon as enough have approved.",
            fields=(Words(name="reason", label="What should be remembered about it?", hint=SEEN, needed=False),),
            send="Approve",
        )

    def _approve(self, submitted: Submitted, who: Profile) -> Report:
        return self._decide(submitted, who, yes=True, reason=submitted.words("reason"))

    def _why_not(self, pressed: Pressed, _: Profile) -> Dialog:
        approval = self.waiting(pressed)
        return Dialog(
            verb=Verb.DENY,
            subject=approval.id,
            seal=approval.seal,
            title="Deny this plan?",
            text=f"{_about(approval)}. Nothing is run, and it has to be asked for again.",
            fields=(Words(name="reason", label="Why not?", hint=SEEN),),
            send="Deny",
        )

    def _deny(self, submitted: Submitted, who: Profile) -> Report:
        if not submitted.words("reason"):
            raise BadInput("To deny a plan, say why in a few words. Press Deny again.")
        return self._decide(submitted, who, yes=False, reason=submitted.words("reason"))

    def _decide(self, item: Pressed | Submitted, who: Profile, *, yes: bool, reason: str = "") -> Report:
        approval = self._decided(item, who, yes=yes, reason=reason)
        if approval.state is State.APPROVED:
            self.begin(approval.id)
        verb = "Approved" if yes else "Denied"
        return said(f"{verb}: '{approval.text}' on {approval.database}.{_still_needed(approval)}")

    def _decided(self, item: Pressed | Submitted, who: Profile, *, yes: bool, reason: str) -> Approval:
        """The plan with one more decision; somebody who decides in the same moment is seen on another look."""
        for _ in range(TRIES):
            approval = self.waiting(item)
            if yes:
                _refuse_twice(approval, who)
            decision = Decision(person=who.id, name=who.name, at=self.store.now(), yes=yes, reason=reason)
            changed = with_decision(approval, decision)
            if self._written(approval, changed, decision):
                return changed
        raise TooLate("Too many decide at once. Look at the card, and press again.")

    def waiting(self, item: Pressed | Submitted) -> Approval:
        """The plan, when it is the one that was shown and still waits; it counts when the press came, not when its turn has come.

        A plan that was not decided in time is ended by the housekeeping, which knows of the presses that still wait for their turn.
        """
        approval = self.store.approval(item.subject)
        if approval is None:
            raise BadInput("I do not know this plan any more. Ask for it again.")
        if approval.state is not State.ASKED:
            raise TooLate(decided(approval))
        if approval.expires_at <= min(item.at, self.store.now()):
            raise TooLate(EXPIRED)
        if item.seal != approval.seal:
            raise TooLate("This card shows another plan than the one that waits. Look at the newest card.")
        return approval

    def _written(self, was: Approval, becomes: Approval, decision: Decision) -> bool:
        told = {"seal": was.seal, "text": was.text, "reason": decision.reason, "needed": was.needed}
        with self.store.change() as change:
            won = change.swap_approval({State.ASKED}, becomes, had=len(was.decisions))
            if won:
                for told_of in (card_of(becomes, decision.at), *news_of(becomes, decision.at)):
                    change.put_notice(told_of)
                change.record(decision.person, "approved" if decision.yes else "denied", was.id, told)
        return won

    def expire(self, approval: Approval) -> None:
        """End a request that nobody decided in time."""
        at = self.store.now()
        changed = approval.model_copy(update={"state": State.EXPIRED, "ended_at": at})
        with self.store.change() as change:
            if change.swap_approval({State.ASKED}, changed):
                for told_of in (card_of(changed, at), *news_of(changed, at)):
                    change.put_notice(told_of)
                change.record("scout", "expired", approval.id, {"text": approval.text})


def _about(approval: Approval) -> str:
    return f"'{approval.text}' on {approval.database}: {approval.plan.summary.rstrip('.')}"


def decided(approval: Approval) -> str:
    """Who was first, and when."""
    if approval.state is State.EXPIRED:
        return EXPIRED
    at = f" at {approval.decided_at:%H:%M:%S} UTC" if approval.decided_at else ""
    verb = "denied" if approval.state is State.DENIED else "approved"
    by = approval.decider_name or approval.decider
    if not by:
        return f"It is {approval.state.value} already."
    since = "" if approval.state.value == verb else f"; it is {approval.state.value} now"
    return f"Already {verb} by {by}{at}{since}."


def _refuse_twice(approval: Approval, who: Profile) -> None:
    before = next((one for one in approval.approvals if one.person == who.id), None)
    if before is not None:
        raise TooLate(f"You approved it already, at {before.at:%H:%M:%S} UTC.{_still_needed(approval)}")


def _still_needed(approval: Approval) -> str:
    if approval.state is not State.ASKED:
        return ""
    missing = approval.needed - len(approval.approvals)
    return f" {len(approval.approvals)} of {approval.needed}: {missing} more of the approvers {'has' if missing == 1 else 'have'} to agree."
