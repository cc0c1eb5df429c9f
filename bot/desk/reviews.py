"""Looking at it afterwards: what was approved by breaking the glass is reviewed by somebody else."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.approval import Approval, Decision
from bot.chat import Card, Lane, Pressed, Profile, Verb
from bot.desk.duty import Duty, card_of, notice, said
from bot.errors import BadInput, TooLate
from bot.policy import Deed
from bot.report import Report
from bot.store import Store


@dataclass(frozen=True)
class Reviews:
    """The button on a card that is over, and on the reminder that nobody has pressed it."""

    store: Store

    @property
    def duties(self) -> Mapping[Verb, Duty]:
        """Its button."""
        return {Verb.REVIEW: Duty(Deed.REVIEW, self._review)}

    def _review(self, pressed: Pressed, who: Profile) -> Report:
        approval = self._reviewable(pressed.subject)
        review = Decision(person=who.id, name=who.name, at=self.store.now(), yes=True)
        changed = approval.model_copy(update={"review": review})
        reminder = Card(key=f"review:{approval.id}", channel=approval.channel)
        with self.store.change() as change:
            won = change.swap_approval({approval.state}, changed, had=approval.voices)
            if won:
                change.put_notice(card_of(changed, review.at))
                change.put_notice(notice(reminder, Lane.APPROVAL, review.at))
                change.record(who.id, "reviewed", approval.id, {"text": approval.text, "requester": approval.requester})
        if not won:
            raise TooLate("Somebody was faster. Look at the card.")
        return said(f"Reviewed: '{approval.text}' on {approval.database}, which {_name(approval)} approved alone.")

    def _reviewable(self, subject: str) -> Approval:
        approval = self.store.approval(subject)
        if approval is None or not approval.plan.break_glass:
            raise BadInput("Nothing to review: this run was approved by more than its requester.")
        if approval.review is not None:
            by, at = approval.review.name or approval.review.person, approval.review.at
            raise TooLate(f"Already reviewed by {by} at {at:%H:%M:%S} UTC.")
        if not approval.to_review:
            raise TooLate(f"It is {approval.state.value}; review it when it is over.")
        return approval


def _name(approval: Approval) -> str:
    return approval.requester_name or approval.requester
