"""The people on a card: why it was asked, who decided, when, and what they had to say."""

from datetime import datetime

from bot.approval import Approval, State
from bot.blocks.pieces import Block, line, rich, said
from bot.blocks.words import literal, moment, person
from bot.command import Risk


def draw_reason(approval: Approval) -> list[Block]:
    """Why somebody asked for it."""
    return [rich(_reason("Reason", approval.reason))] if approval.reason.strip() else []


def draw_reasons(approval: Approval) -> list[Block]:
    """What those who decided had to say about it."""
    given = [_reason(one.name or one.person, one.reason) for one in approval.decisions if one.reason.strip()]
    return [rich(*given)] if given else []


def _reason(name: str, reason: str) -> Block:
    """Somebody's words, letter by letter: nothing in them is markup."""
    return line(said(f"{name}: ", "bold"), said(literal(reason)))


def who_decided(approval: Approval) -> str:
    """Who decided and when, or who has so far; as mrkdwn."""
    if approval.state is State.EXPIRED:
        return f"Nobody decided before {moment(approval.expires_at, '{time}')}"
    if approval.state is State.ASKED:
        return _so_far(approval)
    if not approval.decider:
        return ""
    if approval.state is State.DENIED or not approval.approvals:
        return _by(
            "Denied" if approval.state is State.DENIED else _yes(approval), approval.decider, approval.decided_at
        )
    return "; ".join(_by(_yes(approval), one.person, one.at) for one in approval.approvals)


def _so_far(approval: Approval) -> str:
    """Who has approved already, when more than one has to."""
    if not approval.approvals:
        return ""
    by = " and ".join(_by("", one.person, one.at) for one in approval.approvals)
    missing = approval.needed - len(approval.approvals)
    return f"*{len(approval.approvals)} of {approval.needed}* approved {by}, needs {'another' if missing == 1 else f'{missing} more'}"


def _yes(approval: Approval) -> str:
    return "Approved" if approval.grade is Risk.DISRUPT else "Confirmed"


def _by(verb: str, whom: str, at: datetime | None) -> str:
    when = f" {moment(at, '{time}')}" if at else ""
    return f"{verb} by {person(whom)}{when}".strip()
