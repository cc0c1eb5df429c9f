"""The desk itself: who it is, whether it is allowed, whose duty it is, and what the person is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from bot.approval import Approval
from bot.chat import OPENING, Asked, Lane, Person, Pressed, Profile, Submitted, Verb, Whisper, bug, sorry
from bot.command import Order
from bot.desk.answers import Answers
from bot.desk.decisions import Decisions
from bot.desk.duty import Duty, notice, said
from bot.desk.incidents import Incidents
from bot.desk.reasons import Reasons
from bot.desk.reviews import Reviews
from bot.desk.steering import Steering
from bot.desk.trimming import Trimming
from bot.dialog import Dialog, Show, shown_nowhere
from bot.errors import BadInput, ScoutError
from bot.orders import Orders
from bot.policy import OF_A_PLAN, Deed, Policy, authorise
from bot.report import Level, Report
from bot.store import Store

NOT_SHOWN = "The dialog could not be opened in time. Press the button again."


@dataclass(frozen=True)
class Desk:
    """Decisions, written by compare-and-swap.

    `begin`, `stop` and `skip` reach the runner of this process, `ask` proposes what needed a reason; `reachable` and `shared` say of a channel whether the bot can post there
    and whether another company reads it; `show` fills the dialog that a press has opened, False when there is none to be seen.
    """

    policy: Policy
    store: Store
    orders: Orders
    profile: Callable[[Person], Profile]
    begin: Callable[[str], None]
    stop: Callable[[str], None]
    ask: Callable[[Asked], Report]
    reachable: Callable[[str], bool] = lambda _: True
    shared: Callable[[str], bool] = lambda _: False
    show: Show = shown_nowhere
    skip: Callable[[str, int], None] = lambda _, __: None

    @cached_property
    def duties(self) -> Mapping[Verb, Duty]:
        """Every button there is, with what it stands for."""
        return {
            **Answers(self.store, self.reachable).duties,
            **Reasons(self.store, self.ask).duties,
            **self._incidents.duties,
            **self._decisions.duties,
            **Trimming(self.store, self._decisions.waiting).duties,
            **Reviews(self.store).duties,
            **Steering(self.store, self.begin, self.stop, self.skip).duties,
        }

    @cached_property
    def _incidents(self) -> Incidents:
        return Incidents(self.store, self.orders)

    @cached_property
    def _decisions(self) -> Decisions:
        return Decisions(self.store, self.begin)

    def handle(self, item: Pressed | Submitted) -> None:
        """Do what a button or a dialog means, or say why not; either way the person hears."""
        try:
            answer = self.done(item)
        except ScoutError as error:
            answer = sorry(error)
        except Exception as error:  # noqa: BLE001 - the last net: the person sees a reference, the log the trace
            answer = bug("a decision", error)
        self._answer(item, answer)

    def done(self, item: Pressed | Submitted) -> Report | Dialog:
        """Do what a button or a dialog means; what to say of it, or what to ask.

        Raises:
            ScoutError: it may not be done, or somebody was first.
        """
        duty = self.duties[item.verb]
        who = self._authorised(item, duty.deed)
        if isinstance(item, Pressed):
            return duty.press(item, who)
        if duty.submit is None:
            raise BadInput("I do not know this dialog. Press the button again.")
        return duty.submit(item, who)

    def order(self, order: Order, who: Profile) -> Report:
        """Carry out an order that was typed at a terminal.

        Raises:
            ScoutError: it may not be done, or is so already.
        """
        return self._incidents.order(order, who)

    def expire(self, approval: Approval) -> None:
        """End a request that nobody decided in time."""
        self._decisions.expire(approval)

    def _authorised(self, item: Pressed | Submitted, deed: Deed) -> Profile:
        """The one place where a press and a dialog are let through or refused."""
        who = self.profile(item.person)
        shared = not item.place.direct and self.shared(item.place.channel)
        approval = self.store.approval(item.subject) if deed in OF_A_PLAN else None
        authorise(self.policy, who, deed, approval=approval, shared=shared)
        return who

    def _answer(self, item: Pressed | Submitted, answer: Report | Dialog) -> None:
        opened = isinstance(item, Pressed) and item.verb in OPENING
        if opened and self.show(item.id, answer, item.place):
            self._finish(item, None)
        elif isinstance(answer, Dialog):
            self._finish(item, said(NOT_SHOWN, Level.NO_DATA))
        else:
            self._finish(item, answer)

    def _finish(self, item: Pressed | Submitted, told: Report | None) -> None:
        with self.store.change() as change:
            if change.finish(item.id) and told:  # else another process took us for dead and has answered
                change.put_notice(notice(_whisper(item, told), Lane.ANSWER, change.now()))


def _whisper(item: Pressed | Submitted, told: Report) -> Whisper:
    place = item.place
    return Whisper(channel=place.channel, person=item.person.id, thread=place.thread, url=item.url, report=told)
