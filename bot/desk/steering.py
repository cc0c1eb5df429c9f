"""Stopping what runs, and going on with what was interrupted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.approval import Approval, State, can_be_skipped
from bot.chat import Pressed, Profile, Verb
from bot.desk.duty import Duty, card_of, said
from bot.errors import BadInput, TooLate
from bot.policy import Deed
from bot.report import Report
from bot.store import Store
from bot.tidings import news_of


@dataclass(frozen=True)
class Steering:
    """The buttons of a run; `begin`, `stop` and `skip` reach the runner of this process."""

    store: Store
    begin: Callable[[str], None]
    stop: Callable[[str], None]
    skip: Callable[[str, int], None]

    @property
    def duties(self) -> Mapping[Verb, Duty]:
        """Its buttons."""
        return {
            Verb.STOP: Duty(Deed.STOP, self._stop),
            Verb.SKIP: Duty(Deed.SKIP, self._skip),
            Verb.RESUME: Duty(Deed.RESUME, self._resume),
        }

    def _stop(self, pressed: Pressed, who: Profile) -> Report:
        approval = self._plan(pressed)
        if approval.state is State.APPROVED and self._call_off(who, approval):
            return said(_called_off(approval))
        with self.store.change() as change:
            asked = change.ask_stop(approval.id, who.id)
            if asked:
                change.record(who.id, "asked to stop", approval.id, {"text": approval.text})
        if not asked and approval.state is State.RUNNING:
            raise TooLate("It is being stopped already.")
        if not asked:
            raise TooLate(f"Nothing to stop: it is {approval.state.value}.")
        self.stop(approval.id)
        return said("Stopping: the running statement is being cancelled and no further step begins.")

    def _call_off(self, who: Profile, approval: Approval) -> bool:
        """End what waits for its window or its turn; false when it has begun meanwhile."""
        at = self.store.now()
        outcome = approval.outcome.model_copy(update={"said": _called_off(approval)})
        ended = {"state": State.STOPPED, "stop_asked_by": who.id, "ended_at": at, "outcome": outcome}
        changed = approval.model_copy(update=ended)
        with self.store.change() as change:
            won = change.swap_approval({State.APPROVED}, changed)
            if won:
                for told_of in (card_of(changed, at), *news_of(changed, at)):
                    change.put_notice(told_of)
                change.record(who.id, "called off", approval.id, {"text": approval.text})
        return won

    def _skip(self, pressed: Pressed, who: Profile) -> Report:
        """Let the run go on without the step at work; the number on the button keeps a late press from skipping another."""
        approval = self._plan(pressed)
        number = int(pressed.seal or 0)
        step = approval.plan.steps[number]
        if not can_be_skipped(step):
            raise BadInput(f"'{step.title}' cannot be skipped: the others need it. Stop ends the run.")
        with self.store.change() as change:
            asked = change.ask_skip(approval.id, number, who.name or who.id)
            if asked:
                change.record(who.id, "asked to skip", approval.id, {"number": number, "title": step.title})
        if not asked:
            raise TooLate(f"Nothing to skip: '{step.title}' is not at work any more, or is being skipped already.")
        self.skip(approval.id, number)
        return said(f"Skipping '{step.title}': its statement is being cancelled, and the run goes on.")

    def _resume(self, pressed: Pressed, who: Profile) -> Report:
        approval = self._plan(pressed)
        if approval.state is not State.INTERRUPTED:
            raise TooLate(f"Nothing to resume: it is {approval.state.value}.")
        at = self.store.now()
        changed = approval.model_copy(update={"state": State.APPROVED, "stop_asked_by": "", "ended_at": None})
        with self.store.change() as change:
            won = change.swap_approval({State.INTERRUPTED}, changed)
            if won:
                change.put_notice(card_of(changed, at))
                change.record(who.id, "resumed", approval.id, {"text": approval.text})
        if not won:
            raise TooLate("Somebody was faster: it goes on already, or another plan like it is open.")
        self.begin(approval.id)
        return said("Resuming with the steps that are not done yet.")

    def _plan(self, pressed: Pressed) -> Approval:
        approval = self.store.approval(pressed.subject)
        if approval is None:
            raise BadInput("I do not know this plan any more. Ask for it again.")
        return approval


def _called_off(approval: Approval) -> str:
    if approval.started_at is None:
        return "Called off before it began; nothing was done."
    return "Called off before it went on; what was done before stays done."
