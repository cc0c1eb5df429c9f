"""Asking why: what can stop somebody's work is proposed once somebody has said what for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.chat import Asked, Pressed, Profile, Submitted, Verb
from bot.desk.duty import Duty
from bot.dialog import Dialog, Words
from bot.errors import BadInput, TooLate
from bot.policy import Deed
from bot.report import Report
from bot.store import Store


@dataclass(frozen=True)
class Reasons:
    """The button below a request that was made without a reason; `ask` proposes it."""

    store: Store
    ask: Callable[[Asked], Report]

    @property
    def duties(self) -> Mapping[Verb, Duty]:
        """Its button."""
        return {Verb.WHY: Duty(Deed.PROPOSE, self._why, self._because)}

    def _why(self, pressed: Pressed, who: Profile) -> Dialog:
        asked = self._request(pressed, who)
        return Dialog(
            verb=Verb.WHY,
            subject=asked.id,
            title="Why is it needed?",
            text=f"'{asked.text}' can stop somebody's work. What you say stands on its card, before whoever approves.",
            fields=(Words(name="reason", label="Why is it needed?"),),
            send="Ask for approval",
        )

    def _because(self, submitted: Submitted, who: Profile) -> Report:
        asked, reason = self._request(submitted, who), submitted.words("reason")
        if not reason:
            raise BadInput("Say why in a few words. Press the button again.")
        told = {"id": submitted.id, "at": submitted.at, "reason": reason, "url": ""}
        return self.ask(asked.model_copy(update=told))

    def _request(self, item: Pressed | Submitted, who: Profile) -> Asked:
        asked = self.store.request(item.subject)
        if not isinstance(asked, Asked):
            raise TooLate("I no longer know what was asked. Ask again.")
        if asked.person.id != who.id:
            raise TooLate("Somebody else asked for this. Ask for yourself.")
        return asked
