"""From a plan to an approval that waits for people, with its card."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from bot.approval import Approval, State, broken, expiry, seal
from bot.blocks import full_plan, open_already
from bot.chat import Asked, Card, Lane, Notice, Post, Profile, Sheet, new_id
from bot.command import Command, Plan, Risk
from bot.errors import NeedsReason, TooLate
from bot.flow.places import Places
from bot.parse import with_reason
from bot.policy import Deed, Policy, authorise, needed
from bot.report import Code, Level, Report, Verdict
from bot.store import Change, Store
from bot.tidings import alarms, news_of
from bot.timetable import Ran, RunState

PIECE = 5_000
MOST_PIECES = 12
ALONE = "You broke the glass: it begins at once, the approvers are called, and one of them reviews it within a day."
ANSWERED = "This was answered already."


@dataclass(frozen=True)
class Proposals:
    """Where plans become approvals."""

    policy: Policy
    store: Store
    places: Places
    approval_seconds: float = 900

    def propose(
        self, asked: Asked, who: Profile, command: Command, database: str, plan: Plan, ran: Ran | None = None
    ) -> Approval:
        """Put a plan before people; `ran` is the run of a job that it is.

        Raises:
            NotAllowed: this person may not ask for it, or not alone.
            NeedsReason: it can stop somebody's work, and nobody said why.
            TooLate: one like it is open already.
        """
        deed = Deed.BREAK_GLASS if plan.break_glass else Deed.PROPOSE
        authorise(self.policy, who, deed, risk=plan.risk, shared=self.places.is_shared(asked.place))
        approval = self._approval(asked, who, command, database, plan)
        unanswered = self._unanswered(approval)
        with self.store.change() as change:
            for one in unanswered:
                set_aside(change, one, approval)
            other = change.add_approval(approval)
            if other is None:
                for notice in self._announce(approval, asked):
                    change.put_notice(notice)
                if ran is not None:
                    begun = {"state": RunState.UNDER_WAY, "approval": approval.id}
                    change.add_job_run(ran.model_copy(update=begun))
                told = {"text": approval.text, "database": database, "seal": approval.seal, "reason": approval.reason}
                change.record(who.id, "broke the glass" if plan.break_glass else "asked", approval.id, told)
                if not change.finish(asked.id):
                    raise TooLate(ANSWERED)
        if other is not None:
            raise TooLate(self._in_the_way(other))
        return approval

    def _unanswered(self, approval: Approval) -> list[Approval]:
        """The same asked for before, which nobody decided: it makes way for one that waits for nobody."""
        if not approval.plan.break_glass:
            return []
        waiting = self.store.approvals({State.ASKED}, approval.database)
        return [one for one in waiting if one.command == approval.command]

    def _approval(self, asked: Asked, who: Profile, command: Command, database: str, plan: Plan) -> Approval:
        at = self.store.now()
        text, typed = with_reason(asked.text)
        reason, people = asked.reason or typed, needed(self.policy, plan)
        if plan.risk is Risk.DISRUPT and not reason:
            raise NeedsReason(
                f"This can stop somebody's work, so say why: press the button, or type `/scout {text} because \u2026`."
            )
        approval = Approval(
            id=new_id(),
            text=text,
            command=command.name,
            database=database,
            plan=plan,
            seal=seal(plan),
            requester=who.id,
            requester_name=who.name,
            channel=self.places.for_card(asked.place),
            reason=reason,
            own_allowed=self.policy.own and plan.risk is Risk.DISRUPT and people == 1,
            needed=people,
            asked_at=at,
            expires_at=expiry(at, self.approval_seconds),
        )
        return broken(approval, self.policy.approvers - {who.id}) if plan.break_glass else approval

    def _announce(self, approval: Approval, asked: Asked) -> Iterable[Notice]:
        card = Card(key=f"approval:{approval.id}", channel=approval.channel)
        yield Notice(id=new_id(), lane=Lane.APPROVAL, message=card, due=approval.asked_at)
        yield from alarms(approval)
        for whole in _word_for_word(approval, card.key):
            yield Notice(id=new_id(), lane=Lane.ANSWER, message=whole, due=approval.asked_at)
        if approval.channel != asked.place.channel:
            waits = f"The plan for '{approval.text}' waits for a decision in the alert channel."
            text = f"{ALONE} It is in the alert channel." if approval.plan.break_glass else waits
            told = Report(title="Asked", verdict=Verdict(level=Level.INFO, text=text))
            yield Notice(
                id=new_id(), lane=Lane.ANSWER, message=self.places.addressed(asked, told), due=approval.asked_at
            )

    def _in_the_way(self, other: str) -> str:
        found = self.store.approval(other)
        if found is None:
            return "Another plan like this was just decided. Ask again."
        return f"{open_already(found, self.store.now(), self._usual(found))} You are next: ask again when it is over."

    def _usual(self, approval: Approval) -> float | None:
        """How many seconds its steps took together the last times; None when one of them was never done."""
        titles = [step.title for step in approval.plan.steps]
        found = self.store.durations(approval.database, titles)
        return sum(median(found[title]) for title in titles) if all(title in found for title in titles) else None


def set_aside(change: Change, waiting: Approval, broken_by: Approval) -> None:
    """End what nobody answered, when its requester or another breaks the glass; what was decided meanwhile stands."""
    by = broken_by.requester_name or broken_by.requester
    outcome = waiting.outcome.model_copy(update={"said": f"Nobody had answered; {by} broke the glass."})
    ended = {"state": State.VOID, "outcome": outcome, "ended_at": broken_by.asked_at}
    changed = waiting.model_copy(update=ended)
    if not change.swap_approval({State.ASKED}, changed):
        return
    card = Card(key=f"approval:{waiting.id}", channel=waiting.channel)
    change.put_notice(Notice(id=new_id(), lane=Lane.APPROVAL, message=card, due=broken_by.asked_at))
    for notice in news_of(changed, broken_by.asked_at) if waiting.requester != broken_by.requester else ():
        change.put_notice(notice)
    change.record(broken_by.requester, "set aside", waiting.id, {"text": waiting.text, "for": broken_by.id})


def _word_for_word(approval: Approval, below: str) -> Iterable[Post | Sheet]:
    """The whole plan for the thread below its card, in as many messages as it needs; as a file when those were too many to be read."""
    text = full_plan(approval)
    pieces = _pieces(text.splitlines())
    if len(pieces) > MOST_PIECES and approval.channel:
        name = f"plan-{approval.seal[:12]}.txt"
        yield Sheet(
            channel=approval.channel, below=below, name=name, title="The whole plan, every word of it", text=text
        )
        return
    for number, piece in enumerate(pieces, 1):
        said = "Every word of it" if len(pieces) == 1 else f"Every word of it, {number} of {len(pieces)}"
        told = Verdict(level=Level.INFO, text=said)
        report = Report(title="The whole plan", verdict=told, parts=(Code(text=piece),))
        yield Post(channel=approval.channel, below=below, report=report)


def _pieces(lines: Iterable[str]) -> list[str]:
    pieces = [""]
    for line in lines:
        for start in range(0, max(1, len(line)), PIECE):
            part = line[start : start + PIECE]
            if len(pieces[-1]) + len(part) >= PIECE:
                pieces.append("")
            pieces[-1] += part + "\n"
    return [piece for piece in pieces if piece.strip()]
