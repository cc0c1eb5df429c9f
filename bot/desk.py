"""Where people decide: every press of a card's button, answered exactly once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.approval import Approval, State
from bot.blocks import as_csv
from bot.chat import Card, Lane, Notice, Person, Post, Pressed, Profile, Sheet, Verb, Whisper, bug, new_id, sorry
from bot.command import Acknowledge, Order, Release
from bot.errors import BadInput, ScoutError, TooLate, Unavailable
from bot.orders import Orders
from bot.policy import Deed, Policy, authorise
from bot.report import Level, Report, Verdict
from bot.store import Store

ORDERS: Mapping[Verb, Callable[[str], Order]] = {
    Verb.ACKNOWLEDGE: lambda subject: Acknowledge(incident=subject),
    Verb.RELEASE: lambda subject: Release(incident=subject),
}
"""The buttons that change Scout's own state; the subject is what the button stands on."""


@dataclass(frozen=True)
class Desk:
    """Decisions, written by compare-and-swap; `begin` and `stop` reach the runner of this process."""

    policy: Policy
    store: Store
    orders: Orders
    profile: Callable[[Person], Profile]
    begin: Callable[[str], None]
    stop: Callable[[str], None]
    reachable: Callable[[str], bool] = lambda _: True

    def handle(self, pressed: Pressed) -> None:
        """Do what a button means, or say why not; either way the person hears."""
        try:
            said = self.done(pressed)
        except ScoutError as error:
            said = sorry(error)
        except Exception as error:  # noqa: BLE001 - the last net: the person sees a reference, the log the trace
            said = bug("a decision", error)
        self._tell(pressed, said)

    def done(self, pressed: Pressed) -> Report:
        """Do what a button means, and what to say of it.

        Raises:
            ScoutError: it may not be done, or somebody was first.
        """
        who = self.profile(pressed.person)
        if pressed.verb is Verb.SHARE:
            return self._share(pressed, who)
        if pressed.verb is Verb.MORE:
            return self._more(pressed, who)
        if pressed.verb is Verb.SHEET:
            return self._sheet(pressed, who)
        if pressed.verb in ORDERS:
            return self.order(ORDERS[pressed.verb](pressed.subject), who)
        approval = self.store.approval(pressed.subject)
        if approval is None:
            raise BadInput("I do not know this plan any more. Ask for it again.")
        if pressed.verb in {Verb.APPROVE, Verb.DENY}:
            return self._decide(pressed, who, approval)
        return self._steer(pressed, who, approval)

    def order(self, order: Order, who: Profile) -> Report:
        """Carry out an order that a button, or a form behind one, gives.

        Raises:
            ScoutError: it may not be done, or is so already.
        """
        with self.store.change() as change:
            return self.orders.carry_out(change, order, who)

    # --- approve and deny

    def _decide(self, pressed: Pressed, who: Profile, approval: Approval) -> Report:
        authorise(self.policy, who, Deed.DECIDE, approval=approval)
        self._still_open(approval)
        if pressed.seal != approval.seal:
            raise TooLate("This card shows another plan than the one that waits. Look at the newest card.")
        becomes = State.APPROVED if pressed.verb is Verb.APPROVE else State.DENIED
        self._swap(approval, {State.ASKED}, becomes, who)
        if becomes is State.APPROVED:
            self.begin(approval.id)
        return _said(Level.OK, f"{becomes.value.capitalize()}: '{approval.text}' on {approval.database}.")

    def _still_open(self, approval: Approval) -> None:
        if approval.state is not State.ASKED:
            raise TooLate(decided(approval))
        if approval.expires_at <= self.store.now():
            self.expire(approval)
            raise TooLate("Too late: this request has expired. Ask for it again; the plan may be another one by now.")

    def _swap(self, approval: Approval, was: set[State], becomes: State, who: Profile) -> None:
        at = self.store.now()
        changed = approval.model_copy(
            update={"state": becomes, "decider": who.id, "decider_name": who.name, "decided_at": at}
        )
        with self.store.change() as change:
            won = change.swap_approval(was, changed)
            if won:
                change.put_notice(card_of(changed, at, Lane.APPROVAL))
                change.record(who.id, becomes.value, approval.id, {"seal": approval.seal, "text": approval.text})
        if not won:
            raise TooLate(decided(self.store.approval(approval.id) or approval))

    def expire(self, approval: Approval) -> None:
        """End a request that nobody decided in time."""
        at = self.store.now()
        changed = approval.model_copy(update={"state": State.EXPIRED, "ended_at": at})
        with self.store.change() as change:
            if change.swap_approval({State.ASKED}, changed):
                change.put_notice(card_of(changed, at, Lane.APPROVAL))
                change.record("scout", "expired", approval.id, {"text": approval.text})

    # --- stop and resume

    def _steer(self, pressed: Pressed, who: Profile, approval: Approval) -> Report:
        if pressed.verb is Verb.STOP:
            authorise(self.policy, who, Deed.STOP, approval=approval)
            return self._stop(who, approval)
        authorise(self.policy, who, Deed.RESUME, approval=approval)
        return self._resume(who, approval)

    def _stop(self, who: Profile, approval: Approval) -> Report:
        if approval.state is State.APPROVED and self._call_off(who, approval):
            return _said(Level.OK, "Called off before it began; nothing was done.")
        with self.store.change() as change:
            asked = change.ask_stop(approval.id, who.id)
            if asked:
                change.record(who.id, "asked to stop", approval.id, {"text": approval.text})
        if not asked and approval.state is State.RUNNING:
            raise TooLate("It is being stopped already.")
        if not asked:
            raise TooLate(f"Nothing to stop: it is {approval.state.value}.")
        self.stop(approval.id)
        return _said(Level.OK, "Stopping: the running statement is being cancelled and no further step begins.")

    def _call_off(self, who: Profile, approval: Approval) -> bool:
        """End what waits for its window or its turn; false when it has begun meanwhile."""
        at = self.store.now()
        said = (
            "Called off before it began; nothing was done."
            if approval.started_at is None
            else "Called off before it went on."
        )
        ended = {"state": State.STOPPED, "stop_asked_by": who.id, "ended_at": at}
        changed = approval.model_copy(update=ended | {"outcome": approval.outcome.model_copy(update={"said": said})})
        with self.store.change() as change:
            won = change.swap_approval({State.APPROVED}, changed)
            if won:
                change.put_notice(card_of(changed, at, Lane.APPROVAL))
                change.record(who.id, "called off", approval.id, {"text": approval.text})
        return won

    def _resume(self, who: Profile, approval: Approval) -> Report:
        if approval.state is not State.INTERRUPTED:
            raise TooLate(f"Nothing to resume: it is {approval.state.value}.")
        at = self.store.now()
        changed = approval.model_copy(update={"state": State.APPROVED, "stop_asked_by": "", "ended_at": None})
        with self.store.change() as change:
            won = change.swap_approval({State.INTERRUPTED}, changed)
            if won:
                change.put_notice(card_of(changed, at, Lane.APPROVAL))
                change.record(who.id, "resumed", approval.id, {"text": approval.text})
        if not won:
            raise TooLate("Somebody was faster: it goes on already, or another plan like it is open.")
        self.begin(approval.id)
        return _said(Level.OK, "Resuming with the steps that are not done yet.")

    # --- sharing

    def _share(self, pressed: Pressed, who: Profile) -> Report:
        authorise(self.policy, who, Deed.SHARE)
        notice = self.store.notice(pressed.subject)
        if notice is None or not isinstance(notice.message, Whisper) or notice.message.person != who.id:
            raise TooLate("I no longer have this answer. Ask again.")
        if not self.reachable(notice.message.channel):
            raise Unavailable(
                "I cannot post in this channel, so I cannot share it here. Type `/invite @Scout`, then press again."
            )
        shared = Post(
            channel=notice.message.channel, thread=notice.message.thread, report=notice.message.report, by=who.id
        )
        told = Notice(id=f"share:{notice.id}", lane=Lane.ANSWER, message=shared, due=self.store.now())
        if self.store.notice(told.id) is not None:
            raise TooLate("It is shared already.")
        with self.store.change() as change:
            change.put_notice(told)  # its id is made from the answer's: however often it is pressed, it is posted once
        return _said(Level.OK, "Shared with this channel.")

    def _more(self, pressed: Pressed, who: Profile) -> Report:
        """The parts behind *More*, as a report of their own."""
        report = self._given(pressed, who)
        return report.model_copy(update={"parts": report.more, "more": (), "notes": (), "buttons": ()})

    def _sheet(self, pressed: Pressed, who: Profile) -> Report:
        """The tables of an answer as a file: in its thread, or directly to the person when nobody else sees the answer."""
        report = self._given(pressed, who)
        name = f"{report.title.lower().replace(' ', '-')}.csv"
        sheet = Sheet(channel=pressed.place.channel, name=name, title=report.title, text=as_csv(report))
        where = {"thread": pressed.place.thread or pressed.on} if pressed.on else {"person": who.id}
        with self.store.change() as change:
            change.put_notice(_notice(sheet.model_copy(update=where), Lane.ANSWER, self.store.now()))
        return _said(Level.OK, "The sheet comes into the thread." if pressed.on else "The sheet comes to you directly.")

    def _given(self, pressed: Pressed, who: Profile) -> Report:
        """The answer that a button stands on, when it is one that this person has seen."""
        authorise(self.policy, who, Deed.LOOK)
        notice = self.store.notice(pressed.subject)
        if notice is None or not isinstance(notice.message, Post | Whisper):
            raise TooLate("I no longer have this answer. Ask again.")
        if isinstance(notice.message, Whisper) and notice.message.person != who.id:
            raise TooLate("This answer was for somebody else. Ask for yourself.")
        return notice.message.report

    def _tell(self, pressed: Pressed, said: Report) -> None:
        whisper = Whisper(
            channel=pressed.place.channel,
            person=pressed.person.id,
            thread=pressed.place.thread,
            url=pressed.url,
            report=said,
        )
        with self.store.change() as change:
            if change.finish(pressed.id):  # else another process took us for dead and has answered
                change.put_notice(_notice(whisper, Lane.ANSWER, pressed.at))


def decided(approval: Approval) -> str:
    """Who was first, and when."""
    at = f" at {approval.decided_at:%H:%M:%S} UTC" if approval.decided_at else ""
    if approval.state is State.EXPIRED:
        return "Too late: this request has expired. Ask for it again; the plan may be another one by now."
    verb = "denied" if approval.state is State.DENIED else "approved"
    by = approval.decider_name or approval.decider
    if not by:
        return f"It is {approval.state.value} already."
    since = "" if approval.state.value == verb else f"; it is {approval.state.value} now"
    return f"Already {verb} by {by}{at}{since}."


def card_of(approval: Approval, at: datetime, lane: Lane) -> Notice:
    """A notice that the card of an approval has changed."""
    return _notice(Card(key=f"approval:{approval.id}", channel=approval.channel), lane, at)


def _notice(message: Card | Post | Sheet | Whisper, lane: Lane, at: datetime) -> Notice:
    return Notice(id=new_id(), lane=lane, message=message, due=at)


def _said(level: Level, text: str) -> Report:
    return Report(title="Scout", verdict=Verdict(level=level, text=text))
