"""Those whom a plan waits for are told so, once each, however many processes keep house."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.approval import Approval, State
from bot.errors import ScoutError
from bot.policy import Policy
from bot.store import Store
from bot.tidings import remind_at, reminded, reminders

log = logging.getLogger(__name__)

People = Callable[[frozenset[str]], frozenset[str]]


def those_named(ids: frozenset[str]) -> frozenset[str]:
    """The people among the ids, for a surface that knows no groups."""
    return frozenset(one for one in ids if not one.startswith("S"))


@dataclass(frozen=True)
class Reminders:
    """Reminds by the store's clock; `people` turns people and groups into people, and raises when it cannot tell."""

    store: Store
    policy: Policy
    people: People
    _through: set[str] = field(default_factory=set[str])

    def remind(self) -> None:
        """Write what is due; what could not be found out now is tried again the next time."""
        now = self.store.now()
        for approval in self.store.approvals({State.ASKED}):
            if approval.id not in self._through and remind_at(approval) <= now < approval.expires_at:
                self._remind(approval)

    def _remind(self, approval: Approval) -> None:
        try:
            people = self.people(reminded(self.policy, approval))
        except ScoutError as error:
            log.warning("nobody is reminded of %s yet: %s", approval.id, error)
            return
        with self.store.change() as change:
            for notice in reminders(approval, people, change.now()):
                change.put_notice(notice)
        self._through.add(approval.id)
