"""Leaving steps out of a plan that waits, and taking them in again: what waits then is another plan, which nobody has approved."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.approval import Approval, unticked, without
from bot.chat import Pressed, Profile, Submitted, Verb
from bot.desk.duty import Duty, card_of, said
from bot.errors import TooLate
from bot.policy import Deed
from bot.report import Report
from bot.store import Store


@dataclass(frozen=True)
class Trimming:
    """The boxes of a plan; `waiting` finds the plan that a card showed, when it still waits as it was shown."""

    store: Store
    waiting: Callable[[Pressed | Submitted], Approval]

    @property
    def duties(self) -> Mapping[Verb, Duty]:
        """Its boxes."""
        return {Verb.TICK: Duty(Deed.TRIM, self._trim)}

    def _trim(self, pressed: Pressed, who: Profile) -> Report:
        approval = self.waiting(pressed)
        changed = without(approval, unticked(approval, pressed.group, pressed.picked), who.name or who.id)
        titles = [changed.whole.steps[number].title for number in changed.left_out]
        with self.store.change() as change:
            won = change.replan(changed)
            if won:
                change.put_notice(card_of(changed, change.now()))
                change.record(who.id, "left out", approval.id, {"steps": [*titles], "seal": changed.seal})
        if not won:
            raise TooLate("Somebody was first: the plan is decided, or another one by now. Look at the card.")
        left = f"without {len(titles)} of {len(changed.whole.steps)} steps" if titles else "whole again"
        return said(f"The plan is {left}; it is to be approved as it is now.")
