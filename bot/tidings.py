"""What people are told of a plan directly: approvers that it waits for them, the requester what became of it. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.approval import Approval, State
from bot.chat import Card, Lane, Notice, Post
from bot.command import Risk
from bot.policy import Policy
from bot.report import Level, Report, Verdict

REMIND_AFTER = timedelta(minutes=2)
_LEVELS = {State.DONE: Level.OK, State.FAILED: Level.ALERT, State.INTERRUPTED: Level.ALERT}
_TOLD = frozenset(State) - {State.ASKED, State.RUNNING}
_HOW = "Stop it on its card if it is wrong. When it is over, an approver who did not ask presses Reviewed, within 24 h."
_UNSAID = {State.EXPIRED: "Nobody decided in time; nothing was run.", State.DENIED: "Nothing was run."}


def remind_at(approval: Approval) -> datetime:
    """When those who may decide are reminded: after two minutes, or a third of a shorter life."""
    return approval.asked_at + min(REMIND_AFTER, (approval.expires_at - approval.asked_at) / 3)


def reminded(policy: Policy, approval: Approval) -> frozenset[str]:
    """The people and groups that a plan waits for; nobody where the requester may confirm alone."""
    if approval.grade is Risk.DISRUPT:
        return policy.approvers
    return policy.operators | policy.approvers if approval.needed > 1 else frozenset()


def reminders(approval: Approval, people: Iterable[str], at: datetime) -> list[Notice]:
    """One for each person who may still decide; its id makes it one, however many processes write it."""
    out = {approval.requester, *(one.person for one in approval.decisions)}
    return [_reminder(approval, person, at) for person in sorted(set(people) - out)]


def _reminder(approval: Approval, person: str, at: datetime) -> Notice:
    card = Card(key=f"reminder:{approval.id}:{person}", channel=person)
    return Notice(id=f"remind:{approval.id}:{person}", lane=Lane.APPROVAL, message=card, due=at)


def news_of(approval: Approval, at: datetime) -> list[Notice]:
    """What the requester is told when it is decided and when it is over; not what they did themselves."""
    own = approval.state in {State.APPROVED, State.DENIED} and approval.decider == approval.requester
    if (
        approval.state not in _TOLD or own or approval.job
    ):  # a schedule reads no messages: its jobs keep what became of them
        return []
    post = Post(channel=approval.requester, report=_told(approval))
    which = f":{at.isoformat()}" if approval.state is State.INTERRUPTED else ""  # what is resumed may be so again
    return [Notice(id=f"outcome:{approval.id}:{approval.state}{which}", lane=Lane.ANSWER, message=post, due=at)]


def alarms(approval: Approval) -> list[Notice]:
    """What is said of one whose requester broke the glass: to the approvers at once, and again when nobody has reviewed it in time.

    The second is a card of its own, drawn when its time has come: nothing, when it has been reviewed.
    """
    if not approval.plan.break_glass:
        return []
    who = approval.requester_name or approval.requester
    text = f"{who} approves '{approval.text}' on {approval.database} alone, because nobody else answered. {_HOW}"
    report = Report(title="BREAK GLASS", verdict=Verdict(level=Level.PAGE, text=text))
    called = Post(channel=approval.channel, below=f"approval:{approval.id}", mention=approval.called, report=report)
    overdue = Card(key=f"review:{approval.id}", channel=approval.channel)
    return [
        Notice(id=f"glass:{approval.id}", lane=Lane.PAGE, message=called, due=approval.asked_at),
        Notice(id=f"review:{approval.id}", lane=Lane.APPROVAL, message=overdue, due=approval.review_by),
    ]


def _told(approval: Approval) -> Report:
    by = f" by {approval.decider_name or approval.decider}" if approval.state in {State.APPROVED, State.DENIED} else ""
    why = approval.decisions[-1].reason if by and approval.decisions else ""
    rest = approval.outcome.said or _UNSAID.get(approval.state, "")
    said = ". ".join(part.rstrip(".") for part in (why, rest) if part)
    text = f"{approval.state.value.capitalize()}{by}: '{approval.text}' on {approval.database}. {said}".rstrip()
    return Report(title="What you asked for", verdict=Verdict(level=_LEVELS.get(approval.state, Level.INFO), text=text))
